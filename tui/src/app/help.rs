//! The help: what is possible now, at this place, searchable and runnable; what is not possible
//! says why.

use super::event::Effect;
use super::{Overlay, State, perform, possible};
use crate::keys::Action;
use crossterm::event::{Event as Terminal, KeyCode, KeyEvent};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

/// The help, open.
#[derive(Clone, Debug, Default)]
pub struct Help {
    /// What is searched for.
    pub search: Input,
    /// Which entry is selected.
    pub selected: usize,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The keys.
    pub keys: String,
    /// What they mean.
    pub action: Action,
    /// In a sentence.
    pub help: &'static str,
    /// Why it is not possible now; empty if it is.
    pub refused: String,
}

/// The lines that match the search; what is possible first.
pub fn entries(state: &State, help: &Help) -> Vec<Entry> {
    let wanted = help.search.value().to_lowercase();
    let mut entries: Vec<Entry> = state
        .keys
        .at(state.place())
        .map(|binding| Entry {
            keys: binding.names.join(" "),
            action: binding.action,
            help: binding.help,
            refused: possible::check(state, binding.action).err().unwrap_or_default(),
        })
        .filter(|entry| entry.help.to_lowercase().contains(&wanted) || entry.keys.contains(&wanted))
        .collect();
    entries.sort_by_key(|entry| !entry.refused.is_empty());
    entries
}

/// A key while the help is open.
pub fn on_key(state: &mut State, mut help: Help, key: KeyEvent) -> Vec<Effect> {
    let entries = entries(state, &help);
    match key.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Char('?') if help.search.value().is_empty() => return Vec::new(),
        KeyCode::Enter => {
            let Some(entry) = entries.get(help.selected) else { return Vec::new() };
            return perform::run(state, entry.action);
        }
        KeyCode::Up => help.selected = help.selected.saturating_sub(1),
        KeyCode::Down => help.selected = (help.selected + 1).min(entries.len().saturating_sub(1)),
        _ => {
            help.search.handle_event(&Terminal::Key(key));
            help.selected = 0;
        }
    }
    state.overlay = Some(Overlay::Help(help));
    Vec::new()
}
