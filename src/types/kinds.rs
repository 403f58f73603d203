//! The kinds of record a report has, written once.

/// Calls a macro with one row a kind, in the order of the document: the record's type in the report model, its
/// name in NDJSON, and its array in the report, which is its name for `--records` too.
macro_rules! record_kinds {
    ($apply:ident) => {
        $apply! {
            Message "message" messages,
            Transaction "transaction" transactions,
            Dialog "dialog" dialogs,
            Call "call" calls,
            Registration "registration" registrations,
            Requests "requests" requests,
            Stream "stream" streams,
            Finding "finding" findings,
        }
    };
}

pub(crate) use record_kinds;

macro_rules! define {
    ($($kind:ident $one:literal $many:ident,)+) => {
        /// A kind of record: one array of the report, one word of `--records`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum RecordKind {
            $($kind,)+
        }

        impl RecordKind {
            /// Every kind, in the order of the document.
            pub const ALL: &'static [RecordKind] = &[$(RecordKind::$kind),+];

            /// Its array in the JSON report, and what `--records` calls it.
            pub const fn array(self) -> &'static str {
                match self {
                    $(RecordKind::$kind => stringify!($many),)+
                }
            }
        }
    };
}

record_kinds!(define);

/// A set of kinds, a bit each: what is kept, or written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindSet(u16);

impl KindSet {
    /// None of them.
    pub const NONE: KindSet = KindSet(0);
    /// All of them.
    pub const ALL: KindSet = KindSet::of(RecordKind::ALL);
    /// Calls, registrations, other requests and streams, and what is wrong with them.
    pub const SUMMARY: KindSet = KindSet::of(&[
        RecordKind::Call,
        RecordKind::Registration,
        RecordKind::Requests,
        RecordKind::Stream,
        RecordKind::Finding,
    ]);

    /// The set of these.
    pub const fn of(mut kinds: &[RecordKind]) -> KindSet {
        let mut set = 0;
        while let [kind, rest @ ..] = kinds {
            set |= 1 << *kind as u16;
            kinds = rest;
        }
        KindSet(set)
    }

    /// True where the kind is among them.
    pub const fn has(self, kind: RecordKind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }

    /// True where one of the others is among them.
    pub const fn has_any(self, others: KindSet) -> bool {
        self.0 & others.0 != 0
    }

    /// This set and one kind more.
    pub const fn with(self, kind: RecordKind) -> KindSet {
        KindSet(self.0 | 1 << kind as u16)
    }

    /// Those of one set or the other.
    pub const fn union(self, others: KindSet) -> KindSet {
        KindSet(self.0 | others.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_into_it_and_nothing_else() {
        let set = KindSet::of(&[RecordKind::Call, RecordKind::Finding]).with(RecordKind::Message);
        let has: Vec<&str> = RecordKind::ALL
            .iter()
            .filter(|k| set.has(**k))
            .map(|k| k.array())
            .collect();
        assert_eq!(has, ["messages", "calls", "findings"]);
        assert!(RecordKind::ALL.iter().all(|k| KindSet::ALL.has(*k)));
        assert_eq!(set.union(KindSet::ALL), KindSet::ALL);
        assert!(set.has_any(KindSet::SUMMARY) && !set.has_any(KindSet::NONE));
    }
}
