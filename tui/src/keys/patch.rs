//! A person's own keys: a small text file that gives actions other keys than the table does.
//!
//! ```text
//! # in $XDG_CONFIG_HOME/trueconfig/keys, or where --keys says
//! roll-back = B
//! page-down = pgdn ctrl-d
//! ```
//!
//! Each line replaces all keys of its action. A mistake is told with file and line, and the screens
//! do not open: a key that means something else than its owner thinks is dangerous.

use super::{Action, Chord, KeyTableError};
use crate::app::place::ScreenId;

/// Longest file read, in bytes.
pub const FILE_LIMIT: u64 = 64 * 1024;

/// What each action is called in the file.
pub(super) const NAMES: [(&str, Action); 51] = [
    ("leave", Action::Leave),
    ("back", Action::Back),
    ("suspend", Action::Suspend),
    ("repaint", Action::Repaint),
    ("help", Action::Help),
    ("command", Action::Command),
    ("overview", Action::Go(ScreenId::Overview)),
    ("controls", Action::Go(ScreenId::Controls)),
    ("approvals", Action::Go(ScreenId::Approvals)),
    ("history", Action::Go(ScreenId::History)),
    ("audit", Action::Go(ScreenId::Audit)),
    ("drift", Action::Go(ScreenId::Drift)),
    ("settings", Action::Go(ScreenId::Settings)),
    ("next-screen", Action::NextScreen),
    ("previous-screen", Action::PreviousScreen),
    ("up", Action::Up),
    ("down", Action::Down),
    ("page-up", Action::PageUp),
    ("page-down", Action::PageDown),
    ("top", Action::Top),
    ("bottom", Action::Bottom),
    ("open", Action::Open),
    ("follow", Action::Follow),
    ("next-link", Action::NextLink),
    ("previous-link", Action::PreviousLink),
    ("filter", Action::Filter),
    ("only-failing", Action::OnlyFailing),
    ("only-waiting", Action::OnlyWaiting),
    ("order", Action::Order),
    ("copy", Action::Copy),
    ("reload", Action::Reload),
    ("scan", Action::Scan),
    ("kill", Action::Kill),
    ("plan", Action::Plan),
    ("remediation", Action::Remediation),
    ("mode", Action::Mode),
    ("release", Action::Release),
    ("approve", Action::Approve),
    ("reject", Action::Reject),
    ("targets", Action::Targets),
    ("withdraw", Action::Withdraw),
    ("roll-back", Action::RollBack),
    ("close", Action::Close),
    ("verify", Action::Verify),
    ("export", Action::Export),
    ("acknowledge", Action::Acknowledge),
    ("enable", Action::Enable),
    ("default-mode", Action::DefaultMode),
    ("break-glass", Action::BreakGlass),
    ("auto-rollback", Action::AutoRollback),
    ("quit", Action::Leave),
];

/// Keys for one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) action: Action,
    pub(super) names: Vec<String>,
    pub(super) chords: Vec<Chord>,
}

/// Reads a patch.
pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Patch>, KeyTableError> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let meant = numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    meant.map(|(number, line)| patch(line).map_err(|why| wrong(file, number, why))).collect()
}

fn wrong(file: &str, line: usize, why: String) -> KeyTableError {
    KeyTableError::Patch { file: file.to_owned(), line, why }
}

fn patch(line: &str) -> Result<Patch, String> {
    let (name, keys) = line.split_once('=').ok_or("a line is written: action = key key")?;
    let name = name.trim();
    let Some((_, action)) = NAMES.iter().find(|(known, _)| *known == name) else {
        return Err(format!("there is no action {name:?}; trueconfig keys lists them"));
    };
    let names: Vec<String> = keys.split_whitespace().map(str::to_owned).collect();
    if names.is_empty() {
        return Err(format!("{name} needs a key"));
    }
    let chord = |key: &String| Chord::parse(key).ok_or_else(|| format!("{key:?} is not the name of a key"));
    let chords = names.iter().map(chord).collect::<Result<_, _>>()?;
    Ok(Patch { action: *action, names, chords })
}
