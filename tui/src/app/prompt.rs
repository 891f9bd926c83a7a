//! A line being typed at the foot: a filter or a command.

use super::event::Effect;
use super::pane::Browse;
use super::place::ScreenId;
use super::{Overlay, State, perform};
use crate::keys::Action;
use crate::look::Tone;
use crossterm::event::{Event as Terminal, KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

/// Longest line, in characters.
const LINE_LIMIT: usize = 200;

/// Most completions shown.
pub const COMPLETION_LIMIT: usize = 12;

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
}

/// Commands without an argument, each an action of the key table.
const COMMANDS: [(&str, Action); 14] = [
    ("overview", Action::Go(ScreenId::Overview)),
    ("controls", Action::Go(ScreenId::Controls)),
    ("approvals", Action::Go(ScreenId::Approvals)),
    ("history", Action::Go(ScreenId::History)),
    ("audit", Action::Go(ScreenId::Audit)),
    ("drift", Action::Go(ScreenId::Drift)),
    ("settings", Action::Go(ScreenId::Settings)),
    ("scan", Action::Scan),
    ("kill", Action::Kill),
    ("help", Action::Help),
    ("reload", Action::Reload),
    ("copy", Action::Copy),
    ("quit", Action::Leave),
    ("q", Action::Leave),
];

/// Opens a prompt; a filter starts with the one in force.
pub fn open(state: &mut State, kind: Kind) {
    let text = match kind {
        Kind::Filter => state.pane(state.screen).map(Browse::filter).unwrap_or_default().to_owned(),
        Kind::Command => String::new(),
    };
    state.overlay = Some(Overlay::Prompt(Prompt { kind, input: Input::new(text) }));
}

/// A key while a line is being typed.
pub fn on_key(state: &mut State, mut prompt: Prompt, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return Vec::new(),
        KeyCode::Backspace if prompt.input.value().is_empty() => return Vec::new(),
        KeyCode::Enter => return submit(state, &prompt),
        KeyCode::Tab if prompt.kind == Kind::Command => complete(state, &mut prompt),
        _ if prompt.input.value().chars().count() < LINE_LIMIT || key.code == KeyCode::Backspace => {
            prompt.input.handle_event(&Terminal::Key(key));
        }
        _ => {}
    }
    state.overlay = Some(Overlay::Prompt(prompt));
    Vec::new()
}

/// Pasted text is typed text here, without its line breaks.
pub fn paste(prompt: &mut Prompt, text: &str) {
    let clean: String = text.chars().filter(|character| !character.is_control()).collect();
    let line = format!("{}{clean}", prompt.input.value());
    prompt.input = Input::new(line.chars().take(LINE_LIMIT).collect());
}

fn submit(state: &mut State, prompt: &Prompt) -> Vec<Effect> {
    let line = prompt.input.value().trim().to_owned();
    match prompt.kind {
        Kind::Filter => {
            if let Some(pane) = state.pane_mut(state.screen) {
                pane.set_filter(line);
            }
            Vec::new()
        }
        Kind::Command => command(state, &line),
    }
}

fn command(state: &mut State, line: &str) -> Vec<Effect> {
    if line.is_empty() {
        return Vec::new();
    }
    let found = COMMANDS.iter().find(|(name, _)| *name == line);
    let only = completions(state, line);
    let found = found.or_else(|| match only.as_slice() {
        [one] => COMMANDS.iter().find(|(name, _)| name == one),
        _ => None,
    });
    if let Some((_, action)) = found {
        return perform::run(state, *action);
    }
    // Anything else is taken as an id: R-0007 or PA-01, in any case.
    let id = line.rsplit(' ').next().unwrap_or(line).to_ascii_uppercase();
    let target = match id.split_once('-') {
        Some(("R", number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => Some(ScreenId::History),
        Some((category, number))
            if !category.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Some(ScreenId::Controls)
        }
        _ => None,
    };
    match target {
        Some(screen) => perform::show(state, screen, id),
        None => {
            state.say(Tone::Warn, format!("There is no command {line:?}. Press : then tab to see them all."))
        }
    }
    Vec::new()
}

/// Commands and control ids that begin with what is typed.
pub fn completions(state: &State, typed: &str) -> Vec<String> {
    let typed = typed.to_ascii_lowercase();
    let commands = COMMANDS.iter().map(|(name, _)| (*name).to_owned());
    let controls = state.controls.rows.iter().map(|row| row.id.to_string());
    commands
        .chain(controls)
        .filter(|name| name.len() > 1 && name.to_ascii_lowercase().starts_with(&typed))
        .take(COMPLETION_LIMIT)
        .collect()
}

fn complete(state: &State, prompt: &mut Prompt) {
    let found = completions(state, prompt.input.value());
    let Some(first) = found.first() else { return };
    let shared = found.iter().skip(1).fold(first.clone(), |shared, other| {
        let same = shared.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
        shared.chars().take(same).collect()
    });
    if shared.len() >= prompt.input.value().len() {
        prompt.input = Input::new(shared);
    }
}
