//! Keys pressed, as the signalling of the call tells of them.

use super::{Call, MAX_EVENTS};
use crate::call::facts::{Arrival, Facts};
use crate::call::info_digit;
use crate::call::record::{InfoDigit, KeyReport};
use crate::types::{Method, StatusCode};

impl Call {
    /// A key in an INFO. The same one passes every hop; the one next to the caller counts.
    pub(super) fn handle_info(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        if !self.on_caller_hop(arrival.flow) {
            return;
        }
        let Some((digit, duration_ms)) = info_digit::parse(arrival.message) else {
            return;
        };
        let side = self.side_of(facts);
        let asked_again = arrival.message.has_credentials();
        let last = self.digits.iter_mut().rev().find(|d| d.side == side);
        match last {
            // The same key with the password that was asked for.
            Some(last) if asked_again && last.challenged && last.digit == digit => {
                last.challenged = false;
                last.cseq = facts.cseq;
            }
            _ => self.push_key(InfoDigit {
                digit,
                time: arrival.time,
                duration_ms,
                side,
                way: KeyReport::Info,
                message: arrival.id,
                cseq: facts.cseq,
                challenged: false,
            }),
        }
    }

    pub(super) fn handle_info_response(&mut self, status: StatusCode, facts: &Facts<'_>) {
        if !status.is_challenge() {
            return;
        }
        // The other side asked.
        let side = self.side_of(facts).other();
        let mut asked = self.digits.iter_mut().rev();
        if let Some(key) = asked.find(|d| d.side == side && d.cseq == facts.cseq) {
            key.challenged = true;
        }
    }

    /// Keys in a NOTIFY of the package kpml (RFC 4730): who notifies has pressed them.
    pub(super) fn handle_key_report(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        let is_report = facts.method == Method::Notify && facts.status.is_none();
        if !is_report || !self.on_caller_hop(arrival.flow) {
            return;
        }
        let side = self.side_of(facts);
        for digit in info_digit::parse_kpml(arrival.message) {
            self.push_key(InfoDigit {
                digit,
                time: arrival.time,
                duration_ms: None,
                side,
                way: KeyReport::Kpml,
                message: arrival.id,
                cseq: facts.cseq,
                challenged: false,
            });
        }
    }

    fn push_key(&mut self, key: InfoDigit) {
        if self.digits.len() < MAX_EVENTS {
            self.digits.push(key);
        }
    }
}
