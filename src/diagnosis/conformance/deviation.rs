//! A departure from the rules of SIP, told once a kind and sender.

use crate::types::{CallNo, MessageId, Method, RegistrationNo, StatusCode};
use std::borrow::Cow;

/// Which rule is not kept; a rule of the folder each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviationKind {
    /// A header that this message has to have is absent.
    HeaderMissing,
    /// From of a request or To of a response has no tag.
    TagMissing,
    /// The branch lacks the magic cookie.
    BranchWithoutCookie,
    /// Two requests have one branch.
    BranchReused,
    /// An ACK or CANCEL that has the branch of an INVITE and not its numbers.
    AckOrCancelDiffers,
    /// A CSeq number that does not go up.
    CseqOutOfOrder,
    /// Record-Route is not given back.
    RecordRouteNotCopied,
    /// A response does not give back Via, From or To of its request.
    ResponseDiffers,
    /// A response needs what its request did not offer.
    ExtensionNotOffered,
    /// A request whose method the other side does not list.
    MethodOutsideAllow,
    /// A response does not say where its request came from.
    ViaNotStamped,
    /// A proxy does not count Max-Forwards down.
    MaxForwardsNotDecreased,
    /// SDP changes and its version does not.
    SdpVersionUnchanged,
    /// The nonce count does not go up.
    NonceCountRepeated,
    /// The digest-uri names another host or user than the Request-URI.
    DigestUriDiffers,
    /// MD5 where a stronger hash was offered.
    WeakerDigestChosen,
    /// A challenge or credentials without qop.
    QopMissing,
}

impl DeviationKind {
    /// Its messages are counted together, whatever their method and status: it is a habit of their sender.
    pub(super) fn is_of_all_methods(self) -> bool {
        use DeviationKind::{
            BranchWithoutCookie, DigestUriDiffers, MaxForwardsNotDecreased, NonceCountRepeated,
            QopMissing, TagMissing, ViaNotStamped, WeakerDigestChosen,
        };
        matches!(
            self,
            BranchWithoutCookie
                | DigestUriDiffers
                | MaxForwardsNotDecreased
                | NonceCountRepeated
                | QopMissing
                | TagMissing
                | ViaNotStamped
                | WeakerDigestChosen
        )
    }
}

/// What a group of deviations has in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeviationGroup {
    /// The rule.
    pub kind: DeviationKind,
    /// They are requests.
    pub is_request: bool,
    /// Method of the request, or of the request that is answered; `None` where all are counted together.
    pub method: Option<Method>,
    /// Of a response.
    pub status: Option<StatusCode>,
    /// The header, extension or parameter concerned.
    pub what: Cow<'static, str>,
    /// Where the rule is written down.
    pub clause: &'static str,
    /// From where the messages come: of one that passed a proxy, that proxy. Connections have ports of their own, so
    /// a port stands there over UDP alone.
    pub sender: String,
}

/// The messages of one group.
#[derive(Clone, Debug)]
pub struct Deviation {
    /// What they have in common.
    pub group: DeviationGroup,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub messages: Vec<MessageId>,
    /// Their calls, the first ones.
    pub calls: Vec<CallNo>,
    /// Their registrations, the first ones.
    pub registrations: Vec<RegistrationNo>,
}

impl Deviation {
    /// `3 INVITE requests from 192.0.2.11:5060`, `1 response (401 to REGISTER) from 192.0.2.10:5060`.
    pub(in crate::diagnosis) fn subject(&self) -> String {
        let (n, g) = (self.count, &self.group);
        let s = if n == 1 { "" } else { "s" };
        let from = &g.sender;
        match (g.is_request, &g.method, g.status) {
            (true, Some(method), _) => format!("{n} {method} request{s} from {from}"),
            (true, None, _) => format!("{n} request{s} from {from}"),
            (false, Some(method), Some(status)) => {
                format!("{n} response{s} ({status} to {method}) from {from}")
            }
            (false, ..) => format!("{n} response{s} from {from}"),
        }
    }

    /// The verb's form for the subject.
    pub(in crate::diagnosis) fn verb(&self, one: &'static str, many: &'static str) -> &'static str {
        if self.count == 1 { one } else { many }
    }
}
