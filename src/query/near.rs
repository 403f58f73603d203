//! Which field was meant by a name that is none.

use super::fields::{Shape, fields, rows};
use crate::types::QueryKind;
use crate::types::near::nearest;

/// How many names are offered.
const MOST: usize = 3;

/// What people say, and how the field is called.
const MEANT: &[(&str, &str)] = &[
    ("agent", "user_agent"),
    ("callid", "call_id"),
    ("code", "status"),
    ("destination", "dst"),
    ("dest", "dst"),
    ("dialled", "callee"),
    ("duration", "talk_time_s"),
    ("from", "caller"),
    ("ip", "address"),
    ("loss", "lost_percent"),
    ("number", "id"),
    ("pdd", "post_dial_delay_s"),
    ("result", "outcome"),
    ("response", "status"),
    ("severity", "findings.severity"),
    ("source", "src"),
    ("state", "outcome"),
    ("status_code", "status"),
    ("to", "callee"),
    ("ua", "user_agent"),
    ("user", "uri"),
];

/// The fields of `kind` that may have been meant by `name`, which stands behind `before` (empty or ending in a
/// dot): the same name elsewhere, else one that is spelt nearly so, else one that has it in it.
pub(super) fn near(kind: QueryKind, before: &str, name: &str) -> Vec<String> {
    let all = paths(kind);
    let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
    let mut found: Vec<String> = Vec::new();
    let mut put = |mut more: Vec<String>| {
        more.sort_by_key(|p| p.matches('.').count());
        for path in more {
            if found.len() < MOST && !found.contains(&path) {
                found.push(path);
            }
        }
        found.len()
    };
    let bare = name.to_ascii_lowercase().replace('-', "_");
    let bare = match bare.strip_suffix("_pct") {
        Some(share) => format!("{share}_percent"),
        None => bare,
    };
    let meant = MEANT
        .iter()
        .find(|(said, _)| *said == bare.replace('_', ""));
    let meant = meant.or_else(|| MEANT.iter().find(|(said, _)| *said == bare));
    for wanted in [Some(bare.as_str()), meant.map(|(_, field)| *field)] {
        let is = |p: &&String| wanted.is_some_and(|w| last(p) == w || **p == w);
        let same: Vec<&String> = all.iter().filter(is).collect();
        let depth = |p: &str| p.matches('.').count();
        let shallowest = same.iter().map(|p| depth(p)).min();
        let same = same.into_iter().filter(|p| Some(depth(p)) == shallowest);
        if put(same.cloned().collect()) > 0 {
            return found;
        }
    }
    let here: Vec<&String> = all
        .iter()
        .filter(|p| {
            p.strip_prefix(before)
                .is_some_and(|rest| !rest.contains('.'))
        })
        .collect();
    let spelt: Vec<(String, &str)> = here.iter().map(|p| (last(p), p.as_str())).collect();
    let spelt = nearest(name, spelt.iter().map(|(s, p)| (s.as_str(), *p)));
    if put(spelt.into_iter().map(str::to_owned).collect()) > 0 {
        return found;
    }
    let has = |p: &&&String| bare.len() > 2 && last(p).contains(&bare);
    if put(here.iter().filter(has).map(|p| (*p).clone()).collect()) > 0 {
        return found;
    }
    if put(all.iter().filter(|p| has(&p)).cloned().collect()) > 0 {
        return found;
    }
    let part = bare.split('_').find(|part| part.len() > 3);
    let has = |p: &&&String| part.is_some_and(|part| last(p).contains(part));
    if put(here.iter().filter(has).map(|p| (*p).clone()).collect()) > 0 {
        return found;
    }
    let spelt: Vec<(String, &str)> = all.iter().map(|p| (last(p), p.as_str())).collect();
    let spelt = nearest(name, spelt.iter().map(|(s, p)| (s.as_str(), *p)));
    put(spelt.into_iter().map(str::to_owned).collect());
    found
}

/// Every path of a kind, and of the records that belong to it; those that go through a list come last.
fn paths(kind: QueryKind) -> Vec<String> {
    let own = rows(kind).into_iter();
    let mut all: Vec<(bool, String)> = own.map(|(path, row)| (row.is_list, path)).collect();
    for field in fields(kind) {
        // Not from one message to another.
        let Some(of) = field.of.filter(|of| *of != kind) else {
            continue;
        };
        for inner in fields(of) {
            let path = format!("{}.{}", field.name, inner.name);
            if let Shape::Object(deeper) = &inner.shape {
                let deeper = deeper.iter();
                all.extend(deeper.map(|d| (inner.is_list, format!("{path}.{}", d.name))));
            }
            all.push((inner.is_list, path));
        }
    }
    all.sort_by_key(|(is_list, _)| *is_list);
    all.into_iter().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found_where_it_is() {
        let calls = |name| near(QueryKind::Calls, "", name);
        assert_eq!(calls("outcom"), ["outcome"]);
        assert_eq!(calls("codec"), ["media.codec"]);
        assert_eq!(calls("lost_pct")[0], "streams.lost_percent");
        assert_eq!(calls("lost_percent")[0], "streams.lost_percent");
        assert_eq!(calls("loss")[0], "streams.lost_percent");
        assert_eq!(calls("pdd"), ["post_dial_delay_s"]);
        assert_eq!(calls("user-agent"), ["messages.user_agent"]);
        assert_eq!(calls("mos")[0], "streams.quality.mos");
        assert_eq!(
            near(QueryKind::Streams, "", "mos"),
            ["quality.mos", "payloads.mos"]
        );
        assert_eq!(near(QueryKind::Streams, "", "lost_pct"), ["lost_percent"]);
        assert_eq!(
            near(QueryKind::Streams, "", "jitter"),
            ["jitter_mean_ms", "jitter_max_ms", "jitter_last_ms"]
        );
        assert_eq!(
            near(QueryKind::Streams, "quality.", "moss"),
            ["quality.mos"]
        );
        assert_eq!(calls("zzzzzz"), Vec::<String>::new());
    }
}
