//! Who takes part, and what shows it.

use super::folded::{Folded, called};
use super::teller::{Teller, bare};
use super::{Material, Player};
use crate::explain::words::clean;
use crate::explain::{Role, Scene};

/// The hosts of a scene.
pub(super) fn players(
    material: &Material<'_>,
    teller: &Teller<'_>,
    scene: &Scene,
    folded: &[Folded<'_>],
) -> Vec<Player> {
    let hosts = scene.hosts.iter().enumerate();
    let of = |(at, host): (usize, &crate::explain::Host)| Player {
        name: bare(&called(host)),
        address: host.address.clone(),
        part: match &*host.name {
            "server" => "server",
            _ => part(host.role),
        }
        .to_owned(),
        software: software(material, &host.address),
        proof: proof(teller, at, host.role, folded).or_else(|| {
            let is_server = matches!(host.role, Role::Proxy | Role::B2bua);
            let registers = is_server && material.lookup.is_registrar(&host.address);
            registers.then(|| "phones register there".to_owned())
        }),
    };
    hosts.map(of).collect()
}

fn part(role: Role) -> &'static str {
    match role {
        Role::Caller => "caller",
        Role::Callee => "callee",
        Role::Proxy => "proxy",
        Role::B2bua => "B2BUA",
        Role::Client => "client",
        Role::Registrar => "registrar",
        Role::Media => "media",
        Role::Other | Role::Crowd => "host",
    }
}

fn software(material: &Material<'_>, address: &str) -> Option<String> {
    let hosts = &material.lookup.report.capture.hosts;
    let of = hosts.iter().find(|h| {
        h.address == address
            || h.port
                .is_some_and(|p| address.ends_with(&format!("{}:{p}", h.address)))
    });
    of.map(|h| clean(&h.software))
}

/// The first message that shows the part.
fn proof(teller: &Teller<'_>, at: usize, role: Role, folded: &[Folded<'_>]) -> Option<String> {
    let passed = || {
        let mut onward = folded
            .iter()
            .flat_map(|f| f.onward.iter().map(move |o| (f, o)));
        let (f, o) = onward.find(|(_, o)| o.from == at)?;
        let what = f.first.method.as_deref().map(clean).unwrap_or_default();
        let is_response = f.first.status.is_some();
        let kind = if is_response {
            "a response to "
        } else {
            "the "
        };
        Some(format!(
            "passes on {kind}{what} ({})",
            teller.frame(o.message)
        ))
    };
    let first = |wanted: &dyn Fn(&Folded<'_>) -> Option<String>| {
        let mut own = folded.iter().filter(|f| f.from == at);
        own.find_map(|f| Some(format!("{} ({})", wanted(f)?, teller.frame(f.first))))
    };
    let is = |f: &Folded<'_>, method: &str, low: u16, high: u16| {
        let status = f.first.status.unwrap_or(0);
        f.first.method.as_deref() == Some(method) && (low..=high).contains(&status)
    };
    match role {
        Role::Caller => first(&|f| {
            let begins = is(f, "INVITE", 0, 0) && !crate::explain::steps::in_dialog(f.first);
            begins.then(|| "sends the INVITE that begins the call".to_owned())
        }),
        Role::Callee => {
            first(&|f| is(f, "INVITE", 200, 299).then(|| "answers the INVITE".to_owned()))
                .or_else(|| first(&|f| is(f, "INVITE", 180, 180).then(|| "rings".to_owned())))
                .or_else(|| {
                    first(&|f| is(f, "INVITE", 300, 399).then(|| "redirects the INVITE".to_owned()))
                })
                .or_else(|| {
                    first(&|f| is(f, "INVITE", 400, 699).then(|| "refuses the INVITE".to_owned()))
                })
                .or_else(|| {
                    let invites = folded.iter().filter(|f| is(f, "INVITE", 0, 0));
                    let mut copies = invites.flat_map(|f| {
                        let onward = f.onward.iter().map(|o| (o.to, o.message));
                        std::iter::once((f.to, f.first)).chain(onward)
                    });
                    let (_, there) = copies.find(|(to, _)| *to == at)?;
                    Some(format!("the INVITE goes there ({})", teller.frame(there)))
                })
        }
        Role::Proxy | Role::B2bua => passed()
            .or_else(|| {
                first(&|f| {
                    let asks = matches!(f.first.status, Some(401 | 407));
                    asks.then(|| "asks for a password".to_owned())
                })
            })
            .or_else(|| {
                first(&|f| is(f, "INVITE", 0, 0).then(|| "sends an INVITE of its own".to_owned()))
            }),
        Role::Client => {
            first(&|f| is(f, "REGISTER", 0, 0).then(|| "sends the REGISTER".to_owned()))
        }
        Role::Registrar => {
            first(&|f| is(f, "REGISTER", 200, 699).then(|| "answers the REGISTER".to_owned()))
                .or_else(|| {
                    let mut asked = folded.iter().filter(|f| f.to == at);
                    let f = asked.find(|f| is(f, "REGISTER", 0, 0))?;
                    let frame = teller.frame(f.first);
                    Some(format!("the REGISTER goes there ({frame})"))
                })
        }
        Role::Media => Some("media goes there, and no signalling".to_owned()),
        Role::Other | Role::Crowd => None,
    }
    .or_else(|| {
        let speaks = |f: &Folded<'_>| f.from == at || f.onward.iter().any(|o| o.from == at);
        if folded.iter().any(speaks) {
            return None;
        }
        let mut goes = folded.iter().filter_map(|f| {
            let onward = f.onward.iter().find(|o| o.to == at);
            let onward = onward.map(|o| teller.frame(o.message));
            onward.or_else(|| (f.to == at).then(|| teller.frame(f.first)))
        });
        let frame = goes.next()?;
        Some(format!(
            "a message goes there ({frame}); none comes from there"
        ))
    })
}
