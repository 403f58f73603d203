//! Credentials.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Digest credentials of a request (RFC 7616 §3.4, RFC 3261 §22.4). Response and cnonce are left out: with them
/// passwords can be guessed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Digest")]
pub struct MessageDigest {
    /// User name; a hash where `userhash=true` says so.
    pub user: Option<String>,
    /// Protection domain: which user name and password are asked for.
    pub realm: Option<String>,
    /// The server's number that is answered.
    pub nonce: Option<String>,
    /// Quality of protection chosen: `auth`, or `auth-int`, which covers the body; `null` for the form of RFC 2069.
    pub qop: Option<String>,
    /// Nonce count: how many requests with this nonce the client has sent, this one included.
    pub nc: Option<u32>,
    /// Hash algorithm; `MD5` where none is named.
    pub algorithm: String,
    /// The digest-uri, which the response covers.
    pub uri: Option<String>,
    /// It is the Request-URI, character by character; a proxy may change that one.
    pub uri_is_request_uri: bool,
    /// The response fits the password of `--password-file`; `null` where that cannot be told.
    pub verified: Option<bool>,
    /// Why it cannot be told, or what `verified` rests on.
    pub reason: Option<String>,
}
