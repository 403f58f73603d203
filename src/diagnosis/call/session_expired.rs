//! A session that nobody refreshed.

use super::within::seconds;
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Delta, Severity};

pub(super) static RULE: Rule = Rule {
    code: "session_expired",
    severities: &[Severity::Warning],
    clause: Some("RFC 4028 §10"),
    page: Page {
        means: "The call has a session timer (Session-Expires). The side that was to refresh the session did not, and \
the other side hung up when the session was about to run out.",
        evidence: "The last 2xx to an INVITE or UPDATE, with the interval and who refreshes; no re-INVITE and no UPDATE \
after it; and a BYE of the other side at the interval's end, or before that by 32 s or a third of the interval, \
whichever is less: the time RFC 4028 gives for it.",
        check: "Look at the side that was to refresh (refresher=uac is who sent the request, uas who answered it): its \
session timer settings, or a box in between that changed Session-Expires or drops the refresh.",
        limits: "A refresh that took a way past the capture point looks the same as none. A person may hang up at that \
very time by chance. A capture that ends before the interval is over says nothing.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::a_bye_when_the_interval_runs_out,
        almost: tests::a_bye_in_between,
    },
};

/// How near to its time a BYE must come.
const NEAR: Delta = Delta::from_millis(1500);

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(timer) = &case.call.timer else {
        return;
    };
    let Some((bye, _)) = case.bye().filter(|(b, _)| b.dialog == timer.dialog) else {
        return;
    };
    let own = case
        .call
        .requests
        .iter()
        .filter(|r| r.dialog == timer.dialog);
    let tried = own.filter(|r| r.is_change() && r.time > timer.since);
    let after = bye.time - timer.since;
    let early = timer.hangs_up_after();
    let is_near = |due: Delta| (after - due).abs() <= NEAR;
    if tried.count() > 0 || timer.refresher == Some(bye.side) {
        return;
    }
    let due = if is_near(early) {
        format!(
            "{} before its end, when a side that is not refreshed hangs up",
            seconds(timer.interval - early)
        )
    } else if is_near(timer.interval) {
        "at its end".to_owned()
    } else {
        return;
    };
    let refresher = match timer.refresher {
        Some(side) => format!("{} was to refresh it", case.name(side)),
        None => "the 2xx does not say who was to refresh it".to_owned(),
    };
    let who = case.name(bye.side);
    let finding = case
        .found(
            &RULE,
            Severity::Warning,
            format!("nobody refreshed the session, and {who} hung up when it ran out"),
            format!(
                "the session interval is {} from the 2xx {} on, {refresher}, and no re-INVITE or UPDATE follows in the \
                 capture; the BYE {} comes after {}, {due}",
                seconds(timer.interval),
                case.case.frames(&[timer.message]),
                case.case.frames(&[bye.message]),
                seconds(after),
            ),
        )
        .advise("Look at the session timer settings of the side that was to refresh, and whether a box in between drops its re-INVITE or UPDATE.")
        .messages([timer.message, bye.message]);
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::call::{InDialogRequest, SessionTimer};
    use crate::diagnosis::building::{Scene, at, message};
    use crate::types::{Delta, Method, Party};

    /// An interval of 90 s from the answer at 2 s on, alice refreshes; bob hangs up.
    fn ended_at(end: f64) -> Scene {
        Scene::answered().call(move |c| {
            c.timer = Some(Box::new(SessionTimer {
                interval: Delta::from_secs(90),
                refresher: Some(Party::Caller),
                since: at(2.0),
                message: message(2),
                dialog: 0,
            }));
            let bye =
                InDialogRequest::sample(Method::Bye, Party::Callee, message(20), at(end), 200);
            c.evidence.bye = Some(message(20));
            c.requests = vec![bye];
            c.end = Some(at(22.0));
        })
    }

    pub(super) fn a_bye_when_the_interval_runs_out() -> Scene {
        ended_at(62.0)
    }

    pub(super) fn a_bye_in_between() -> Scene {
        ended_at(70.0)
    }

    #[test]
    fn the_time_of_the_bye_is_held_against_the_interval() {
        let detail = |scene: Scene| scene.findings()[0].detail.clone();
        // 90 s - min(32 s, 90 s / 3) = 60 s.
        assert!(detail(ended_at(62.0)).ends_with(
            "alice was to refresh it, and no re-INVITE or UPDATE follows in the capture; the BYE #20 comes after 60 s, \
             30 s before its end, when a side that is not refreshed hangs up"
        ));
        assert!(detail(ended_at(92.4)).ends_with("comes after 90.4 s, at its end"));
        assert!(!ended_at(63.6).has("session_expired"));
    }
}
