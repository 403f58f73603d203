//! Whether a 401 or 407 asks for credentials or refuses those that were sent.

use super::compact::{block, push_exact, rows};
use super::digest;
use super::facts::Arrival;
use crate::sip::Message;
use crate::types::{Few, MessageId};
use foldhash::quality::FixedState;
use std::hash::BuildHasher;

/// Longest lists kept; beyond them the exchange goes on, the lists do not.
const LISTED: usize = 32;

/// What a 401 or 407 says of the request it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenged {
    /// It carried no credentials for that realm: they are asked for.
    Asked,
    /// Its nonce was too old (`stale=true`, RFC 7616 §3.3): the server found no fault with the rest.
    Stale,
    /// It answered the server's own challenge, and that answer was refused.
    Refused,
    /// It carried credentials that answer no challenge seen before, or the message is cut: an old nonce or a
    /// wrong password, which cannot be told.
    Unproven,
}

/// What became of the credentials of one client under one Call-ID.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CredentialsSeen {
    /// Answers that refused an answer to the server's own challenge.
    pub refused: Vec<MessageId>,
    /// Answers with `stale=true` to requests with credentials.
    pub stale: Vec<MessageId>,
    /// Challenges to credentials that answer no challenge seen before.
    pub unproven: Vec<MessageId>,
    /// What the last 401 or 407 said.
    pub last: Option<Challenged>,
    /// Those sent last fit the passwords that are known; `None` where that cannot be told.
    pub fits: Option<bool>,
}

impl CredentialsSeen {
    pub(super) const fn none() -> CredentialsSeen {
        CredentialsSeen {
            refused: Vec::new(),
            stale: Vec::new(),
            unproven: Vec::new(),
            last: None,
            fits: None,
        }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let lists = rows(&self.refused) + rows(&self.stale) + rows(&self.unproven);
        block(size_of::<Self>()) + lists
    }

    pub(super) fn note(&mut self, said: Challenged, id: MessageId) {
        self.last = Some(said);
        let list = match said {
            Challenged::Asked => return,
            Challenged::Stale => &mut self.stale,
            Challenged::Refused => &mut self.refused,
            Challenged::Unproven => &mut self.unproven,
        };
        if list.len() < LISTED {
            push_exact(list, id);
        }
    }
}

/// The last request of one client, and the challenge before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange {
    /// Realm and nonce of the credentials in the last request.
    carried: Few<(u32, u32), 1>,
    /// Those credentials fit the passwords that are known.
    fits: Option<bool>,
    /// Its header fields are not all there.
    is_cut: bool,
    /// The nonces of the last challenge, until another answer follows; none where the capture holds no challenge.
    issued: Option<Few<u32, 3>>,
}

impl Exchange {
    /// Takes a request that is no repetition.
    pub(super) fn handle_request(&mut self, arrival: &Arrival<'_>) {
        self.take_request(arrival.message);
        self.fits = match arrival.passwords.is_empty() {
            true => None,
            false => fits(arrival),
        };
    }

    /// The credentials of the last request fit the passwords that are known; `None` where that cannot be told.
    pub(super) fn fits(&self) -> Option<bool> {
        self.fits
    }

    fn take_request(&mut self, message: &Message<'_>) {
        self.is_cut = message.is_cut_in_headers();
        let tokens = message.credentials().take(LISTED);
        self.carried = tokens.map(|c| (hash(c.realm), hash(c.nonce))).collect();
    }

    /// True where the request's credentials answer the challenge that was seen last.
    pub(super) fn answers(&self, message: &Message<'_>) -> bool {
        self.issued.as_ref().is_some_and(|issued| {
            let mut nonces = message.credentials().map(|c| hash(c.nonce));
            issued.is_empty() || nonces.any(|nonce| issued.contains(&nonce))
        })
    }

