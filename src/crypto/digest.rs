//! Digest authentication as arithmetic (RFC 7616 §3.4, RFC 3261 §22.4, RFC 8760).
//!
//! ```text
//! HA1      = H(user:realm:password)          of a -sess algorithm H(HA1:nonce:cnonce)
//! HA2      = H(method:uri)                   of auth-int H(method:uri:H(body))
//! response = H(HA1:nonce:nc:cnonce:qop:HA2)  without qop H(HA1:nonce:HA2)
//! ```

use md5::Md5;
use sha2::digest::Digest as Hasher;
use sha2::{Sha256, Sha512_256};

/// The hash function of an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hash {
    Md5,
    Sha256,
    /// The function of FIPS 180-4 with start values of its own: not the first half of SHA-512.
    Sha512Of256,
}

impl Hash {
    fn hex(self, data: &[u8]) -> String {
        match self {
            Hash::Md5 => hex(&Md5::digest(data)),
            Hash::Sha256 => hex(&Sha256::digest(data)),
            Hash::Sha512Of256 => hex(&Sha512_256::digest(data)),
        }
    }
}

/// What `algorithm` names (RFC 7616 §6.1, RFC 8760 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithm {
    hash: Hash,
    is_session: bool,
}

impl Algorithm {
    /// What is meant where none is named.
    pub const MD5: Algorithm = Algorithm {
        hash: Hash::Md5,
        is_session: false,
    };

    /// Every algorithm that is computed here, with its registered name.
    const NAMES: [(&'static str, Algorithm); 6] = {
        const fn of(hash: Hash, is_session: bool) -> Algorithm {
            Algorithm { hash, is_session }
        }
        [
            ("MD5", Algorithm::MD5),
            ("MD5-sess", of(Hash::Md5, true)),
            ("SHA-256", of(Hash::Sha256, false)),
            ("SHA-256-sess", of(Hash::Sha256, true)),
            ("SHA-512-256", of(Hash::Sha512Of256, false)),
            ("SHA-512-256-sess", of(Hash::Sha512Of256, true)),
        ]
    };

    /// The algorithm of that name in any case; `None` for one that is not computed here, as those of AKA.
    pub fn of(name: &[u8]) -> Option<Algorithm> {
        let is_it = |(known, _): &&(&str, Algorithm)| known.as_bytes().eq_ignore_ascii_case(name);
        Self::NAMES.iter().find(is_it).map(|(_, a)| *a)
    }

    /// Its registered name.
    pub fn name(self) -> &'static str {
        let own = Self::NAMES.iter().find(|(_, a)| *a == self);
        own.map_or("MD5", |(name, _)| name)
    }

    /// Its hash function's name.
    pub fn hash_name(self) -> &'static str {
        match self.hash {
            Hash::Md5 => "MD5",
            Hash::Sha256 => "SHA-256",
            Hash::Sha512Of256 => "SHA-512-256",
        }
    }

    /// True for a `-sess` algorithm: HA1 holds the nonces of the session's first request.
    pub fn is_session(self) -> bool {
        self.is_session
    }

    /// True where its hash is MD5, which RFC 8760 replaces.
    pub fn is_md5(self) -> bool {
        self.hash == Hash::Md5
    }

    /// The user name as `userhash=true` sends it (RFC 7616 §3.4.4).
    pub fn hash_user(self, user: &[u8], realm: &[u8]) -> String {
        self.hash.hex(&joined(&[user, realm]))
    }
}

/// What a response is computed from, beside the password. Texts are without quotes.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Which hash.
    pub algorithm: Algorithm,
    /// User name in clear.
    pub user: &'a [u8],
    /// Protection domain.
    pub realm: &'a [u8],
    /// The server's number.
    pub nonce: &'a [u8],
    /// The qop chosen, as sent; `None` for the form of RFC 2069.
    pub qop: Option<&'a [u8]>,
    /// Nonce count as sent.
    pub nc: &'a [u8],
    /// The client's number.
    pub cnonce: &'a [u8],
    /// Method of the request.
    pub method: &'a [u8],
    /// The digest-uri of the credentials.
    pub uri: &'a [u8],
    /// The request's body; of auth-int alone.
    pub body: &'a [u8],
}

impl Inputs<'_> {
    /// True where the body is protected too.
    pub fn covers_body(&self) -> bool {
        self.qop
            .is_some_and(|q| q.eq_ignore_ascii_case(b"auth-int"))
    }
}

/// The steps of one computation, hashes in lower-case hex. HA1 is as good as the password: whoever shows it asks first.
#[derive(Clone, PartialEq, Eq)]
pub struct Work {
    /// H(user:realm:password).
    pub ha1: String,
    /// Of a `-sess` algorithm H(HA1:nonce:cnonce), which takes its place.
    pub session_ha1: Option<String>,
    /// Of auth-int the hash of the body.
    pub body_hash: Option<String>,
    /// What HA2 is the hash of.
    pub a2: Vec<u8>,
    /// H(A2).
    pub ha2: String,
    /// What ought to be sent.
    pub response: String,
}

