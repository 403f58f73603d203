//! Header names: spelling, compact form, how several values may be written, and what each means.
//!
//! One row a header. The rows are the IANA registry "Header Fields" plus what is met in the wild.

/// How several values of one header may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cardinality {
    /// One value; a second line of it is a flaw.
    Single,
    /// `A: x, y` equals two lines `A: x` and `A: y`; order counts (RFC 3261 §7.3.1).
    List,
    /// Several lines allowed, but a comma separates parameters, not values (§7.3.1: the four
    /// authentication headers).
    Lines,
    /// Not known: never split, never complained about.
    Unknown,
}

/// A header's row in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderEntry {
    /// The long spelling.
    pub name: &'static str,
    /// The one-letter form, where there is one.
    pub compact: Option<char>,
    /// How several values may be written.
    pub cardinality: Cardinality,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// Where it is defined.
    pub source: &'static str,
}

/// Longest name of the table: what a name is lower-cased into before it is looked up.
const LONGEST: usize = 32;

macro_rules! header_names {
    (@compact) => { None };
    (@compact $c:literal) => { Some($c as char) };
    ($($variant:ident $name:literal $lower:literal $([$upper:literal $compact:literal])? $card:ident $source:literal $meaning:literal;)+) => {
        /// A header name this crate knows, or `Other`. Spelled in any case, or in its compact form.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum HeaderName {
            $(#[doc = $meaning] $variant,)+
            /// A header not in the table; its spelling is kept beside it.
            Other,
        }

        /// The registry, in the order of [`HeaderName`].
        static REGISTRY: &[(HeaderName, HeaderEntry)] = &[
            $((HeaderName::$variant, HeaderEntry {
                name: $name,
                compact: header_names!(@compact $($compact)?),
                cardinality: Cardinality::$card,
                meaning: $meaning,
                source: $source,
            }),)+
        ];

        fn of_lower_case(name: &[u8]) -> HeaderName {
            match name {
                $($lower $(| $upper)? => HeaderName::$variant,)+
                _ => HeaderName::Other,
            }
        }
    };
}

