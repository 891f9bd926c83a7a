//! What a person chose for the screens, from one small file.
//!
//! ```toml
//! # $XDG_CONFIG_HOME/trueconfig/client.toml, or where --preferences says
//! theme = "high-contrast"     # dark, light, high-contrast, basic, mono
//! ascii = false
//! time_zone = "Europe/Berlin" # of windows; else that of TZ or of the machine
//!
//! [keys]                      # each replaces all keys of its action
//! roll-back = "B"
//! page-down = "pgdn ctrl-d"
//!
//! [tenant.contoso]
//! accent = "red"              # red, green, yellow, blue, magenta, cyan
//! ```
//!
//! A mistake is told with file and line, and the screens do not open: a key that means something
//! else than its owner thinks is dangerous.

use crate::keys::{KeyTable, KeyTableError};
use crate::look::{Accent, Palette};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use toml::Spanned;
use trueconfig_common::window::Tz;

/// Longest file read, in bytes.
const FILE_LIMIT: u64 = 64 * 1024;

/// Checked preferences.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// Colours chosen, if any were.
    pub theme: Option<Palette>,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// The zone in which windows are read and shown, if one was chosen.
    pub zone: Option<Tz>,
    /// What keys mean.
    pub keys: KeyTable,
    /// Tenants' own colours, by their names.
    pub accents: BTreeMap<String, Accent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    theme: Option<Palette>,
    #[serde(default)]
    ascii: bool,
    time_zone: Option<Spanned<String>>,
    #[serde(default)]
    keys: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    tenant: BTreeMap<String, WrittenTenant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTenant {
    accent: Option<Accent>,
}

/// Why preferences are refused.
#[derive(Debug, thiserror::Error)]
pub enum PreferencesError {
    /// The file cannot be read.
    #[error("cannot read the preferences in {file}: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// It is not what is expected; the parser shows the line.
    #[error("{file}: {why}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong, with line and caret.
        why: String,
    },
    /// There is no such time zone.
    #[error("{place}: \"{zone}\" is not a time zone such as Europe/Berlin")]
    Zone {
        /// The file, with the line.
        place: String,
        /// As written.
        zone: String,
    },
    /// Keys are wrong.
    #[error("{place}: {why}")]
    Keys {
        /// The file, with the line where it is known.
        place: String,
        /// What is wrong.
        why: KeyTableError,
    },
}

impl Preferences {
    /// What counts where nobody chose anything.
    ///
    /// # Errors
    /// The product's own key table is not sound.
    pub fn standard() -> Result<Self, PreferencesError> {
        Self::read("the product", "")
    }

    /// From the file named, or from the usual place if there is one.
    ///
    /// # Errors
    /// The file cannot be read, or is wrong.
    pub fn load(
        named: Option<&Path>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, PreferencesError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
        let usual = folder.map(|folder| folder.join("trueconfig/client.toml")).filter(|path| path.is_file());
        let Some(path) = named.map(Path::to_owned).or(usual) else { return Self::standard() };
        let file = path.display().to_string();
        let mut text = String::new();
        let read = File::open(&path).and_then(|file| file.take(FILE_LIMIT).read_to_string(&mut text));
        match read {
            Ok(_) => Self::read(&file, &text),
            Err(error) => Err(PreferencesError::Unreadable { file, why: error.to_string() }),
        }
    }

    /// From a text.
    ///
    /// # Errors
    /// An unknown setting, action, key or colour; a key that would mean two things at one place.
    pub fn read(file: &str, text: &str) -> Result<Self, PreferencesError> {
        let written: Written = toml::from_str(text).map_err(|error| PreferencesError::Malformed {
            file: file.to_owned(),
            why: error.to_string().trim_end().to_owned(),
        })?;
        let keys_error = |place: String| move |why| PreferencesError::Keys { place, why };
        let mut keys = KeyTable::standard().map_err(keys_error(file.to_owned()))?;
        let place = |written: &Spanned<String>| {
            let before = text.get(..written.span().start).unwrap_or_default();
            format!("{file}:{}", before.matches('\n').count() + 1)
        };
        for (action, chords) in &written.keys {
            keys.replace(action, chords.get_ref()).map_err(keys_error(place(chords)))?;
        }
        let zone = |written: &Spanned<String>| {
            let named = written.get_ref();
            named.parse().map_err(|_| PreferencesError::Zone { place: place(written), zone: named.clone() })
        };
        let zone = written.time_zone.as_ref().map(zone).transpose()?;
        keys.check().map_err(keys_error(file.to_owned()))?;
        let accents = written.tenant.into_iter();
        Ok(Self {
            theme: written.theme,
            ascii: written.ascii,
            zone,
            keys,
            accents: accents.filter_map(|(name, tenant)| Some((name, tenant.accent?))).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Preferences;
    use crate::app::place::{Focus, Place, ScreenId};
    use crate::keys::{Action, Chord};
    use crate::look::{Accent, Palette};
    use trueconfig_common::window::Tz;

    fn told(text: &str) -> String {
        Preferences::read("client.toml", text).expect_err("wrong").to_string()
    }

    #[test]
    fn a_person_may_have_their_own_keys_colours_and_accents() {
        let text = "theme = \"high-contrast\"\nascii = true\ntime_zone = \"Asia/Tokyo\"\n[keys]\nroll-back = \"B\"\nleave = \"Q ctrl-c\"\n\
                    back = \"backspace\"\n[tenant.contoso]\naccent = \"red\"\n";
        let preferences = Preferences::read("client.toml", text).expect("sound");
        assert_eq!((preferences.theme, preferences.ascii), (Some(Palette::HighContrast), true));
        assert_eq!(preferences.zone, Some(Tz::Asia__Tokyo));
        assert_eq!(preferences.accents.get("contoso"), Some(&Accent::Red));
        let means = |key: &str, focus| {
            let place = Place { screen: ScreenId::History, focus };
            preferences.keys.action(Chord::parse(key).expect("a key"), place)
        };
        assert_eq!(means("B", Focus::Detail), Some(Action::RollBack));
        assert_eq!(means("b", Focus::Detail), None);
        assert_eq!(means("Q", Focus::List), Some(Action::Leave));
        assert_eq!(means("q", Focus::List), None);
        // An action that stands in list and detail gets its keys in both.
        assert_eq!(means("backspace", Focus::List), Some(Action::Back));
        assert_eq!(means("backspace", Focus::Detail), Some(Action::Back));
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let unknown = told("theme = \"dark\"\ncolour = 1\n");
        assert!(unknown.contains("client.toml") && unknown.contains("line 2"), "{unknown}");
        assert!(unknown.contains("unknown field `colour`"), "{unknown}");
        assert!(told("theme = \"pink\"").contains("high-contrast"));
        assert!(told("[tenant.a]\naccent = \"pink\"").contains("magenta"));
        let action = told("[keys]\nleave = \"Q\"\nfly = \"f\"");
        assert_eq!(action, "client.toml:3: there is no action \"fly\"; trueconfig keys lists them");
        assert_eq!(
            told("[keys]\nleave = \"hyper-q\""),
            "client.toml:2: \"hyper-q\" is not the name of a key"
        );
        let zone = told("ascii = true\ntime_zone = \"Mars/Phobos\"");
        assert_eq!(zone, "client.toml:2: \"Mars/Phobos\" is not a time zone such as Europe/Berlin");
        assert_eq!(told("[keys]\nleave = \"\""), "client.toml:2: leave needs a key");
        let twice = told("[keys]\nleave = \"K\"");
        assert_eq!(
            twice,
            "client.toml: K means both leave and kill at the same place: give one of them another key"
        );
    }
}
