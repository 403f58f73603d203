//! Colours, line styles and type. Nothing is told by colour alone: what differs in colour differs in dash, shape or
//! place too.

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Light, and dark where the reader's screen is: print stays light.
    #[default]
    Both,
    /// Light everywhere.
    Light,
    /// Dark everywhere.
    Dark,
}

/// Type size of everything but the title.
pub(super) const SIZE: f64 = 11.0;
/// Type size of the title.
pub(super) const TITLE_SIZE: f64 = 15.0;

const SHAPES: &str = "\
text{font-family:'DejaVu Sans',Verdana,sans-serif;font-size:11px;stroke-width:3;stroke-linejoin:round;paint-order:stroke}\
.title{font-size:15px;font-weight:bold}\
.bold{font-weight:bold}\
path{fill:none}\
.line{stroke-width:1.2;stroke-linejoin:round;stroke-linecap:round}\
.second{stroke-width:1.2;stroke-dasharray:5 3}\
.wave{stroke-width:1;stroke-linejoin:round;stroke-linecap:round}\
.grid{stroke-width:1}\
.frame{stroke-width:1}\
.moment{stroke-width:1;stroke-dasharray:2 3}\
.mark{stroke-width:1.2}\
.lost{stroke:none}\
.noise{stroke:none}\
.event{stroke:none}\
.media{stroke:none}";

const LIGHT: &str = "\
.paper{fill:#ffffff}\
text{fill:#1b1f24;stroke:#ffffff}\
.muted{fill:#57606a}\
.grid{stroke:#dfe3e8}\
.frame{stroke:#8c959f}\
.line{stroke:#0550ae}\
.second{stroke:#953800}\
.wave{stroke:#7d8794}\
.moment{stroke:#6639ba}\
.flag{fill:#6639ba}\
.mark{stroke:#1b1f24}\
.lost{fill:#b3141f}\
.media{fill:#c2c9d1}\
.noise{fill:#8c959f}\
.event{fill:#1b1f24}";

const DARK: &str = "\
.paper{fill:#14171a}\
text{fill:#e6e8ea;stroke:#14171a}\
.muted{fill:#a4adb6}\
.grid{stroke:#2b3138}\
.frame{stroke:#6e7681}\
.line{stroke:#79c0ff}\
.second{stroke:#ffa657}\
.wave{stroke:#8b949e}\
.moment{stroke:#d2a8ff}\
.flag{fill:#d2a8ff}\
.mark{stroke:#e6e8ea}\
.lost{fill:#ff7b72}\
.media{fill:#485058}\
.noise{fill:#8b949e}\
.event{fill:#e6e8ea}";

/// The style sheet.
pub(super) fn style(theme: Theme) -> String {
    let colours = match theme {
        Theme::Both => {
            format!("{LIGHT}@media screen and (prefers-color-scheme:dark){{{DARK}}}")
        }
        Theme::Light => LIGHT.to_owned(),
        Theme::Dark => DARK.to_owned(),
    };
    format!("<style>{SHAPES}{colours}</style>")
}
