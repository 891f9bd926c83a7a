//! A line being typed at the foot: a filter, which takes effect with every key, or a command.

use super::commands;
use super::event::Effect;
use super::pane::Browse;
use super::{Overlay, State};
use crossterm::event::{Event as Terminal, KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

/// Longest line, in characters.
const LINE_LIMIT: usize = 200;

/// Most completions shown.
pub const COMPLETION_LIMIT: usize = 12;

/// Commands remembered.
const HISTORY_LIMIT: usize = 100;

/// What is being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A filter for the list.
    Filter,
    /// A command.
    Command,
}

/// A line being typed.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What it is.
    pub kind: Kind,
    /// The line so far.
    pub input: Input,
    /// What was there before: the filter in force, or the line left for an older command.
    pub before: String,
    /// How many commands back in the history the line was taken from.
    pub recalled: usize,
}

/// Opens a prompt; a filter starts with the one in force.
pub fn open(state: &mut State, kind: Kind) {
    let text = match kind {
        Kind::Filter => state.pane(state.screen).map(Browse::filter).unwrap_or_default().to_owned(),
        Kind::Command => String::new(),
    };
    let input = Input::new(text.clone());
    state.overlay = Some(Overlay::Prompt(Prompt { kind, input, before: text, recalled: 0 }));
}

/// A key while a line is being typed.
pub fn on_key(state: &mut State, mut prompt: Prompt, key: KeyEvent) -> Vec<Effect> {
    state.toast = None;
    let interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Enter => return submit(state, &prompt),
        _ if interrupt || key.code == KeyCode::Esc => return give_up(state, prompt),
        KeyCode::Backspace if prompt.input.value().is_empty() => return give_up(state, prompt),
        KeyCode::Tab => complete(state, &mut prompt),
        KeyCode::Up => {
            let older = prompt.recalled + 1;
            recall(state, &mut prompt, older);
        }
        KeyCode::Down => {
            let newer = prompt.recalled.saturating_sub(1);
            recall(state, &mut prompt, newer);
        }
        KeyCode::Char(_) if prompt.input.value().chars().count() >= LINE_LIMIT => {}
        _ => {
            prompt.input.handle_event(&Terminal::Key(key));
        }
    }
    keep(state, prompt);
    Vec::new()
}

/// Pasted text is typed text here, without its line breaks.
pub fn paste(state: &mut State, mut prompt: Prompt, text: &str) {
    let clean: String = text.chars().filter(|character| !character.is_control()).collect();
    let line = format!("{}{clean}", prompt.input.value());
    prompt.input = Input::new(line.chars().take(LINE_LIMIT).collect());
    keep(state, prompt);
}

/// The line stays open; a filter takes effect at once.
fn keep(state: &mut State, prompt: Prompt) {
    if prompt.kind == Kind::Filter {
        filter(state, prompt.input.value().trim().to_owned());
    }
    state.overlay = Some(Overlay::Prompt(prompt));
}

fn filter(state: &mut State, words: String) {
    if let Some(pane) = state.pane_mut(state.screen) {
        pane.set_filter(words);
    }
}

fn give_up(state: &mut State, prompt: Prompt) -> Vec<Effect> {
    if prompt.kind == Kind::Filter {
        filter(state, prompt.before);
    }
    Vec::new()
}

fn submit(state: &mut State, prompt: &Prompt) -> Vec<Effect> {
    let line = prompt.input.value().trim().to_owned();
    match prompt.kind {
        Kind::Filter => filter(state, line),
        Kind::Command if line.is_empty() => {}
        Kind::Command => {
            remember(state, &line);
            return commands::run(state, &line);
        }
    }
    Vec::new()
}

fn remember(state: &mut State, line: &str) {
    state.commands_typed.retain(|typed| typed != line);
    if state.commands_typed.len() >= HISTORY_LIMIT {
        state.commands_typed.remove(0);
    }
    state.commands_typed.push(line.to_owned());
}

/// Takes the line from the history, or the one that was left for it.
fn recall(state: &State, prompt: &mut Prompt, steps: usize) {
    let typed = &state.commands_typed;
    if prompt.kind != Kind::Command || steps > typed.len() {
        return;
    }
    if prompt.recalled == 0 {
        prompt.before = prompt.input.value().to_owned();
    }
    let line = if steps == 0 { Some(&prompt.before) } else { typed.get(typed.len() - steps) };
    prompt.input = Input::new(line.cloned().unwrap_or_default());
    prompt.recalled = steps;
}

/// What the line may become.
pub fn completions(state: &State, prompt: &Prompt) -> Vec<String> {
    let typed = prompt.input.value();
    match prompt.kind {
        Kind::Command => commands::completions(state, typed),
        Kind::Filter => commands::filter_completions(state.screen, typed),
    }
}

/// Takes what all completions share.
fn complete(state: &State, prompt: &mut Prompt) {
    let found = completions(state, prompt);
    let Some(first) = found.first() else { return };
    let shared = found.iter().skip(1).fold(first.clone(), |shared, other| {
        let same = shared.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
        shared.chars().take(same).collect()
    });
    if shared.len() >= prompt.input.value().len() {
        prompt.input = Input::new(shared);
    }
}
