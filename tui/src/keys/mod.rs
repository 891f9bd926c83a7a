//! Keys and what they mean. The table is data: dispatch, help, hint bar and the printed key list
//! are all made from it, so none of them can disagree with the others.

mod chord;
mod names;
mod table;

pub use chord::Chord;

use crate::app::place::{Focus, Place, ScreenId};

/// What a person wants. Keys become these, these change the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Leave the program.
    Leave,
    /// One step back: detail, filter, list.
    Back,
    /// Stop the program until the shell's `fg`.
    Suspend,
    /// Draw everything again.
    Repaint,
    /// List what is possible now.
    Help,
    /// Type a command.
    Command,
    /// Go to a screen.
    Go(ScreenId),
    /// Go to the next screen.
    NextScreen,
    /// Go to the screen before.
    PreviousScreen,
    /// One row or line up.
    Up,
    /// One row or line down.
    Down,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// To the first row or line.
    Top,
    /// To the last row or line.
    Bottom,
    /// Open what is selected.
    Open,
    /// Go where the selected line of a detail leads.
    Follow,
    /// Select the next line that leads somewhere.
    NextLink,
    /// Select the one before.
    PreviousLink,
    /// Type a filter.
    Filter,
    /// Show only failing controls.
    OnlyFailing,
    /// Show only what waits for a person.
    OnlyWaiting,
    /// Mark a row, to do one thing to all that are marked.
    Mark,
    /// Show another tenant.
    Tenants,
    /// Choose other colours.
    Theme,
    /// Change the order of the list.
    Order,
    /// Old and new beside each other, or one after the other.
    Columns,
    /// Show or fold fields that stay as they are.
    Fold,
    /// Copy what is selected.
    Copy,
    /// Ask the daemon again.
    Reload,
    /// Start a scan.
    Scan,
    /// Pull or release the kill switch.
    Kill,
    /// Plan the fix of a control.
    Plan,
    /// Go to the open remediation of a control.
    Remediation,
    /// Choose the mode of a control.
    Mode,
    /// Release a control from its hold.
    Release,
    /// Approve and execute.
    Approve,
    /// Reject a plan.
    Reject,
    /// Choose other targets.
    Targets,
    /// Take an approval back.
    Withdraw,
    /// Roll back.
    RollBack,
    /// Close what waits for a person.
    Close,
    /// Check the journal's chain.
    Verify,
    /// Write the list to a file.
    Export,
    /// Take note of a drift.
    Acknowledge,
    /// Switch remediation on or off.
    Enable,
    /// Choose the tenant's default mode.
    DefaultMode,
    /// Record a break-glass test.
    BreakGlass,
    /// Switch automatic rollback on or off.
    AutoRollback,
    /// Send a test to the selected channel of alerts.
    TestChannel,
}

/// A line of the table.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Keys, all with the same meaning.
    pub chords: Vec<Chord>,
    /// The keys' names.
    pub names: Vec<String>,
    /// What they mean.
    pub action: Action,
    /// On which screens; empty for all.
    pub screens: &'static [ScreenId],
    /// In the list, the detail, or both.
    pub focus: Option<Focus>,
    /// One or two words for the hint bar; empty keeps it out of there.
    pub hint: &'static str,
    /// A sentence for the help.
    pub help: &'static str,
}

impl Binding {
    /// Whether the binding counts at a place.
    pub fn counts_at(&self, place: Place) -> bool {
        (self.screens.is_empty() || self.screens.contains(&place.screen))
            && self.focus.is_none_or(|focus| focus == place.focus)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let screens = self.screens.is_empty()
            || other.screens.is_empty()
            || self.screens.iter().any(|screen| other.screens.contains(screen));
        let focus = self.focus.is_none() || other.focus.is_none() || self.focus == other.focus;
        screens && focus
    }
}

/// Every binding.
#[derive(Clone, Debug)]
pub struct KeyTable {
    bindings: Vec<Binding>,
}

/// Why a key table is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyTableError {
    /// A name that is no key.
    #[error("{0:?} is not the name of a key")]
    UnknownKey(String),
    /// A name that is no action.
    #[error("there is no action {0:?}; trueconfig keys lists them")]
    UnknownAction(String),
    /// An action without a key.
    #[error("{0} needs a key")]
    NoKey(String),
    /// One key, two meanings at the same place.
    #[error(
        "{key} means both {} and {} at the same place: give one of them another key",
        first.name(),
        second.name()
    )]
    Duplicate {
        /// The key.
        key: Chord,
        /// What it means first.
        first: Action,
        /// And then.
        second: Action,
    },
}

