//! Mermaid's sequence diagrams, which GitHub, GitLab and many editors draw from text.

use super::Diagram;
use crate::explain::{Arrow, Media, Said, Scene, What};
use std::io::{self, Write};

pub(super) const DIAGRAM: Diagram = Diagram {
    name: "mermaid",
    about: "A sequence diagram in Mermaid's language, one a call",
    write,
};

fn write(title: &str, scene: &Scene, w: &mut dyn Write) -> io::Result<()> {
    writeln!(w, "sequenceDiagram")?;
    writeln!(w, "  title {}", text(title))?;
    for (n, host) in scene.hosts.iter().enumerate() {
        let name = text(&format!("{host}"));
        writeln!(
            w,
            "  participant h{n} as {name}<br/>{}",
            text(&host.address)
        )?;
    }
    let names: Vec<String> = scene.hosts.iter().map(ToString::to_string).collect();
    for arrow in &scene.arrows {
        line(arrow, &names, w)?;
    }
    Ok(())
}

fn line(arrow: &Arrow, names: &[String], w: &mut dyn Write) -> io::Result<()> {
    let Arrow { from, to, .. } = arrow;
    let frame = arrow.frame.as_ref();
    let frame = frame.map_or(String::new(), |name| format!(" {name}"));
    match &arrow.what {
        // Requests go in full lines, responses in dashed ones.
        What::Message(said) => {
            let head = if said.status.is_some() { "-->>" } else { "->>" };
            let label = format!("{}{frame}", label(said));
            writeln!(w, "  h{from}{head}h{to}: {}", text(&label))
        }
        What::Media(media) => {
            let label = format!("{}{frame}", figures(media, names));
            writeln!(w, "  Note over h{from},h{to}: {}", text(&label))
        }
        What::Beside(beside) => {
            let mut label = beside.label();
            for way in &beside.ways {
                let name = names.get(way.from).map_or("-", String::as_str);
                label += &format!(", {name}: {}", way.figures());
            }
            writeln!(w, "  Note over h{from},h{to}: {}", text(&(label + &frame)))
        }
        What::Waited(waited) => {
            let label = waited.sentence.with_names(names);
            writeln!(w, "  Note over h{from}: {}", text(&label))
        }
        What::Digits(digits) => {
            let label = format!("DTMF {digits}");
            writeln!(w, "  Note over h{from},h{to}: {}", text(&label))
        }
    }
}

/// `INVITE (SDP)`, `200 OK (BYE)`.
fn label(said: &Said) -> String {
    let mut label = match said.status {
        None => said.method.clone(),
        Some(status) => {
            let reason = said.reason.as_deref().unwrap_or_default();
            let of = match said.method.as_str() {
                "INVITE" | "?" => String::new(),
                method => format!(" ({method})"),
            };
            format!("{status} {reason}{of}")
        }
    };
    if said.has_sdp {
        label += " (SDP)";
    }
    label
}

/// `RTP PCMU, alice: 205 packets, lost 0`.
fn figures(media: &Media, names: &[String]) -> String {
    let kind = if media.secure { "SRTP" } else { "RTP" };
    let mut told = format!("{kind} {}", media.codec);
    for way in &media.ways {
        let name = names.get(way.from).map_or("-", String::as_str);
        told += &format!(", {name}: {}", way.figures());
    }
    told
}

/// What Mermaid reads as text: characters with a meaning in its language become `#35;`, their code in decimal.
fn text(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '#' | ';' | '<' | '>' | '&' | '"' | '%' | '{' | '}' | '\\' => {
                out.push_str(&format!("#{};", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{DIAGRAMS, render};
    use super::*;
    use crate::render::fixtures::{self, rendered};
    use crate::render::ladder::Which;

    #[test]
    fn a_proxied_call_is_a_sequence_of_its_messages_and_media() {
        let mut report = fixtures::proxied();
        report.calls.truncate(1);
        let out = rendered(|w| render(&report, Which::Calls, (&DIAGRAM, false), w));
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines[0], "sequenceDiagram");
        assert!(lines.contains(&"  participant h0 as alice<br/>192.0.2.11"));
        assert!(lines.contains(&"  h0->>h1: INVITE (SDP) #35;9"));
        assert!(
            lines.contains(&"  h1-->>h0: 407 Proxy Authentication Required #35;10"),
            "{out}"
        );
        assert!(
            out.contains("Note over h0,h2: RTP PCMU, alice: 205 packets, lost 0"),
            "{out}"
        );
    }

    #[test]
    fn text_from_packets_cannot_end_a_line_or_begin_another_statement() {
        assert_eq!(text("a;b#c%%<br>"), "a#59;b#35;c#37;#37;#60;br#62;");
        let mut report = fixtures::troubles();
        for call in &mut report.calls {
            call.caller.uri = "sip:a;\nend%%{init}@x".into();
        }
        let out = rendered(|w| render(&report, Which::Everything, (&DIAGRAMS[0], false), w));
        assert!(!out.contains("%%"), "{out}");
        assert!(
            out.lines()
                .all(|l| l.is_empty() || l == "sequenceDiagram" || l.starts_with("  "))
        );
    }
}
