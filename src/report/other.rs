//! What calls carry beside RTP, as the report has it.

use super::model::{self, Timestamp};
use crate::media::other::{
    About, FaxFigures, FaxMessage, FaxWay, IceFigures, MessageFigures, MessageWay, OtherRecord,
};
use crate::media::{Relay, StreamRecord};
use crate::types::{CallNo, Endpoint, Party};
use std::collections::HashMap;

/// The records of each call, in order of first packet.
pub(super) fn by_call(mut records: Vec<OtherRecord>) -> HashMap<CallNo, Vec<OtherRecord>> {
    records.sort_by_key(|r| r.order);
    let mut of: HashMap<CallNo, Vec<OtherRecord>> = HashMap::new();
    for record in records {
        of.entry(record.call).or_default().push(record);
    }
    of
}

/// Rows of one call.
pub(super) fn rows(records: Vec<OtherRecord>) -> Vec<model::OtherMedia> {
    records.into_iter().map(row).collect()
}

fn row(r: OtherRecord) -> model::OtherMedia {
    let source = |f: crate::types::FrameRef| f.source.number();
    let mut row = model::OtherMedia {
        protocol: r.protocol,
        transport: r.transport,
        src: r.flow.src.into(),
        dst: r.flow.dst.into(),
        from: r.from,
        setup_rule: r.rule,
        setup_frame: r.setup_frame.map(|f| f.frame.0),
        setup_source: r.setup_frame.map(source),
        first_time: Timestamp(r.first_time),
        last_time: Timestamp(r.last_time),
        source: source(r.first_frame),
        first_frame: r.first_frame.frame.0,
        last_frame: r.last_frame.frame.0,
        packets: r.there.packets,
        bytes: r.there.bytes,
        packets_back: r.back.packets,
        bytes_back: r.back.bytes,
        ice: None,
        keys: None,
        fax: None,
        session: None,
    };
    match r.about {
        About::Nothing => {}
        About::Ice(figures) => row.ice = Some(ice(*figures, r.flow.src)),
        About::Fax(figures) => row.fax = Some(fax(*figures, r.from)),
        About::Messages(figures) => row.session = Some(session(*figures)),
        About::Keys(keys) => {
            row.keys = Some(model::KeyExchange {
                complete: keys.complete,
                end_time: keys.ended.map(|(time, _)| Timestamp(time)),
                end_frame: keys.ended.map(|(_, frame)| frame.frame.0),
                failure: keys.failure,
                client: keys.client.map(|back| match back {
                    true => r.flow.dst.into(),
                    false => r.flow.src.into(),
                }),
            });
        }
    }
    row
}

fn ice(f: IceFigures, src: Endpoint) -> model::Ice {
    let channel = |(number, peer): (u16, Endpoint)| model::Channel {
        number,
        peer: peer.into(),
    };
    model::Ice {
        requests: f.requests,
        successes: f.successes,
        errors: f.errors,
        indications: f.indications,
        username: f.username.map(String::from),
        nominated: f.nominated.map(|n| model::Nominated {
            source: n.request.source.number(),
            request_frame: n.request.frame.0,
            response_frame: n.response.frame.0,
            time: Timestamp(n.time),
            back: n.by != src,
        }),
        mapped: f.mapped.map(Into::into),
        relayed: f.relayed.map(Into::into),
        server: f.server.map(Into::into),
        channels: f.channels.into_iter().map(channel).collect(),
    }
}

fn fax(f: FaxFigures, from: Option<Party>) -> model::Fax {
    let [there, back] = f.ways;
    let sender = f.sent_back.and_then(|back| match back {
        true => from.map(Party::other),
        false => from,
    });
    let message = |m: FaxMessage| {
        Some(model::FaxMessage {
            name: m.message.name()?,
            back: m.back,
            time: Timestamp(m.time),
            frame: m.frame.frame.0,
        })
    };
    model::Fax {
        pages: f.pages,
        pages_confirmed: f.confirmed,
        pages_refused: f.refused,
        sender,
        rate: f.rate,
        ecm: f.corrected,
        there: fax_way(there),
        back: fax_way(back),
        unread: f.unread,
        messages: f.messages.into_iter().filter_map(message).collect(),
    }
}

fn session(f: MessageFigures) -> model::MessageSession {
    let [there, back] = f.ways.map(|way: MessageWay| model::MessageWay {
        session: way.session.map(String::from),
        messages: way.messages,
        sends: way.sends,
        aborted: way.aborted,
        content_bytes: way.content,
    });
    let statuses = f.statuses.into_iter();
    model::MessageSession {
        there,
        back,
        content_types: f.content_types.into_iter().map(String::from).collect(),
        statuses: statuses
            .map(|(status, n)| (status.to_string(), n))
            .collect(),
    }
}

fn fax_way(w: FaxWay) -> model::FaxWay {
    model::FaxWay {
        number: w.number.map(String::from),
        lost: w.lost,
        made_good: w.made_good,
        duplicates: w.duplicates,
        correction: match (w.repeats, w.parity) {
            (_, true) => Some(model::FaxCorrection::Fec),
            (true, _) => Some(model::FaxCorrection::Redundancy),
            _ => None,
        },
    }
}

/// The relay of a stream.
pub(super) fn relay(r: &StreamRecord) -> Option<model::StreamRelay> {
    r.relay.map(|relay: Relay| model::StreamRelay {
        server: relay.server.map(Into::into),
        relayed: relay.relayed.map(Into::into),
        peer: relay.peer.map(Into::into),
        channel: relay.channel,
    })
}