impl std::fmt::Debug for Work {
    /// Never prints HA1 or the response.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Work(HA2 {})", self.ha2)
    }
}

/// Computes the response that these inputs and this password give.
pub fn work_out(i: &Inputs<'_>, password: &[u8]) -> Work {
    let hash = i.algorithm.hash;
    let ha1 = hash.hex(&joined(&[i.user, i.realm, password]));
    let session_ha1 = i
        .algorithm
        .is_session
        .then(|| hash.hex(&joined(&[ha1.as_bytes(), i.nonce, i.cnonce])));
    let body_hash = i.covers_body().then(|| hash.hex(i.body));
    let a2 = match &body_hash {
        Some(body) => joined(&[i.method, i.uri, body.as_bytes()]),
        None => joined(&[i.method, i.uri]),
    };
    let ha2 = hash.hex(&a2);
    let key = session_ha1.as_ref().unwrap_or(&ha1).as_bytes();
    let response = hash.hex(&match i.qop {
        Some(qop) => joined(&[key, i.nonce, i.nc, i.cnonce, qop, ha2.as_bytes()]),
        None => joined(&[key, i.nonce, ha2.as_bytes()]),
    });
    Work {
        ha1,
        session_ha1,
        body_hash,
        a2,
        ha2,
        response,
    }
}

/// The parts with colons between them.
fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.join(&b':')
}

fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(n.into(), 16).unwrap_or('0');
    let pair = |b: &u8| [digit(b >> 4), digit(b & 15)];
    bytes.iter().flat_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616 §3.9.1, but for the algorithm.
    fn circle(algorithm: &str) -> Inputs<'static> {
        Inputs {
            algorithm: Algorithm::of(algorithm.as_bytes()).unwrap(),
            user: b"Mufasa",
            realm: b"http-auth@example.org",
            nonce: b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            qop: Some(b"auth"),
            nc: b"00000001",
            cnonce: b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            method: b"GET",
            uri: b"/dir/index.html",
            body: b"",
        }
    }

    #[test]
    fn the_examples_of_rfc_7616_come_out() {
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("md5-SESS", "e783283f46242139c486a698fec7211d"),
            (
                "SHA-256",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            assert_eq!(
                work_out(&circle(algorithm), b"Circle of Life").response,
                response,
                "{algorithm}"
            );
        }
    }

    #[test]
    fn the_examples_of_rfc_2617_and_rfc_2069_come_out() {
        // RFC 2617 §3.5; without qop the same inputs give the older form's response.
        let with = Inputs {
            realm: b"testrealm@host.com",
            nonce: b"dcd98b7102dd2f0e8b11d0f600bfb0c093",
            cnonce: b"0a4f113b",
            ..circle("MD5")
        };
        let work = work_out(&with, b"Circle Of Life");
        assert_eq!(work.ha1, "939e7578ed9e3c518a452acee763bce9");
        assert_eq!(work.ha2, "39aff3a2bab6126f332b942af96d3366");
        assert_eq!(work.response, "6629fae49393a05397450978507c4ef1");
        let without = Inputs { qop: None, ..with };
        let work = work_out(&without, b"Circle Of Life");
        assert_eq!(work.response, "670fd8c2df070c60b045671b8b24ff02");
    }

    #[test]
    fn sha_512_256_has_start_values_of_its_own() {
        // RFC 7616 §3.9.2 with the values of erratum 4897; the same by Python's hashlib.new("sha512_256").
        let name = "J\u{e4}s\u{f8}n Doe".as_bytes();
        let i = Inputs {
            user: name,
            realm: b"api@example.org",
            nonce: b"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
            cnonce: b"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
            uri: b"/doe.json",
            ..circle("SHA-512-256")
        };
        assert_eq!(
            work_out(&i, b"Secret, or not?").response,
            "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
        );
        assert_eq!(
            i.algorithm.hash_user(name, i.realm),
            "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
        );
    }

    #[test]
    fn auth_int_takes_the_body_in() {
        let i = Inputs {
            qop: Some(b"auth-int"),
            ..circle("MD5")
        };
        let work = work_out(&i, b"Circle of Life");
        // RFC 3261 §22.4 point 7: MD5 of nothing.
        assert_eq!(
            work.body_hash.as_deref(),
            Some("d41d8cd98f00b204e9800998ecf8427e")
        );
        assert!(
            work.a2
                .ends_with(b"/dir/index.html:d41d8cd98f00b204e9800998ecf8427e")
        );
        // By Python's hashlib from the formula above.
        assert_eq!(work.response, "8804a53d3640a40a4f73cea12c5ba451");
    }

    #[test]
    fn an_algorithm_is_known_in_any_case_or_not_at_all() {
        assert_eq!(
            Algorithm::of(b"sha-256").map(Algorithm::name),
            Some("SHA-256")
        );
        assert_eq!(Algorithm::of(b"AKAv1-MD5"), None);
        assert_eq!(Algorithm::of(b""), None);
    }
}
