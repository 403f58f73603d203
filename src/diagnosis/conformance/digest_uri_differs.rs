//! The uri of Digest credentials names another user, host or port than the Request-URI of the request they stand in.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "digest_uri_differs",
    severities: &[Severity::Info],
    clause: Some("RFC 7616 §3.4.6"),
    page: Page {
        means: "The uri of Digest credentials names another user, host or port than the Request-URI of the request they stand \
in. A server may refuse that, as credentials heard elsewhere and sent again would look so. Told with --lint.",
        evidence: "Both URIs of requests on their first hop; parameters are not compared.",
        check: "Look at the answer, and at the outbound proxy's settings in the client.",
        limits: "That the server minds: many compute with the uri of the credentials and do not compare.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || super::exchange::scene(&[(1, 2, "OPTIONS", "auth=1 uri=sip:x@example.org")]),
        almost: || super::exchange::scene(&[(1, 2, "OPTIONS", "auth=1")]),
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::DigestUriDiffers {
        let subject = d.subject();
        let title = format!(
            "{subject} {} credentials for another URI than the Request-URI",
            d.verb("carries", "carry")
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