impl KeyTable {
    /// The product's own table.
    ///
    /// # Errors
    /// An unknown or duplicate key, found at start and not when it is pressed.
    pub fn standard() -> Result<Self, KeyTableError> {
        Self::from_rows(table::ROWS)
    }

    /// Gives an action other keys, by their names, in place of all it has.
    ///
    /// # Errors
    /// There is no such action or key, or no key at all.
    pub fn replace(&mut self, action: &str, keys: &str) -> Result<(), KeyTableError> {
        let known = names::NAMES.iter().find(|(name, _)| *name == action);
        let Some((_, meant)) = known else { return Err(KeyTableError::UnknownAction(action.to_owned())) };
        let names: Vec<String> = keys.split_whitespace().map(str::to_owned).collect();
        if names.is_empty() {
            return Err(KeyTableError::NoKey(action.to_owned()));
        }
        let chord =
            |name: &String| Chord::parse(name).ok_or_else(|| KeyTableError::UnknownKey(name.to_owned()));
        let chords: Vec<Chord> = names.iter().map(chord).collect::<Result<_, _>>()?;
        let mut given: Vec<Binding> = Vec::new();
        for line in self.bindings.iter_mut().filter(|binding| binding.action == *meant) {
            // Lines for other places get the keys too; a further line for the same place gets none.
            let again = given.iter().any(|other| other.overlaps(line));
            line.chords = if again { Vec::new() } else { chords.clone() };
            line.names = if again { Vec::new() } else { names.clone() };
            given.push(line.clone());
        }
        Ok(())
    }

    /// Whether no key has two meanings at one place.
    ///
    /// # Errors
    /// The first that has.
    pub fn check(&self) -> Result<(), KeyTableError> {
        refuse_duplicates(&self.bindings)
    }

    fn from_rows(rows: &[table::Row]) -> Result<Self, KeyTableError> {
        let bindings = rows.iter().map(table::Row::binding).collect::<Result<Vec<_>, _>>()?;
        refuse_duplicates(&bindings)?;
        Ok(Self { bindings })
    }

    /// What a key means at a place.
    pub fn action(&self, chord: Chord, place: Place) -> Option<Action> {
        self.at(place).find(|binding| binding.chords.contains(&chord)).map(|binding| binding.action)
    }

    /// The bindings that count at a place, in the table's order.
    pub fn at(&self, place: Place) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.counts_at(place))
    }

    /// The whole table as text, for `trueconfig keys` and the documentation.
    pub fn describe(&self) -> String {
        let line = |binding: &Binding| {
            let screens: Vec<&str> = binding.screens.iter().map(|screen| screen.name()).collect();
            let screens = if screens.is_empty() { "everywhere".to_owned() } else { screens.join(", ") };
            let place = match binding.focus {
                Some(Focus::List) => format!("{screens}; in the list"),
                Some(Focus::Detail) => format!("{screens}; in the detail"),
                None => screens,
            };
            let keys = binding.names.join(" ");
            format!("{keys:<22} {:<16} {} ({place})\n", binding.action.name(), binding.help)
        };
        self.bindings.iter().filter(|binding| !binding.names.is_empty()).map(line).collect()
    }
}

impl Action {
    /// What it is called in a person's own keys.
    pub fn name(self) -> &'static str {
        names::NAMES.iter().find(|(_, action)| *action == self).map(|(name, _)| *name).unwrap_or_default()
    }
}

fn refuse_duplicates(bindings: &[Binding]) -> Result<(), KeyTableError> {
    for (index, second) in bindings.iter().enumerate() {
        for first in bindings.iter().take(index) {
            refuse_duplicate(first, second)?;
        }
    }
    Ok(())
}

fn refuse_duplicate(first: &Binding, second: &Binding) -> Result<(), KeyTableError> {
    let shared = second.chords.iter().find(|chord| first.chords.contains(chord));
    match shared {
        Some(key) if first.overlaps(second) => {
            Err(KeyTableError::Duplicate { key: *key, first: first.action, second: second.action })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
