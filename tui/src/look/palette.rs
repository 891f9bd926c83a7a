//! Palettes: what each tone looks like.
//!
//! Dark and light use the 256 colours of xterm, chosen for a contrast of at least 4.5 to 1 against
//! black and white; basic uses the sixteen whose look the terminal decides; high contrast uses
//! black, white, bold and the brightest four; mono uses none.

use super::Tone;
use ratatui::style::{Color, Modifier, Style};

/// Which colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Palette {
    /// For a dark background, 256 colours
    Dark,
    /// For a light background, 256 colours
    Light,
    /// For weak eyes and bad screens: bold and bright
    HighContrast,
    /// The sixteen colours of the terminal
    Basic,
    /// No colour: bold, dim, underlined and reversed only
    Mono,
}

/// A tenant's own colour, of the sixteen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accent {
    /// Red, for production.
    Red,
    /// Green.
    Green,
    /// Yellow.
    Yellow,
    /// Blue.
    Blue,
    /// Magenta.
    Magenta,
    /// Cyan.
    Cyan,
}

impl Accent {
    fn colour(self) -> Color {
        match self {
            Self::Red => Color::Red,
            Self::Green => Color::Green,
            Self::Yellow => Color::Yellow,
            Self::Blue => Color::Blue,
            Self::Magenta => Color::Magenta,
            Self::Cyan => Color::Cyan,
        }
    }

    /// Colours on which black can be read better than white.
    fn is_bright(self) -> bool {
        matches!(self, Self::Green | Self::Yellow | Self::Cyan)
    }
}

/// The colours of a palette; what is not listed is plain.
struct Colours {
    dim: Color,
    accent: Color,
    good: Color,
    warn: Color,
    bad: Color,
}

const DARK: Colours = Colours {
    dim: Color::Indexed(246),
    accent: Color::Indexed(117),
    good: Color::Indexed(114),
    warn: Color::Indexed(221),
    bad: Color::Indexed(210),
};

const LIGHT: Colours = Colours {
    dim: Color::Indexed(241),
    accent: Color::Indexed(25),
    good: Color::Indexed(22),
    warn: Color::Indexed(94),
    bad: Color::Indexed(124),
};

const HIGH_CONTRAST: Colours = Colours {
    dim: Color::White,
    accent: Color::LightCyan,
    good: Color::LightGreen,
    warn: Color::LightYellow,
    bad: Color::LightRed,
};

const BASIC: Colours = Colours {
    dim: Color::DarkGray,
    accent: Color::Cyan,
    good: Color::Green,
    warn: Color::Yellow,
    bad: Color::Red,
};

impl Palette {
    /// The style of a tone, with a tenant's own colour where it has one.
    pub fn style(self, tone: Tone, accent: Option<Accent>) -> Style {
        let style = match self {
            Self::Mono => return mono(tone),
            Self::Dark => coloured(tone, &DARK),
            Self::Light => coloured(tone, &LIGHT),
            Self::Basic => coloured(tone, &BASIC),
            Self::HighContrast => high_contrast(tone),
        };
        match (tone, accent) {
            (Tone::Tenant, Some(accent)) => {
                let text = if accent.is_bright() { Color::Black } else { Color::White };
                Style::new().fg(text).bg(accent.colour()).add_modifier(Modifier::BOLD)
            }
            (Tone::Focus, Some(accent)) => style.fg(accent.colour()),
            _ => style,
        }
    }

    /// What a terminal can show, as its environment tells: `TERM` and `COLORTERM`.
    pub fn of_terminal(variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        let many = variable("COLORTERM").is_some_and(|value| !value.is_empty());
        match term.as_str() {
            "" | "dumb" | "vt100" | "vt220" => Self::Mono,
            term if many || term.contains("256") || term.contains("direct") => Self::Dark,
            _ => Self::Basic,
        }
    }
}

fn coloured(tone: Tone, colours: &Colours) -> Style {
    let style = Style::new();
    match tone {
        Tone::Plain => style,
        Tone::Dim | Tone::Border => style.fg(colours.dim),
        Tone::Strong => style.add_modifier(Modifier::BOLD),
        Tone::Accent | Tone::Tenant | Tone::Focus => style.fg(colours.accent),
        Tone::Good => style.fg(colours.good),
        Tone::Warn => style.fg(colours.warn),
        Tone::Bad => style.fg(colours.bad),
        Tone::Danger => style.fg(Color::White).bg(Color::Red).add_modifier(Modifier::BOLD),
        Tone::Selected => style.add_modifier(Modifier::REVERSED),
    }
}

fn high_contrast(tone: Tone) -> Style {
    let style = coloured(tone, &HIGH_CONTRAST);
    match tone {
        Tone::Accent | Tone::Good | Tone::Warn | Tone::Bad | Tone::Focus => {
            style.add_modifier(Modifier::BOLD)
        }
        Tone::Danger => style.fg(Color::Black).bg(Color::LightRed),
        _ => style,
    }
}

fn mono(tone: Tone) -> Style {
    let style = Style::new();
    match tone {
        Tone::Plain | Tone::Good | Tone::Border => style,
        Tone::Dim => style.add_modifier(Modifier::DIM),
        Tone::Strong | Tone::Bad | Tone::Focus => style.add_modifier(Modifier::BOLD),
        Tone::Accent | Tone::Warn | Tone::Tenant => style.add_modifier(Modifier::UNDERLINED),
        Tone::Danger => style.add_modifier(Modifier::REVERSED).add_modifier(Modifier::BOLD),
        Tone::Selected => style.add_modifier(Modifier::REVERSED),
    }
}

#[cfg(test)]
mod tests {
    use super::Palette;

    #[test]
    fn the_terminal_decides_the_palette() {
        let of = |term: &str, colours: &str| {
            Palette::of_terminal(|name| match name {
                "TERM" => Some(term.to_owned()),
                _ => (!colours.is_empty()).then(|| colours.to_owned()),
            })
        };
        assert_eq!(of("xterm-256color", ""), Palette::Dark);
        assert_eq!(of("xterm", "truecolor"), Palette::Dark);
        assert_eq!(of("linux", ""), Palette::Basic);
        assert_eq!(of("dumb", ""), Palette::Mono);
    }
}
