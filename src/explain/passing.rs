//! Hosts that pass one message on, one after the other: one sentence for all of them.

/// Hosts named in one sentence; a request in a loop passes many more.
const MOST: usize = 10;

/// ` on` or ` back` where the sentence says that `name` passes a message on, and nothing else.
pub(crate) fn way<'a>(sentence: &'a str, name: &str) -> Option<&'a str> {
    let way = sentence.strip_prefix(name)?.strip_prefix(PASSES)?;
    matches!(way, "on" | "back").then_some(way)
}

/// What stands between the host and the way.
pub(super) const PASSES: &str = " passes it ";

/// A sentence that grows by the hosts that do the same next.
pub(crate) struct Passed {
    sentence: String,
    name: String,
    frame: String,
    more: usize,
}

impl Passed {
    /// The first that passes it.
    pub(crate) fn new(sentence: &str, name: &str) -> Passed {
        Passed {
            sentence: sentence.to_owned(),
            name: name.to_owned(),
            frame: String::new(),
            more: 0,
        }
    }

    /// The next one, in that packet.
    pub(crate) fn then(&mut self, name: &str, frame: &str) {
        self.more += 1;
        self.frame = frame.to_owned();
        if self.more > MOST {
            return;
        }
        let joint = if self.more == 1 { ", then " } else { ", " };
        let who = match name == self.name {
            true => "again",
            false => name,
        };
        self.sentence.push_str(&format!("{joint}{who} ({frame})"));
        self.name = name.to_owned();
    }

    /// The whole of it.
    pub(crate) fn told(self) -> String {
        match self.more.saturating_sub(MOST) {
            0 => self.sentence,
            _ => format!("{} and so on until {}", self.sentence, self.frame),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_pass_it_on_next_are_named_with_their_packets() {
        assert_eq!(way("proxy 1 passes it on", "proxy 1"), Some("on"));
        assert_eq!(way("proxy 1 passes it on", "proxy"), None);
        assert_eq!(way("bob rings", "bob"), None);
        let mut passed = Passed::new("proxy 1 passes it on", "proxy 1");
        passed.then("proxy 2", "#7");
        passed.then("proxy 2", "#8");
        let told = "proxy 1 passes it on, then proxy 2 (#7), again (#8)";
        assert_eq!(passed.told(), told);
    }

    #[test]
    fn of_a_loop_the_first_and_the_last_are_named() {
        let mut passed = Passed::new("a passes it on", "a");
        for n in 2..=20 {
            passed.then(["a", "b"][n % 2], &format!("#{n}"));
        }
        let told = passed.told();
        assert!(told.ends_with("b (#11) and so on until #20"), "{told}");
    }
}