header_names! {
    Via "Via" b"via" [b"v" b'v'] List "RFC 3261 §20.42" "The hop a request came through, topmost first; the response goes back along it.";
    From "From" b"from" [b"f" b'f'] Single "RFC 3261 §20.20" "Who the request is from, with the tag of that side; a response repeats it.";
    To "To" b"to" [b"t" b't'] Single "RFC 3261 §20.39" "Whom the request is for. Whoever answers adds a tag.";
    CallId "Call-ID" b"call-id" [b"i" b'i'] Single "RFC 3261 §20.8" "Identifies all messages of one call or of one client's registrations.";
    CSeq "CSeq" b"cseq" Single "RFC 3261 §20.16" "Numbers the requests of one side and names the method a response answers.";
    Contact "Contact" b"contact" [b"m" b'm'] List "RFC 3261 §20.10" "Where the sender can be reached directly. In REGISTER it is what is bound to the address of record.";
    ContentLength "Content-Length" b"content-length" [b"l" b'l'] Single "RFC 3261 §20.14" "How many octets the body has; mandatory over TCP.";
    ContentType "Content-Type" b"content-type" [b"c" b'c'] Single "RFC 3261 §20.15" "The media type of the body.";
    MaxForwards "Max-Forwards" b"max-forwards" Single "RFC 3261 §20.22" "How many more hops the request may take.";
    RecordRoute "Record-Route" b"record-route" List "RFC 3261 §20.30" "Names a proxy that wants to stay in the path of later requests.";
    Route "Route" b"route" List "RFC 3261 §20.34" "The proxies the request must visit.";
    UserAgent "User-Agent" b"user-agent" Single "RFC 3261 §20.41" "The software of the client.";
    Server "Server" b"server" Single "RFC 3261 §20.35" "The software of the server.";
    Allow "Allow" b"allow" List "RFC 3261 §20.5" "The methods the sender understands.";
    Supported "Supported" b"supported" [b"k" b'k'] List "RFC 3261 §20.37" "The extensions the sender understands.";
    Expires "Expires" b"expires" Single "RFC 3261 §20.19" "For how many seconds the message or its binding stays valid.";
    Accept "Accept" b"accept" List "RFC 3261 §20.1" "The body types the sender can read.";
    Authorization "Authorization" b"authorization" Lines "RFC 3261 §20.7" "Credentials for a server, the answer to WWW-Authenticate.";
    ProxyAuthorization "Proxy-Authorization" b"proxy-authorization" Lines "RFC 3261 §20.28" "Credentials for a proxy, the answer to Proxy-Authenticate.";
    WwwAuthenticate "WWW-Authenticate" b"www-authenticate" Lines "RFC 3261 §20.44" "A server's challenge: authenticate and ask again.";
    ProxyAuthenticate "Proxy-Authenticate" b"proxy-authenticate" Lines "RFC 3261 §20.27" "A proxy's challenge: authenticate and ask again.";
    AuthenticationInfo "Authentication-Info" b"authentication-info" Single "RFC 3261 §20.6" "The server's proof and next nonce after a successful authentication.";
    Require "Require" b"require" List "RFC 3261 §20.32" "Extensions the receiver must understand, or answer 420.";
    ProxyRequire "Proxy-Require" b"proxy-require" List "RFC 3261 §20.29" "Extensions every proxy on the way must understand, or answer 420.";
    Unsupported "Unsupported" b"unsupported" List "RFC 3261 §20.40" "The extensions a 420 was sent for.";
    SessionExpires "Session-Expires" b"session-expires" [b"x" b'x'] Single "RFC 4028 §4" "After how many seconds the session ends unless it is refreshed.";
    MinSe "Min-SE" b"min-se" Single "RFC 4028 §5" "The shortest session interval accepted, in seconds.";
    RSeq "RSeq" b"rseq" Single "RFC 3262 §7.1" "Numbers a reliable provisional response.";
    RAck "RAck" b"rack" Single "RFC 3262 §7.2" "In PRACK, which reliable provisional response is acknowledged.";
    Reason "Reason" b"reason" List "RFC 3326 §2" "Why a request was sent or refused: a SIP status or a Q.850 cause.";
    Warning "Warning" b"warning" List "RFC 3261 §20.43" "More about the status, often what was wrong with the session description.";
    Event "Event" b"event" [b"o" b'o'] Single "RFC 6665 §8.2.1" "What kind of state a subscription is about, such as presence.";
    SubscriptionState "Subscription-State" b"subscription-state" Single "RFC 6665 §8.2.3" "In NOTIFY, whether the subscription lives, for how long, or why it ended.";
    AllowEvents "Allow-Events" b"allow-events" [b"u" b'u'] List "RFC 6665 §8.2.2" "The event packages the sender supports.";
    ReferTo "Refer-To" b"refer-to" [b"r" b'r'] Single "RFC 3515 §2.1" "Whom the receiver of REFER shall contact: the transfer target.";
    ReferredBy "Referred-By" b"referred-by" [b"b" b'b'] Single "RFC 3892 §3" "Who asked for the transfer.";
    ReferSub "Refer-Sub" b"refer-sub" Single "RFC 4488 §4" "Whether a REFER creates a subscription that reports its progress.";
    Replaces "Replaces" b"replaces" Single "RFC 3891 §6.1" "The dialog this INVITE takes the place of: an attended transfer.";
    Join "Join" b"join" Single "RFC 3911 §7.1" "The dialog this INVITE joins: a conference.";
    MinExpires "Min-Expires" b"min-expires" Single "RFC 3261 §20.23" "In 423, the shortest expiry accepted, in seconds: of a registration, a subscription or a publication.";
    RetryAfter "Retry-After" b"retry-after" Single "RFC 3261 §20.33" "After how many seconds to try again.";
    Date "Date" b"date" Single "RFC 3261 §20.17" "When the message was first sent, in GMT.";
    Subject "Subject" b"subject" [b"s" b's'] Single "RFC 3261 §20.36" "What the call is about.";
    Timestamp "Timestamp" b"timestamp" Single "RFC 3261 §20.38" "When the client sent the request, echoed with the server's delay.";
    ContentEncoding "Content-Encoding" b"content-encoding" [b"e" b'e'] List "RFC 3261 §20.12" "How the body is compressed.";
    ContentDisposition "Content-Disposition" b"content-disposition" Single "RFC 3261 §20.11" "What the body is for: session, early-session, render, alert.";
    ContentLanguage "Content-Language" b"content-language" List "RFC 3261 §20.13" "The language of the body.";
    ContentTransferEncoding "Content-Transfer-Encoding" b"content-transfer-encoding" Single "RFC 2045 §6" "How a body part is encoded for transport.";
    ContentId "Content-ID" b"content-id" Single "RFC 8262 §3" "Names the body so that a URI can point to it.";
    MimeVersion "MIME-Version" b"mime-version" Single "RFC 3261 §20.24" "The MIME version of the body.";
    AcceptEncoding "Accept-Encoding" b"accept-encoding" List "RFC 3261 §20.2" "The body encodings the sender can read.";
    AcceptLanguage "Accept-Language" b"accept-language" List "RFC 3261 §20.3" "The languages preferred in reason phrases and bodies.";
    AcceptContact "Accept-Contact" b"accept-contact" [b"a" b'a'] List "RFC 3841 §9.2" "Which of the callee's devices the caller prefers.";
    RejectContact "Reject-Contact" b"reject-contact" [b"j" b'j'] List "RFC 3841 §9.2" "Which of the callee's devices the caller does not want.";
    RequestDisposition "Request-Disposition" b"request-disposition" [b"d" b'd'] List "RFC 3841 §9.1" "How the caller wants the request routed: fork, queue, redirect.";
    AlertInfo "Alert-Info" b"alert-info" List "RFC 3261 §20.4" "The ring tone or ringback to play.";
    CallInfo "Call-Info" b"call-info" List "RFC 3261 §20.9" "More about the caller or callee: picture, card, purpose.";
    ErrorInfo "Error-Info" b"error-info" List "RFC 3261 §20.18" "Where to find more about an error.";
    InReplyTo "In-Reply-To" b"in-reply-to" List "RFC 3261 §20.21" "The Call-IDs this call returns.";
    Organization "Organization" b"organization" Single "RFC 3261 §20.25" "The sender's organization.";
    Priority "Priority" b"priority" Single "RFC 3261 §20.26" "How urgent the request is to its sender.";
    ReplyTo "Reply-To" b"reply-to" Single "RFC 3261 §20.31" "Where to call back.";
    Privacy "Privacy" b"privacy" Single "RFC 3323 §4.2" "What about the caller must be hidden.";
    Path "Path" b"path" List "RFC 3327 §4" "In REGISTER, a proxy that requests to the user must pass.";
    ServiceRoute "Service-Route" b"service-route" List "RFC 3608 §5" "The proxies a registered user's requests shall go through.";
    PAssertedIdentity "P-Asserted-Identity" b"p-asserted-identity" List "RFC 3325 §9.1" "Who the caller is, vouched for by a trusted network.";
    PPreferredIdentity "P-Preferred-Identity" b"p-preferred-identity" List "RFC 3325 §9.2" "Which of his identities the caller wants asserted.";
    RemotePartyId "Remote-Party-ID" b"remote-party-id" List "draft-ietf-sip-privacy-04" "The older, never standardized form of P-Asserted-Identity.";
    Diversion "Diversion" b"diversion" List "RFC 5806 §4" "Who diverted the call and why.";
    HistoryInfo "History-Info" b"history-info" List "RFC 7044 §5" "The targets the request was sent to before.";
    SessionId "Session-ID" b"session-id" Single "RFC 7989 §5" "Identifies a session end to end, across back-to-back user agents.";
    Identity "Identity" b"identity" [b"y" b'y'] List "RFC 8224 §4" "A signature over the caller's identity (STIR).";
    IdentityInfo "Identity-Info" b"identity-info" [b"n" b'n'] Single "RFC 4474 §9" "Where the certificate of Identity is; withdrawn.";
    SipEtag "SIP-ETag" b"sip-etag" Single "RFC 3903 §11.3.1" "Names the state that a PUBLISH created, or that a NOTIFY tells.";
    SipIfMatch "SIP-If-Match" b"sip-if-match" Single "RFC 3903 §11.3.2" "Which published state is refreshed, changed or removed.";
    SuppressIfMatch "Suppress-If-Match" b"suppress-if-match" Single "RFC 5839" "Asks for no notification while the state is unchanged.";
    InfoPackage "Info-Package" b"info-package" Single "RFC 6086 §7.2" "What kind of information INFO carries.";
    RecvInfo "Recv-Info" b"recv-info" List "RFC 6086 §7.3" "The INFO packages the sender wants to receive.";
    FlowTimer "Flow-Timer" b"flow-timer" Single "RFC 5626 §10" "After how many seconds without keep-alive the registrar drops the flow.";
    MaxBreadth "Max-Breadth" b"max-breadth" Single "RFC 5393 §5.3" "Into how many parallel branches the request may be forked.";
    TargetDialog "Target-Dialog" b"target-dialog" Single "RFC 4538 §7" "A dialog the sender shares with the receiver, as an authorization.";
    AnswerMode "Answer-Mode" b"answer-mode" Single "RFC 5373 §3" "Whether the phone should answer by itself.";
    PrivAnswerMode "Priv-Answer-Mode" b"priv-answer-mode" Single "RFC 5373 §3" "Asks for automatic answer with privilege.";
    ResourcePriority "Resource-Priority" b"resource-priority" List "RFC 4412 §3.1" "The call's priority in an emergency network.";
    AcceptResourcePriority "Accept-Resource-Priority" b"accept-resource-priority" List "RFC 4412 §3.2" "The resource priorities a server honours.";
    Geolocation "Geolocation" b"geolocation" List "RFC 6442 §4.1" "Where the caller is.";
    GeolocationError "Geolocation-Error" b"geolocation-error" Single "RFC 6442 §4.3" "What was wrong with the location.";
    GeolocationRouting "Geolocation-Routing" b"geolocation-routing" Single "RFC 6442 §4.2" "Whether the location may be used for routing.";
    UserToUser "User-to-User" b"user-to-user" List "RFC 7433 §4" "Data passed between the applications of both users.";
    FeatureCaps "Feature-Caps" b"feature-caps" List "RFC 6809 §4.2" "Capabilities of an entity on the path.";
    SecurityClient "Security-Client" b"security-client" List "RFC 3329 §2.2" "Security mechanisms the client offers.";
    SecurityServer "Security-Server" b"security-server" List "RFC 3329 §2.2" "Security mechanisms the server offers.";
    SecurityVerify "Security-Verify" b"security-verify" List "RFC 3329 §2.2" "The server's offer repeated, to detect a downgrade.";
    PAccessNetworkInfo "P-Access-Network-Info" b"p-access-network-info" List "RFC 7315 §4.4" "The access network and cell the user is attached to.";
    PAnswerState "P-Answer-State" b"p-answer-state" Single "RFC 4964 §5" "Whether an answer is confirmed, in push to talk.";
    PAssertedService "P-Asserted-Service" b"p-asserted-service" List "RFC 6050 §4.1" "The service the network says this is.";
    PPreferredService "P-Preferred-Service" b"p-preferred-service" List "RFC 6050 §4.2" "The service the user wants.";
    PAssociatedUri "P-Associated-URI" b"p-associated-uri" List "RFC 7315 §4.1" "All addresses that belong to the registered user.";
    PCalledPartyId "P-Called-Party-ID" b"p-called-party-id" Single "RFC 7315 §4.2" "The address that was called, before it was retargeted.";
    PChargeInfo "P-Charge-Info" b"p-charge-info" Single "RFC 8496 §3" "Whom to charge.";
    PChargingFunctionAddresses "P-Charging-Function-Addresses" b"p-charging-function-addresses" Unknown "RFC 7315 §4.5" "Where charging records go.";
    PChargingVector "P-Charging-Vector" b"p-charging-vector" Single "RFC 7315 §4.6" "The charging identifier of the session (icid-value).";
    PEarlyMedia "P-Early-Media" b"p-early-media" List "RFC 5009 §8" "Whether early media is authorized.";
    PMediaAuthorization "P-Media-Authorization" b"p-media-authorization" List "RFC 3313 §5" "A token that authorizes the media's quality of service.";
    PPrivateNetworkIndication "P-Private-Network-Indication" b"p-private-network-indication" Single "RFC 7316 §6" "Marks traffic of a private network.";
    PProfileKey "P-Profile-Key" b"p-profile-key" Single "RFC 5002 §5" "The key of a service profile.";
    PRefusedUriList "P-Refused-URI-List" b"p-refused-uri-list" List "RFC 5318 §5" "The members an exploder refused.";
    PServedUser "P-Served-User" b"p-served-user" Single "RFC 5502 §6" "The user a server is working for.";
    PUserDatabase "P-User-Database" b"p-user-database" Single "RFC 4457 §4" "The database that holds the user.";
    PVisitedNetworkId "P-Visited-Network-ID" b"p-visited-network-id" List "RFC 7315 §4.3" "The visited network.";
    PermissionMissing "Permission-Missing" b"permission-missing" List "RFC 5360 §5.9.3" "Recipients who have not consented.";
    TriggerConsent "Trigger-Consent" b"trigger-consent" List "RFC 5360 §5.11.2" "Where to ask recipients for consent.";
    PolicyContact "Policy-Contact" b"policy-contact" List "RFC 6794 §5.1" "Where to fetch the session policy.";
    PolicyId "Policy-ID" b"policy-id" List "RFC 6794 §5.1" "The policy servers contacted.";
    PriorityShare "Priority-Share" b"priority-share" Single "TS 24.229" "Whether bearer priority may be shared.";
    ReasonPhrase "Reason-Phrase" b"reason-phrase" Unknown "IANA, reserved because of RFC 6873" "No header in use: IANA keeps the name free, not to clash with RFC 6873 (a format of logs).";
    ReferEventsAt "Refer-Events-At" b"refer-events-at" Single "RFC 7614 §5" "Where the progress of a REFER can be subscribed to.";
    ResponseSource "Response-Source" b"response-source" Single "TS 24.229" "Which element created the error response.";
    RestorationInfo "Restoration-Info" b"restoration-info" Single "TS 24.229" "Recovery of a registration after a failure.";
    AdditionalIdentity "Additional-Identity" b"additional-identity" Single "TS 24.229" "A second identity of the caller.";
    AttestationInfo "Attestation-Info" b"attestation-info" Single "TS 24.229" "How far the caller's number was verified.";
    CellularNetworkInfo "Cellular-Network-Info" b"cellular-network-info" List "TS 24.229" "The cell last used.";
    OriginationId "Origination-Id" b"origination-id" Single "TS 24.229" "Identifies where a call entered the network.";
    Encryption "Encryption" b"encryption" Single "RFC 2543" "End-to-end encryption of the older SIP; withdrawn.";
    Hide "Hide" b"hide" Single "RFC 2543" "Hides the path from the next hops; withdrawn.";
    ResponseKey "Response-Key" b"response-key" Single "RFC 2543" "The key for the response; withdrawn.";
}

