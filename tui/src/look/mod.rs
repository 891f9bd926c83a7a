//! How things look: character set, palette, and the words and glyphs of states.
//!
//! A colour never stands alone: each state has a glyph and its word too, so that mono terminals
//! and colour-blind people lose nothing.

mod palette;
pub mod words;
pub mod zone;

pub use palette::{Accent, Palette};

use ratatui::style::Style;
use ratatui::symbols::border;
use trueconfig_common::window::Tz;

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
    /// Lines around what has the keys.
    Focus,
    /// The tenant's name.
    Tenant,
}

/// How differences are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiffLayout {
    /// Old and new beside each other, or one after the other.
    pub columns: Columns,
    /// Fields that stay as they are.
    pub kept: Kept,
}

/// Old and new beside each other, or one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Columns {
    /// Beside each other where there is room.
    #[default]
    ByWidth,
    /// One after the other.
    One,
}

/// Fields that stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// Counted.
    #[default]
    Folded,
    /// Shown.
    Shown,
}

/// Everything about how things look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Which characters may be drawn.
    pub charset: Charset,
    /// Which colours are used.
    pub palette: Palette,
    /// The tenant's own colour.
    pub accent: Option<Accent>,
    /// How differences are laid out.
    pub diff: DiffLayout,
    /// The zone of whoever looks, in which windows are read and shown.
    pub zone: Tz,
}

impl Look {
    /// That character set in those colours, everything else as usual.
    pub fn new(charset: Charset, palette: Palette) -> Self {
        Self { charset, palette, accent: None, diff: DiffLayout::default(), zone: Tz::UTC }
    }

    /// The style of a tone.
    pub fn style(self, tone: Tone) -> Style {
        self.palette.style(tone, self.accent)
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
