//! What may be wrong with a message, as one closed list of words.

/// The words, each with its meaning, which is its documentation too.
macro_rules! flaw_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+) => {
        super::vocabulary::vocabulary! {
            /// What is wrong with a message or its SDP. Scripts rely on the words, so none is ever re-meant.
            pub enum FlawCode {
                $($(#[doc = $doc])+ $variant = $word,)+
            }
        }

        impl FlawCode {
            /// What is wrong, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(FlawCode::$variant => concat!($($doc),+).trim_ascii(),)+
                }
            }
        }
    };
}

flaw_codes! {
    /// The start line does not keep to the grammar.
    StartLineMalformed = "start_line_malformed",
    /// Another SIP version than 2.0.
    SipVersion = "sip_version",
    /// The status code is not three digits from 100 to 699.
    StatusCodeInvalid = "status_code_invalid",
    /// No empty line ends the headers.
    HeadersUnterminated = "headers_unterminated",
    /// A header line that cannot be read.
    HeaderMalformed = "header_malformed",
    /// More header lines than are looked at.
    TooManyHeaders = "too_many_headers",
    /// A header that every message has to have is absent.
    MissingHeader = "missing_header",
    /// A header that may stand once stands twice.
    RepeatedHeader = "repeated_header",
    /// A comma or semicolon too many.
    StraySeparator = "stray_separator",
    /// Lines end with LF alone.
    BareLf = "bare_lf",
    /// A Via that cannot be read.
    ViaMalformed = "via_malformed",
    /// The sent-by of a Via is a broadcast address.
    ViaBroadcast = "via_broadcast",
    /// The branch is the magic cookie and nothing behind it.
    BranchEmpty = "branch_empty",
    /// A tag that is no token.
    TagMalformed = "tag_malformed",
    /// A CSeq that is not a number and a method.
    CseqMalformed = "cseq_malformed",
    /// A CSeq number of 2^31 or more.
    CseqOutOfRange = "cseq_out_of_range",
    /// The CSeq names another method than the request line.
    CseqMethodMismatch = "cseq_method_mismatch",
    /// Not 0 to 255.
    MaxForwardsOutOfRange = "max_forwards_out_of_range",
    /// Seconds beyond 2^32 - 1.
    ExpiresOutOfRange = "expires_out_of_range",
    /// Seconds beyond 2^32 - 1.
    RetryAfterOutOfRange = "retry_after_out_of_range",
    /// A Date in another time zone.
    DateNotGmt = "date_not_gmt",
    /// A Warning that is not code, agent and text.
    WarningMalformed = "warning_malformed",
    /// A display name whose quote never ends.
    UnterminatedQuote = "unterminated_quote",
    /// A `<` without its `>`.
    UnterminatedBracket = "unterminated_bracket",
    /// A display name that needs quotes and has none.
    DisplayNameUnquoted = "display_name_unquoted",
    /// A URI with parameters that are taken for the header's, for want of `<>`.
    UriNotBracketed = "uri_not_bracketed",
    /// White space within the URI.
    UriWhiteSpace = "uri_white_space",
    /// A URI that cannot be read.
    UriMalformed = "uri_malformed",
    /// A character in the user part that has to be escaped.
    UriUserMalformed = "uri_user_malformed",
    /// A scheme that a SIP element does not know.
    UriSchemeUnknown = "uri_scheme_unknown",
    /// An IPv6 address without its brackets, or with a wrong one inside.
    Ipv6ReferenceMalformed = "ipv6_reference_malformed",
    /// A Request-URI with headers.
    RequestUriHeaders = "request_uri_headers",
    /// An extension is required that nobody knows.
    OptionTagUnknown = "option_tag_unknown",
    /// An authentication scheme that nobody knows.
    AuthSchemeUnknown = "auth_scheme_unknown",
    /// A body of a type that a SIP element does not know.
    ContentTypeUnknown = "content_type_unknown",
    /// Accept leaves SDP out.
    AcceptWithoutSdp = "accept_without_sdp",
    /// A Content-Length that is no number.
    ContentLengthInvalid = "content_length_invalid",
    /// Two Content-Lengths that differ.
    ContentLengthConflict = "content_length_conflict",
    /// The Content-Length does not lead to the next message.
    ContentLengthMismatch = "content_length_mismatch",
    /// No Content-Length on a byte stream.
    MissingContentLength = "missing_content_length",
    /// A body without its type.
    MissingContentType = "missing_content_type",
    /// Octets behind the message in its datagram.
    ExtraOctets = "extra_octets",
    /// The body is shorter than the Content-Length says.
    BodyTruncated = "body_truncated",
    /// Octets of a byte stream that belong to no message.
    StreamDesync = "stream_desync",
    /// What stands in `<>` cannot be a URI.
    NameAddrMalformed = "name_addr_malformed",
    /// A part of the message is not in the capture: no fault of the sender.
    CaptureTruncated = "capture_truncated",
    /// A piece of the datagram was not captured.
    FragmentsMissing = "fragments_missing",
    /// Longer than is read: a limit of the analysis, no fault of the sender.
    MessageTooLong = "message_too_long",
    /// The first line is not `v=0`.
    SdpVersion = "sdp_version",
    /// An SDP line that cannot be read.
    SdpLineMalformed = "sdp_line_malformed",
    /// A medium without a connection address.
    SdpNoConnection = "sdp_no_connection",
    /// More SDP than is read.
    SdpTooLong = "sdp_too_long",
    /// More `m=` lines than are read.
    SdpTooManyMedia = "sdp_too_many_media",
}
