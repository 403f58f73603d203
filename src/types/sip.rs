//! Names and numbers of SIP (RFC 3261).

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

macro_rules! opaque_bytes {
    ($($(#[$doc:meta])* $name:ident($owner:ident)),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($owner<[u8]>);

        impl $name {
            /// Copies the bytes as they stood in the message.
            pub fn new(bytes: &[u8]) -> Self {
                $name(bytes.into())
            }
            /// The bytes as they stood in the message.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }
            /// As text; bytes that are not UTF-8 are replaced (U+FFFD).
            pub fn to_text(&self) -> String {
                super::text::text_of(&self.0)
            }
        }

        impl From<Box<[u8]>> for $name {
            fn from(bytes: Box<[u8]>) -> Self {
                $name(bytes.into())
            }
        }

        impl Borrow<[u8]> for $name {
            fn borrow(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), super::text::Escaped(&self.0))
            }
        }
    )+};
}

opaque_bytes! {
    /// A Call-ID, compared byte for byte (RFC 3261 §8.1.1.4). Held once, however many records
    /// carry it.
    CallId(Arc),
    /// A From or To tag, compared byte for byte (§19.3).
    Tag(Box),
}

/// A request method (RFC 3261 §7.1). Case-sensitive; unknown tokens are legal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Method {
    Invite,
    Ack,
    Bye,
    Cancel,
    Options,
    Register,
    Prack,
    Update,
    Subscribe,
    Notify,
    Publish,
    Info,
    Refer,
    Message,
    /// Any other token.
    Other(Box<str>),
}

impl Method {
    /// The method of a token as sent.
    pub fn parse(token: &[u8]) -> Method {
        match token {
            b"INVITE" => Method::Invite,
            b"ACK" => Method::Ack,
            b"BYE" => Method::Bye,
            b"CANCEL" => Method::Cancel,
            b"OPTIONS" => Method::Options,
            b"REGISTER" => Method::Register,
            b"PRACK" => Method::Prack,
            b"UPDATE" => Method::Update,
            b"SUBSCRIBE" => Method::Subscribe,
            b"NOTIFY" => Method::Notify,
            b"PUBLISH" => Method::Publish,
            b"INFO" => Method::Info,
            b"REFER" => Method::Refer,
            b"MESSAGE" => Method::Message,
            other => Method::Other(String::from_utf8_lossy(other).into()),
        }
    }

    /// The token as sent.
    pub fn as_str(&self) -> &str {
        match self {
            Method::Invite => "INVITE",
            Method::Ack => "ACK",
            Method::Bye => "BYE",
            Method::Cancel => "CANCEL",
            Method::Options => "OPTIONS",
            Method::Register => "REGISTER",
            Method::Prack => "PRACK",
            Method::Update => "UPDATE",
            Method::Subscribe => "SUBSCRIBE",
            Method::Notify => "NOTIFY",
            Method::Publish => "PUBLISH",
            Method::Info => "INFO",
            Method::Refer => "REFER",
            Method::Message => "MESSAGE",
            Method::Other(token) => token,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A status code, 100 to 699 (RFC 3261 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(u16);

/// The hundreds of a status code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusClass {
    /// 1xx.
    Provisional,
    /// 2xx.
    Success,
    /// 3xx.
    Redirection,
    /// 4xx.
    ClientError,
    /// 5xx.
    ServerError,
    /// 6xx.
    GlobalFailure,
}

impl StatusCode {
    /// `None` outside 100..=699.
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code <= 699 {
            Some(StatusCode(code))
        } else {
            None
        }
    }
    /// The number, 100 to 699.
    pub const fn get(self) -> u16 {
        self.0
    }
    /// Its first digit, which says what kind of answer it is.
    pub const fn class(self) -> StatusClass {
        match self.0 / 100 {
            1 => StatusClass::Provisional,
            2 => StatusClass::Success,
            3 => StatusClass::Redirection,
            4 => StatusClass::ClientError,
            5 => StatusClass::ServerError,
            _ => StatusClass::GlobalFailure,
        }
    }
    /// 100 to 199.
    pub const fn is_provisional(self) -> bool {
        self.0 < 200
    }
    /// 200 to 299.
    pub const fn is_success(self) -> bool {
        self.0 >= 200 && self.0 < 300
    }
    /// 200 and up.
    pub const fn is_final(self) -> bool {
        self.0 >= 200
    }
    /// 401 or 407 (RFC 3261 §22).
    pub const fn is_challenge(self) -> bool {
        self.0 == 401 || self.0 == 407
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
