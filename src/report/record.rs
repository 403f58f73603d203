//! A record of the report, of whatever kind.

use super::model::{self, Report};
use crate::types::{KindSet, RecordKind, record_kinds};
use serde::Serialize;

macro_rules! define {
    ($($kind:ident $one:literal $many:ident,)+) => {
        /// One record that is final. As JSON its first key, `record`, says of which kind it is.
        #[derive(Clone, Copy, Debug, Serialize)]
        #[serde(tag = "record")]
        #[allow(missing_docs)]
        pub enum Record<'a> {
            $(#[serde(rename = $one)] $kind(&'a model::$kind),)+
        }

        impl Record<'_> {
            /// Its kind.
            pub const fn kind(&self) -> RecordKind {
                match self {
                    $(Record::$kind(_) => RecordKind::$kind,)+
                }
            }

            /// Its number among those of its kind.
            pub const fn id(&self) -> u32 {
                match self {
                    $(Record::$kind(record) => record.id,)+
                }
            }
        }

        impl Report {
            /// The records of those kinds, kind by kind in the order of the document.
            pub fn records(&self, kinds: KindSet) -> impl Iterator<Item = Record<'_>> {
                std::iter::empty()
                    $(.chain(self.$many.iter().map(Record::$kind)))+
                    .filter(move |record| kinds.has(record.kind()))
            }
        }
    };
}

record_kinds!(define);