    /// Takes a 401 or 407 to the last request.
    pub(super) fn handle_challenge(&mut self, message: &Message<'_>) -> Challenged {
        let mut nonces = Few::default();
        let (mut is_readable, mut is_for_carried, mut is_stale) = (false, false, false);
        for challenge in message.challenges().take(LISTED) {
            is_readable = true;
            if challenge.nonce.is_some() {
                nonces.push(hash(challenge.nonce));
            }
            let realm = hash(challenge.realm);
            is_for_carried |= self.carried.iter().any(|(carried, _)| *carried == realm);
            is_stale |= challenge.stale;
        }
        // Without a readable challenge there is no realm to tell credentials apart by.
        is_for_carried |= !is_readable;
        let before = self.issued.replace(nonces);
        let answered = |issued: Few<u32, 3>| {
            issued.is_empty() || self.carried.iter().any(|(_, nonce)| issued.contains(nonce))
        };
        if self.carried.is_empty() || !is_for_carried {
            return match self.is_cut {
                true => Challenged::Unproven,
                false => Challenged::Asked,
            };
        }
        match () {
            () if is_stale => Challenged::Stale,
            () if message.is_cut_in_headers() => Challenged::Unproven,
            () if before.is_some_and(answered) => Challenged::Refused,
            () => Challenged::Unproven,
        }
    }

    /// Takes another final response: the nonce has been used.
    pub(super) fn handle_answer(&mut self) {
        self.issued = None;
    }

    /// About how many bytes its lists take.
    pub(super) fn weight(&self) -> usize {
        let carried = match self.carried.len() {
            0 | 1 => 0,
            _ => rows(&self.carried),
        };
        let issued = self.issued.as_ref().filter(|issued| issued.len() > 3);
        carried + issued.map_or(0, |issued| rows(issued))
    }
}

/// Where a request carries several credentials, one that does not fit decides.
fn fits(arrival: &Arrival<'_>) -> Option<bool> {
    let message = arrival.message;
    let known = arrival.passwords;
    let credentials = message.credentials().take(LISTED);
    let mut verdicts = credentials.map(|c| digest::check(message, &c, known).verified);
    let first = verdicts.next()?;
    verdicts.fold(first, |so_far, next| match (so_far, next) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    })
}

/// Half of a hash: realms and nonces of one client are told apart, nothing else.
fn hash(value: Option<&[u8]>) -> u32 {
    (FixedState::default().hash_one(value.unwrap_or_default()) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{Framing, parse_message};

    /// What the last challenge of a row says; `x/n` is a realm and a nonce, in a request its credentials.
    fn said(row: &[&str]) -> Challenged {
        let mut exchange = Exchange::default();
        let mut last = Challenged::Asked;
        for (n, word) in row.iter().enumerate() {
            let (tokens, stale) = match word.strip_suffix('!') {
                Some(tokens) => (tokens, ", stale=true"),
                None => (*word, ""),
            };
            let is_request = n % 2 == 0;
            let header = |token: &str| {
                let (realm, nonce) = token.split_once('/').unwrap();
                match is_request {
                    true => {
                        format!("Authorization: Digest realm=\"{realm}\", nonce=\"{nonce}\"\r\n")
                    }
                    false => format!(
                        "WWW-Authenticate: Digest realm=\"{realm}\", nonce=\"{nonce}\"{stale}\r\n"
                    ),
                }
            };
            let headers: String = tokens.split_whitespace().map(header).collect();
            let start = match is_request {
                true => "REGISTER sip:x SIP/2.0",
                false => "SIP/2.0 401 Unauthorized",
            };
            let text = format!("{start}\r\n{headers}\r\n");
            let message = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
            match is_request {
                true => exchange.take_request(&message),
                false => last = exchange.handle_challenge(&message),
            }
        }
        last
    }

    #[test]
    fn only_credentials_for_that_realm_that_answer_a_challenge_are_refused() {
        use Challenged::*;
        for (row, expected) in [
            (&["", "a/1"][..], Asked),
            (&["", "a/1", "a/1", "a/2"], Refused),
            (&["", "a/1", "a/1", "a/2!"], Stale),
            // The next server on the way has a realm of its own.
            (&["", "a/1", "a/1", "b/2"], Asked),
            (&["", "a/1", "a/1", "b/2", "a/1 b/2", "b/3"], Refused),
            // The nonce is older than the capture.
            (&["a/0", "a/1"], Unproven),
            (&["a/0", "a/1!"], Stale),
            // After the refusal the client asks anew.
            (&["", "a/1", "a/1", "a/2", "", "a/3"], Asked),
            // It repeats an answer to an older challenge.
            (&["", "a/1", "a/1", "a/2", "a/1", "a/3"], Unproven),
            // `stale` says nothing of a request without credentials.
            (&["", "a/1!"], Asked),
        ] {
            assert_eq!(said(row), expected, "{row:?}");
        }
    }
}
