//! Who says what a message says, by the leg it is of.

use super::Plot;
use super::legs::SERVER;
use crate::report::model::{Message, OtherMedia};
use crate::types::Party;

impl Plot<'_> {
    /// The name of that side of the message's own leg: on the caller's a server in between is who was called, on others
    /// it is who calls.
    pub(in crate::explain) fn who(&self, m: &Message, side: Party) -> String {
        let before = self.redirected.is_some_and(|invite| m.time < invite.time);
        match (self.legs.name_of(m), side) {
            (Some(name), Party::Callee) => name.to_owned(),
            (Some(_), Party::Caller) => SERVER.to_owned(),
            (None, Party::Caller) => self.caller.clone(),
            (None, Party::Callee) if self.legs.is_several() => SERVER.to_owned(),
            (None, Party::Callee) if before => self.called.clone(),
            (None, Party::Callee) => {
                let phone = self.phones.name_of(m);
                phone.map_or_else(|| self.callee.clone(), str::to_owned)
            }
        }
    }

    /// Who of the call that end of a flow is; its address where that is not known.
    pub(in crate::explain) fn who_of_flow(&self, o: &OtherMedia, back: bool) -> String {
        match o.from {
            Some(from) if back => self.name_of_party(from.other()).to_owned(),
            Some(from) => self.name_of_party(from).to_owned(),
            None if back => o.dst.to_string(),
            None => o.src.to_string(),
        }
    }
}
