//! The headers of a message by meaning: one short method each, on top of the typed values.

use super::body::{self, BodyPart};
use super::header::numbers::{parse_seconds, parse_seconds_or_default};
use super::header::{
    Challenge, Contact, Credentials, Event, NameAddr, RAck, Reason, Replaces, SessionExpires,
    SubscriptionState, Warning,
};
use super::header_name::HeaderName;
use super::lex::{parse_number, split_list};
use super::media_type::MediaType;
use super::message::Message;
use std::borrow::Cow;

impl<'a> Message<'a> {
    /// Value of the first line of that header, unfolded.
    pub fn header(&self, name: HeaderName) -> Option<Cow<'a, [u8]>> {
        self.headers.first(name).map(super::lex::unfold)
    }

    /// Raw values of every line of that header, in order.
    pub fn headers_named(&self, name: HeaderName) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.headers.all(name)
    }

    /// The single values of a list-typed header, over all its lines.
    pub fn list(&self, name: HeaderName) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.headers.all(name).flat_map(split_list)
    }

    /// Where the sender can be reached; in REGISTER and its 200 the bindings.
    pub fn contacts(&self) -> impl Iterator<Item = Contact<'a>> + '_ {
        self.list(HeaderName::Contact).map(Contact::parse)
    }

    /// Expires in seconds; one that cannot be read counts 3600.
    pub fn expires(&self) -> Option<u32> {
        self.headers
            .first(HeaderName::Expires)
            .map(parse_seconds_or_default)
    }

    /// Min-Expires in seconds.
    pub fn min_expires(&self) -> Option<u32> {
        self.seconds(HeaderName::MinExpires)
    }

    /// Retry-After in seconds.
    pub fn retry_after(&self) -> Option<u32> {
        self.seconds(HeaderName::RetryAfter)
    }

    /// Min-SE in seconds.
    pub fn min_se(&self) -> Option<u32> {
        self.seconds(HeaderName::MinSe)
    }

    fn seconds(&self, name: HeaderName) -> Option<u32> {
        self.headers.first(name).and_then(parse_seconds)
    }

    /// Content-Length; `None` when absent or not a number.
    pub fn content_length(&self) -> Option<u64> {
        self.headers
            .first(HeaderName::ContentLength)
            .and_then(parse_number)
    }

    /// What the body is; `None` where nothing says.
    pub fn content_type(&self) -> Option<MediaType<'a>> {
        self.headers
            .first(HeaderName::ContentType)
            .map(MediaType::parse)
    }

    /// The software that names itself: User-Agent, else Server.
    pub fn user_agent(&self) -> Option<Cow<'a, [u8]>> {
        self.header(HeaderName::UserAgent)
            .or_else(|| self.header(HeaderName::Server))
            .filter(|v| !v.is_empty())
    }

    /// Max-Forwards; `None` when absent, unreadable or above 255.
    pub fn max_forwards(&self) -> Option<u8> {
        self.headers
            .first(HeaderName::MaxForwards)
            .and_then(parse_number)
            .and_then(|n| u8::try_from(n).ok())
    }

    /// Proxies that stay in the path, the last one to add itself first.
    pub fn record_routes(&self) -> impl Iterator<Item = NameAddr<'a>> + '_ {
        self.list(HeaderName::RecordRoute).map(NameAddr::parse)
    }

    /// Proxies the request has yet to visit, in order.
    pub fn routes(&self) -> impl Iterator<Item = NameAddr<'a>> + '_ {
        self.list(HeaderName::Route).map(NameAddr::parse)
    }

    /// True when a list-typed header (Require, Supported, Allow, ...) holds that token, compared
    /// without regard to case.
    pub fn list_contains(&self, name: HeaderName, token: &str) -> bool {
        self.list(name)
            .any(|t| t.eq_ignore_ascii_case(token.as_bytes()))
    }

    /// True when Require names the option tag.
    pub fn requires(&self, tag: &str) -> bool {
        self.list_contains(HeaderName::Require, tag)
    }

    /// True when Supported names the option tag.
    pub fn supports(&self, tag: &str) -> bool {
        self.list_contains(HeaderName::Supported, tag)
    }

    /// Number of a reliable provisional response (RFC 3262 §7.1).
    pub fn rseq(&self) -> Option<u32> {
        self.seconds(HeaderName::RSeq)
    }

    /// Which reliable provisional response a PRACK acknowledges (RFC 3262 §7.2).
    pub fn rack(&self) -> Option<RAck> {
        RAck::parse(self.headers.first(HeaderName::RAck)?)
    }

    /// The session timer: interval and who refreshes (RFC 4028 §4).
    pub fn session_expires(&self) -> Option<SessionExpires<'a>> {
        SessionExpires::parse(self.headers.first(HeaderName::SessionExpires)?)
    }

    /// Why a request was sent (RFC 3326); not the reason phrase, see [`Message::reason`].
    pub fn reason_header(&self) -> impl Iterator<Item = Reason<'a>> + '_ {
        self.list(HeaderName::Reason).map(Reason::parse)
    }

    /// What is said beyond the status (RFC 3261 §20.43).
    pub fn warning_header(&self) -> impl Iterator<Item = Warning<'a>> + '_ {
        self.list(HeaderName::Warning).map(Warning::parse)
    }

    /// Target of a transfer (RFC 3515 §2.1).
    pub fn refer_to(&self) -> Option<NameAddr<'a>> {
        self.headers.first(HeaderName::ReferTo).map(NameAddr::parse)
    }

    /// Who asked for the transfer (RFC 3892).
    pub fn referred_by(&self) -> Option<NameAddr<'a>> {
        self.headers
            .first(HeaderName::ReferredBy)
            .map(NameAddr::parse)
    }

    /// The dialog this INVITE takes the place of (RFC 3891).
    pub fn replaces(&self) -> Option<Replaces<'a>> {
        self.headers
            .first(HeaderName::Replaces)
            .map(Replaces::parse)
    }

    /// The dialog this INVITE joins (RFC 3911); [`Replaces`] has its form.
    pub fn join(&self) -> Option<Replaces<'a>> {
        self.headers.first(HeaderName::Join).map(Replaces::parse)
    }

    /// What is subscribed to or notified about (RFC 6665 §8.2.1).
    pub fn event(&self) -> Option<Event<'a>> {
        self.headers.first(HeaderName::Event).map(Event::parse)
    }

    /// What a NOTIFY says of the subscription (RFC 6665 §8.2.3).
    pub fn subscription_state(&self) -> Option<SubscriptionState<'a>> {
        self.headers
            .first(HeaderName::SubscriptionState)
            .map(SubscriptionState::parse)
    }

    /// Identities the network vouches for: P-Asserted-Identity (RFC 3325).
    pub fn asserted_identities(&self) -> impl Iterator<Item = NameAddr<'a>> + '_ {
        self.list(HeaderName::PAssertedIdentity)
            .map(NameAddr::parse)
    }

    /// The first of [`Message::challenges`].
    pub fn challenge(&self) -> Option<Challenge<'a>> {
        self.challenges().next()
    }

    /// Every challenge: WWW-Authenticate, then Proxy-Authenticate, a line each.
    pub fn challenges(&self) -> impl Iterator<Item = Challenge<'a>> + '_ {
        let server = self.headers.all(HeaderName::WwwAuthenticate);
        let proxy = self.headers.all(HeaderName::ProxyAuthenticate);
        server
            .map(|v| Challenge::parse(v, false))
            .chain(proxy.map(|v| Challenge::parse(v, true)))
    }

    /// True where there is an Authorization or Proxy-Authorization.
    pub fn has_credentials(&self) -> bool {
        let there = |name| self.headers.first(name).is_some();
        there(HeaderName::Authorization) || there(HeaderName::ProxyAuthorization)
    }

    /// True where the capture lost a part of the header fields: what is not there may have been sent.
    pub fn is_cut_in_headers(&self) -> bool {
        let ends = |tail: &[u8]| self.raw.ends_with(tail);
        self.body.is_empty() && !ends(b"\n\r\n") && !ends(b"\n\n")
    }

    /// All credentials: Authorization, then Proxy-Authorization, a line each.
    pub fn credentials(&self) -> impl Iterator<Item = Credentials<'a>> + '_ {
        let server = self.headers.all(HeaderName::Authorization);
        let proxy = self.headers.all(HeaderName::ProxyAuthorization);
        server
            .map(|v| Credentials::parse(v, false))
            .chain(proxy.map(|v| Credentials::parse(v, true)))
    }

    /// The session description's text, anywhere in the body; encodings undone.
    pub fn sdp(&self) -> Option<Cow<'a, [u8]>> {
        body::find_sdp(&self.headers, self.body)
    }

    /// The parts of the body, nested multiparts taken apart; a plain body is one part. Empty when
    /// there is no body.
    pub fn parts(&self) -> Vec<BodyPart<'a>> {
        if self.body.is_empty() {
            return Vec::new();
        }
        body::parts(&self.headers, self.body)
    }
}

