//! How things look: character set, palette, and the words and glyphs of states.
//!
//! A colour never stands alone: each state has a glyph and its word too, so that mono terminals
//! and colour-blind people lose nothing. Only the sixteen basic colours are used; what they look
//! like is the terminal's own business.

pub mod words;

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

/// Which characters may be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// All of Unicode.
    Unicode,
    /// ASCII only, for terminals in a C locale.
    Ascii,
}

impl Charset {
    /// The first where Unicode may be drawn, the second elsewhere.
    pub fn pick<'a>(self, unicode: &'a str, ascii: &'a str) -> &'a str {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }

    /// What the locale of the environment can show (POSIX: `LC_ALL`, then `LC_CTYPE`, then `LANG`).
    pub fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| variable(name).filter(|value| !value.is_empty()));
        let utf8 = locale.is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.ends_with("utf-8") || locale.ends_with("utf8")
        });
        if utf8 { Self::Unicode } else { Self::Ascii }
    }
}

/// Which colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Palette {
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// No colour: bold, dim, underlined and reversed only.
    Mono,
}

/// What a piece of text means; the palette decides how that looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Ordinary text.
    Plain,
    /// Less important.
    Dim,
    /// More important.
    Strong,
    /// Keys, links, what can be acted on.
    Accent,
    /// As it should be; added.
    Good,
    /// Look at it; changed.
    Warn,
    /// Not as it should be; removed.
    Bad,
    /// Production, kill switch, a dangerous button.
    Danger,
    /// The selected row or button.
    Selected,
    /// Lines around things.
    Border,
}

/// Character set and palette together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Which characters may be drawn.
    pub charset: Charset,
    /// Which colours are used.
    pub palette: Palette,
}

impl Look {
    /// The style of a tone.
    pub fn style(self, tone: Tone) -> Style {
        match self.palette {
            Palette::Mono => mono(tone),
            Palette::Dark => coloured(tone, Color::Cyan, Color::Yellow),
            // Yellow and cyan cannot be read on white.
            Palette::Light => coloured(tone, Color::Blue, Color::Magenta),
        }
    }

    /// The lines of a box.
    pub fn border(self) -> border::Set<'static> {
        match self.charset {
            Charset::Unicode => border::ROUNDED,
            Charset::Ascii => ASCII_BORDER,
        }
    }
}

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

fn coloured(tone: Tone, accent: Color, warn: Color) -> Style {
    let style = Style::new();
    match tone {
        Tone::Plain => style,
        Tone::Dim | Tone::Border => style.fg(Color::DarkGray),
        Tone::Strong => style.add_modifier(Modifier::BOLD),
        Tone::Accent => style.fg(accent),
        Tone::Good => style.fg(Color::Green),
        Tone::Warn => style.fg(warn),
        Tone::Bad => style.fg(Color::Red),
        Tone::Danger => style.fg(Color::White).bg(Color::Red).add_modifier(Modifier::BOLD),
        Tone::Selected => style.add_modifier(Modifier::REVERSED),
    }
}

fn mono(tone: Tone) -> Style {
    let style = Style::new();
    match tone {
        Tone::Plain | Tone::Good | Tone::Border => style,
        Tone::Dim => style.add_modifier(Modifier::DIM),
        Tone::Strong | Tone::Bad => style.add_modifier(Modifier::BOLD),
        Tone::Accent | Tone::Warn => style.add_modifier(Modifier::UNDERLINED),
        Tone::Danger => style.add_modifier(Modifier::REVERSED).add_modifier(Modifier::BOLD),
        Tone::Selected => style.add_modifier(Modifier::REVERSED),
    }
}

#[cfg(test)]
mod tests {
    use super::Charset;

    fn locale(pairs: &[(&str, &str)]) -> Charset {
        Charset::of_locale(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_locale_decides_the_charset() {
        assert_eq!(locale(&[("LANG", "en_GB.UTF-8")]), Charset::Unicode);
        assert_eq!(locale(&[("LANG", "C.utf8")]), Charset::Unicode);
        assert_eq!(locale(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]), Charset::Ascii);
        assert_eq!(locale(&[("LC_ALL", ""), ("LANG", "en_GB.UTF-8")]), Charset::Unicode);
        assert_eq!(locale(&[]), Charset::Ascii);
    }
}
