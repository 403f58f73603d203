//! Methods, of the registry of `sip`, with what each looks like and what answers it.

use super::{Entry, fact};
use crate::sip::method::METHODS;
use crate::types::TermGroup;

/// Method, example, what it does to the call.
#[rustfmt::skip]
const MORE: &[(&str, &str, &str)] = &[
    ("INVITE", "INVITE sip:bob@example.com SIP/2.0", "Makes a dialog. Answered by 100, 180 and the like, then by a final response, which the caller confirms with ACK."),
    ("ACK", "ACK sip:bob@192.0.2.12 SIP/2.0", "For a 2xx it is a transaction of its own, with a new branch, and goes to the Contact; for a refusal it has the INVITE's branch and goes hop by hop."),
    ("BYE", "BYE sip:bob@192.0.2.12 SIP/2.0", "Ends the dialog. Either side may send it once the call is answered, and the caller also before, to end one early dialog; the answer is 200."),
    ("CANCEL", "CANCEL sip:bob@example.com SIP/2.0", "Has the branch, Call-ID and CSeq number of its INVITE. Answered by 200; the INVITE itself then ends with 487, and that with ACK."),
    ("OPTIONS", "OPTIONS sip:bob@example.com SIP/2.0", "Makes no dialog. The 200 lists Allow, Accept, Supported."),
    ("REGISTER", "REGISTER sip:example.com SIP/2.0", "Makes no dialog. Often refused with 401 first; the 200 lists all bindings."),
    ("PRACK", "PRACK sip:bob@192.0.2.12 SIP/2.0", "In the early dialog; RAck names the response. Answered by 200."),
    ("UPDATE", "UPDATE sip:bob@192.0.2.12 SIP/2.0", "In a dialog, also an early one; may have an offer, and then its 200 has the answer. No ACK."),
    ("SUBSCRIBE", "SUBSCRIBE sip:bob@example.com SIP/2.0", "Makes a subscription, named by Event; Expires: 0 ends it. A NOTIFY follows at once."),
    ("NOTIFY", "NOTIFY sip:alice@192.0.2.11 SIP/2.0", "In the subscription; Subscription-State says whether it goes on. Answered by 200."),
    ("PUBLISH", "PUBLISH sip:alice@example.com SIP/2.0", "Makes no dialog. The 200 has SIP-ETag, the name of the state."),
    ("INFO", "INFO sip:bob@192.0.2.12 SIP/2.0", "In a dialog; changes neither dialog nor session. Answered by 200."),
    ("REFER", "REFER sip:bob@192.0.2.12 SIP/2.0", "Refer-To names the third side. Answered by 202 (or 200), and NOTIFY tells what came of it."),
    ("MESSAGE", "MESSAGE sip:bob@example.com SIP/2.0", "The text is the body. Makes no dialog; answered by 200, or 202 where it is stored."),
];

pub(super) fn entries() -> impl Iterator<Item = Entry> {
    METHODS.iter().map(|method| {
        let more = MORE.iter().find(|(name, ..)| *name == method.name);
        Entry {
            facts: more.map(|m| fact("how", m.2)).into_iter().collect(),
            example: more.map(|m| m.1.into()),
            ..Entry::new(
                TermGroup::Method,
                method.name,
                method.meaning,
                method.source,
            )
        }
    })
}
