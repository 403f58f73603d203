//! What the receiver of a stream had said when it came.

use super::case::CallCase;
use crate::call::{Agreement, Described, Leg};
use crate::media::{PayloadSeen, StreamRecord};
use crate::types::{CaptureTime, Delta, Endpoint, HostAddr, MessageId, Party};

/// A sender changes over within this time of an answer: the ACK has to come, packets are on their way.
pub(super) const CHANGE_OVER: Delta = Delta::from_millis(1500);

/// What a stream that began after the answer sends for so long is what its sender chose.
const BEGUN: Delta = Delta::from_millis(500);

/// What a party says of one medium, in one agreement.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) agreement: &'a Agreement,
    pub(super) party: Party,
}

impl<'a> Said<'a> {
    /// The party's own words.
    pub(super) fn own(self) -> &'a Described {
        self.agreement.side(self.party)
    }

    /// The other's.
    pub(super) fn others(self) -> &'a Described {
        self.agreement.side(self.party.other())
    }

    /// Where it wants to receive.
    pub(super) fn endpoint(self) -> Option<Endpoint> {
        let own = self.own();
        Some(Endpoint::new(own.address?, own.port))
    }

    /// The message with its words.
    pub(super) fn message(self) -> MessageId {
        match self.agreement.answerer == self.party {
            true => self.agreement.agreed_in,
            false => self.agreement.offered_in,
        }
    }

    /// It is in force at that time, and a sender has had the time to follow.
    pub(super) fn is_settled_at(self, time: CaptureTime) -> bool {
        let a = self.agreement;
        a.since + CHANGE_OVER <= time && a.until.is_none_or(|until| time < until)
    }
}

impl<'a> CallCase<'a> {
    /// Whose words those are: the party's, or those of a server that stands for it on its leg.
    pub(super) fn speaker(&self, side: Party, own_word: Option<HostAddr>) -> String {
        let maker = |l: &Leg| l.hops.first().map(|h| h.flow.src.addr);
        let mut legs = self.call.legs.iter().map(maker);
        let caller = legs.next().flatten();
        let is_server = own_word.is_some() && own_word != caller && legs.any(|m| m == own_word);
        match own_word.filter(|_| is_server) {
            Some(server) => server.to_string(),
            None => self.name(side),
        }
    }

    /// Who sends and who receives, by what that agreement says.
    pub(super) fn sender_and_receiver(&self, said: Said<'_>) -> (String, String) {
        let name = |side: Party, d: &Described| {
            let own = d.address.filter(|_| d.is_own_word);
            self.speaker(side, own)
        };
        let (sender, receiver) = (said.party.other(), said.party);
        (name(sender, said.others()), name(receiver, said.own()))
    }

    /// Everything that party ever said in agreements, on every hop.
    pub(super) fn said_by(&self, party: Party) -> impl Iterator<Item = Said<'a>> {
        let call = self.call;
        let all = call.media.iter().chain(&call.media_elsewhere);
        all.map(move |agreement| Said { agreement, party })
    }

    /// What the receiver of a stream says of the place the stream goes to.
    pub(super) fn receiver_of(&self, s: &StreamRecord) -> Vec<Said<'a>> {
        let Some(from) = s.from else {
            return Vec::new();
        };
        let to = |said: &Said<'a>| said.endpoint() == Some(s.flow.dst);
        self.said_by(from.other()).filter(to).collect()
    }

    /// What the receiver had said of that place when the payload was last sent, as far as that is sure.
    pub(super) fn settled_for(&self, s: &StreamRecord, p: &PayloadSeen) -> Vec<Said<'a>> {
        let mut said = self.receiver_of(s);
        // Who begins after an answer has no old way to follow.
        let began = |a: &Agreement| {
            a.since < p.first_time && s.first_time == p.first_time && a.holds_at(p.last_time)
        };
        let is_fresh =
            p.last_time - p.first_time >= BEGUN && said.iter().all(|s| began(s.agreement));
        said.retain(|said| is_fresh || said.is_settled_at(p.last_time));
        // A description that the capture does not hold whole may say anything in the rest.
        if said
            .iter()
            .any(|said| said.own().is_cut || said.others().is_cut)
        {
            said.clear();
        }
        said
    }
}