impl HeaderName {
    /// The header of a name as sent: any case, long or compact (RFC 3261 §7.3.3).
    pub fn parse(name: &[u8]) -> HeaderName {
        Self::as_usual(name).unwrap_or_else(|| Self::in_any_case(name))
    }

    /// The headers of nearly every message as they are nearly always spelled.
    fn as_usual(name: &[u8]) -> Option<HeaderName> {
        Some(match name {
            b"Via" => HeaderName::Via,
            b"From" => HeaderName::From,
            b"To" => HeaderName::To,
            b"Call-ID" => HeaderName::CallId,
            b"CSeq" => HeaderName::CSeq,
            b"Contact" => HeaderName::Contact,
            b"Content-Length" => HeaderName::ContentLength,
            b"Content-Type" => HeaderName::ContentType,
            b"Max-Forwards" => HeaderName::MaxForwards,
            b"User-Agent" => HeaderName::UserAgent,
            b"Expires" => HeaderName::Expires,
            b"Record-Route" => HeaderName::RecordRoute,
            _ => return None,
        })
    }

    fn in_any_case(name: &[u8]) -> HeaderName {
        let mut lower = [0u8; LONGEST];
        let Some(room) = lower.get_mut(..name.len()) else {
            return HeaderName::Other;
        };
        room.copy_from_slice(name);
        room.make_ascii_lowercase();
        of_lower_case(room)
    }