#[cfg(test)]
mod tests {
    use crate::sip::{Framing, HeaderName, parse_message};

    #[test]
    fn headers_by_meaning() {
        let m = parse_message(
            b"INVITE sip:b@c SIP/2.0\r\nContact: \"A, B\" <sip:a@b>;expires=5\r\nm: <sip:c@d>, <sip:e@f>\r\nRecord-Route: <sip:p1;lr>,<sip:p2;lr>\r\nk: Timer, 100REL\r\nRequire: replaces\r\nReason: SIP;cause=200, Q.850;cause=16\r\nx: 1800;refresher=uac\r\nAuthorization: Digest username=\"a\", realm=\"r\"\r\nProxy-Authorization: Digest username=\"b\"\r\nServer: S\r\nMax-Forwards: 0068\r\n\r\n",
            Framing::Datagram,
        )
        .unwrap();
        let uris: Vec<&[u8]> = m.contacts().map(|c| c.addr.uri).collect();
        assert_eq!(uris, [&b"sip:a@b"[..], b"sip:c@d", b"sip:e@f"]);
        assert_eq!(m.record_routes().count(), 2);
        assert!(m.supports("timer") && m.supports("100rel") && m.requires("Replaces"));
        assert_eq!(m.reason_header().find_map(|r| r.q850()), Some(16));
        assert_eq!(m.session_expires().map(|s| s.seconds), Some(1800));
        let users: Vec<_> = m.credentials().map(|c| (c.proxy, c.username)).collect();
        assert_eq!(users, [(false, Some(&b"a"[..])), (true, Some(&b"b"[..]))]);
        assert_eq!(m.user_agent().as_deref(), Some(&b"S"[..]));
        assert_eq!(m.max_forwards(), Some(68));
        assert_eq!(m.header(HeaderName::Date), None);
        assert_eq!(m.expires(), None);
    }
}
