//! Text on drawings for paper (SVG), as wide as it may be and no wider.
//!
//! All words are somebody's data and are escaped; nothing is fetched when a drawing is opened.

use std::fmt::Write;

/// Fonts that have the signs, whatever the machine.
pub const FONTS: &str = "'Noto Sans SC','Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif";
const GREY: &str = "#555";

/// Text on a drawing: where, how large, how wide at most; millimetres all.
pub struct Text {
    x: f64,
    y: f64,
    size: f64,
    most: f64,
    weight: u32,
    colour: &'static str,
    anchor: &'static str,
}

/// Black text of normal weight.
#[must_use]
pub const fn text(x: f64, y: f64, size: f64, most: f64) -> Text {
    Text {
        x,
        y,
        size,
        most,
        weight: 400,
        colour: "#000",
        anchor: "start",
    }
}

impl Text {
    /// In bold.
    #[must_use]
    pub const fn bold(mut self) -> Self {
        self.weight = 700;
        self
    }

    /// In grey.
    #[must_use]
    pub const fn grey(mut self) -> Self {
        self.colour = GREY;
        self
    }

    /// With its middle where it is put.
    #[must_use]
    pub const fn middle(mut self) -> Self {
        self.anchor = "middle";
        self
    }

    /// Writes it, smaller where it is too wide, and cut off where even that is not enough.
    pub fn put(&self, out: &mut String, words: &str) {
        let mut words = words.to_owned();
        let mut size = self.size;
        if width(&words) * size > self.most {
            size = (self.most / width(&words)).max(self.size * 0.65);
        }
        while width(&words) * size > self.most && words.chars().count() > 1 {
            words.pop();
            words.pop();
            words.push('…');
        }
        let Self {
            x,
            y,
            weight,
            colour,
            anchor,
            ..
        } = self;
        let words = escaped(&words);
        // A String takes whatever is written to it.
        let _ = write!(
            out,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size:.2}\" font-weight=\"{weight}\" fill=\"{colour}\" text-anchor=\"{anchor}\">{words}</text>"
        );
    }
}

/// How wide a text is at size 1, to be safe rather than exact.
fn width(words: &str) -> f64 {
    words
        .chars()
        .map(|c| match c {
            'i' | 'l' | 'j' | '.' | ',' | ':' | '\'' | '|' => 0.32,
            'm' | 'w' | 'M' | 'W' => 0.9,
            c if c.is_ascii_uppercase() => 0.7,
            c if c.is_ascii() => 0.58,
            _ => 1.0,
        })
        .sum()
}

/// Text for XML: what means something in it is written otherwise, and what may not stand in it is left out.
#[must_use]
pub fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