    /// The long spelling; `other` for a header that is not in the table.
    pub fn as_str(self) -> &'static str {
        self.entry().map_or("other", |e| e.name)
    }

    /// The long spelling; `None` for a header that is not in the table.
    pub fn canonical(self) -> Option<&'static str> {
        self.entry().map(|e| e.name)
    }

    /// Its row in the registry; `None` for `Other`.
    pub fn entry(self) -> Option<&'static HeaderEntry> {
        REGISTRY.get(usize::from(self as u8)).map(|(_, e)| e)
    }

    /// Every header of the registry with its row.
    pub(crate) fn all() -> impl Iterator<Item = (HeaderName, &'static HeaderEntry)> {
        REGISTRY.iter().map(|(name, entry)| (*name, entry))
    }

    /// How several values may be written.
    pub fn cardinality(self) -> Cardinality {
        self.entry().map_or(Cardinality::Unknown, |e| e.cardinality)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_found_by_its_long_and_compact_form() {
        for (name, entry) in REGISTRY {
            assert_eq!(HeaderName::parse(entry.name.as_bytes()), *name);
            let upper = entry.name.to_ascii_uppercase();
            assert_eq!(HeaderName::parse(upper.as_bytes()), *name);
            assert_eq!(name.as_str(), entry.name, "row order follows the enum");
            if let Some(c) = entry.compact {
                assert_eq!(HeaderName::parse(&[c as u8]), *name);
                assert_eq!(HeaderName::parse(&[c.to_ascii_uppercase() as u8]), *name);
            }
        }
    }

    #[test]
    fn the_twenty_compact_forms_are_complete() {
        // IANA lists 19 and `n` is left over from RFC 4474: a..f, i..o, r..v, x, y.
        let mut forms: String = REGISTRY.iter().filter_map(|(_, e)| e.compact).collect();
        forms = {
            let mut c: Vec<char> = forms.chars().collect();
            c.sort_unstable();
            c.into_iter().collect()
        };
        assert_eq!(forms, "abcdefijklmnorstuvxy");
    }

    #[test]
    fn an_unknown_or_over_long_name_is_other() {
        assert_eq!(HeaderName::parse(b"X-Call"), HeaderName::Other);
        assert_eq!(HeaderName::parse(&[b'a'; 100]), HeaderName::Other);
        assert_eq!(HeaderName::parse(b""), HeaderName::Other);
        assert_eq!(HeaderName::Other.canonical(), None);
    }
}
