//! Keys, pasted text and answers while a dialog is open.

use super::act::Act;
use super::dialog::{Choose, Confirm, Dialog, Field, Pick};
use super::event::{Effect, Purpose, Ticket};
use super::{Link, Overlay, State, perform};
use crate::link::{Answer, Failure};
use crate::look::Tone;
use crate::text;
use crossterm::event::{Event as Terminal, KeyCode, KeyEvent, KeyModifiers};
use std::time::Duration;
use trueconfig_common::interface::NOTE_LIMIT;
use trueconfig_common::interface::remediations::ChooseTargets;
use trueconfig_common::window::Window;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

/// Longest text of a window, in characters.
const WINDOW_LIMIT: usize = 80;

/// Lines that a page key scrolls a dialog's body by.
const PAGE: usize = 5;

/// A key while a dialog is open.
pub fn on_key(state: &mut State, dialog: Dialog, key: KeyEvent, since_last: Duration) -> Vec<Effect> {
    let interrupt = key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
    match dialog {
        Dialog::Confirm(confirm) if key.code == KeyCode::Esc || interrupt => {
            escape(state, *confirm, interrupt)
        }
        _ if interrupt => vec![Effect::Leave],
        _ if key.code == KeyCode::Esc => Vec::new(),
        Dialog::Confirm(confirm) => confirm_key(state, *confirm, key, since_last),
        Dialog::Pick(pick) => pick_key(state, pick, key),
        Dialog::Choose(choose) => choose_key(state, choose, key),
    }
}

/// A typed note is not thrown away by one key.
fn escape(state: &mut State, mut confirm: Confirm, leaving: bool) -> Vec<Effect> {
    let typed = !confirm.note.value().trim().is_empty() && confirm.sent.is_none();
    if typed && !confirm.discard_next {
        confirm.discard_next = true;
        confirm.complaint = "The same key again throws your note away.".to_owned();
        keep(state, Dialog::Confirm(Box::new(confirm)));
        return Vec::new();
    }
    if confirm.sent.is_some() {
        state.say(Tone::Warn, "The call is under way; its outcome will show by itself.");
    }
    if leaving { vec![Effect::Leave] } else { Vec::new() }
}

fn keep(state: &mut State, dialog: Dialog) {
    state.overlay = Some(Overlay::Dialog(dialog));
}

fn confirm_key(state: &mut State, mut confirm: Confirm, key: KeyEvent, since_last: Duration) -> Vec<Effect> {
    confirm.discard_next = false;
    let steps_back = confirm.fields().len() - 1;
    match key.code {
        KeyCode::Tab | KeyCode::Down => confirm.move_focus(1),
        KeyCode::BackTab | KeyCode::Up => confirm.move_focus(steps_back),
        KeyCode::PageDown => confirm.scroll += PAGE,
        KeyCode::PageUp => confirm.scroll = confirm.scroll.saturating_sub(PAGE),
        _ => match confirm.focus {
            Field::Window => window_key(&mut confirm, key, state),
            Field::Note => note_key(&mut confirm, key),
            Field::Digest => digest_key(&mut confirm, key),
            Field::Acknowledge(index) => acknowledge_key(&mut confirm, index, key),
            Field::No if matches!(key.code, KeyCode::Enter | KeyCode::Char(' ')) => {
                return escape(state, confirm, false);
            }
            Field::No if matches!(key.code, KeyCode::Right | KeyCode::Char('l')) => confirm.move_focus(1),
            Field::Yes if matches!(key.code, KeyCode::Left | KeyCode::Char('h')) => {
                confirm.move_focus(steps_back)
            }
            Field::Yes if key.code == KeyCode::Enter => return yes(state, confirm, since_last),
            Field::No | Field::Yes => {}
        },
    }
    keep(state, Dialog::Confirm(Box::new(confirm)));
    Vec::new()
}

fn note_key(confirm: &mut Confirm, key: KeyEvent) {
    if key.code == KeyCode::Enter {
        confirm.move_focus(1);
    } else if confirm.note.value().chars().count() < NOTE_LIMIT || !matches!(key.code, KeyCode::Char(_)) {
        confirm.note.handle_event(&Terminal::Key(key));
    }
}

/// What is typed is read at once, so that nobody approves for another time than they mean.
fn window_key(confirm: &mut Confirm, key: KeyEvent, state: &State) {
    if key.code == KeyCode::Enter {
        return confirm.move_focus(1);
    }
    let Some(field) = &mut confirm.window else { return };
    if field.typed.value().chars().count() >= WINDOW_LIMIT && matches!(key.code, KeyCode::Char(_)) {
        return;
    }
    field.typed.handle_event(&Terminal::Key(key));
    read_window(confirm, state);
}

fn read_window(confirm: &mut Confirm, state: &State) {
    let (Some(field), Act::Approve(_, _, wanted)) = (&mut confirm.window, &mut confirm.act) else { return };
    let (now, here) = (state.now.wall, state.look.zone);
    (*wanted, field.meaning, field.wrong) = (None, String::new(), String::new());
    if field.typed.value().trim().is_empty() {
        return;
    }
    match Window::parse(field.typed.value(), now, here) {
        Ok(window) => {
            field.meaning = text::window::whole(&window, here, now);
            *wanted = Some(window);
        }
        Err(error) => field.wrong = error.to_string(),
    }
}

fn digest_key(confirm: &mut Confirm, key: KeyEvent) {
    if key.code == KeyCode::Enter {
        return confirm.move_focus(1);
    }
    if let Some(check) = &mut confirm.digest {
        // One character more than needed, so that a mistake shows.
        if check.typed.value().chars().count() <= check.wanted.len() || !matches!(key.code, KeyCode::Char(_))
        {
            check.typed.handle_event(&Terminal::Key(key));
        }
    }
}

fn acknowledge_key(confirm: &mut Confirm, index: usize, key: KeyEvent) {
    match key.code {
        KeyCode::Char(' ') => {
            if let Some(one) = confirm.acknowledgements.get_mut(index) {
                one.given = !one.given;
            }
        }
        KeyCode::Enter => confirm.move_focus(1),
        _ => {}
    }
}

fn yes(state: &mut State, mut confirm: Confirm, since_last: Duration) -> Vec<Effect> {
    if confirm.sent.is_some() {
        keep(state, Dialog::Confirm(Box::new(confirm)));
        return Vec::new();
    }
    let objection = match state.link {
        Link::Lost { .. } => Some("The link to the daemon is lost. Your note is kept here.".to_owned()),
        Link::Connecting | Link::Up => confirm.objection(state.now, since_last),
    };
    if let Some(objection) = objection {
        confirm.complaint = objection;
        keep(state, Dialog::Confirm(Box::new(confirm)));
        return Vec::new();
    }
    confirm.complaint = String::new();
    vec![send(state, confirm)]
}

/// Makes the call; the dialog waits for its answer.
fn send(state: &mut State, mut confirm: Confirm) -> Effect {
    let call = confirm.act.call(&state.tenant, confirm.note.value(), confirm.acknowledged());
    let ticket = state.ticket(Purpose::Act);
    confirm.sent = Some(ticket);
    keep(state, Dialog::Confirm(Box::new(confirm)));
    Effect::Call(ticket, call)
}

/// The dialog's next act, if there is one.
fn next(state: &mut State, mut confirm: Confirm) -> Option<Effect> {
    confirm.act = confirm.rest.pop_front()?;
    confirm.done += 1;
    Some(send(state, confirm))
}

/// Pasted text may be a note. It is never a digest and never a yes.
pub fn paste(confirm: &mut Confirm, text: &str) {
    if confirm.focus != Field::Note {
        confirm.complaint = "Pasted text is only taken as a note; this must be typed by hand.".to_owned();
        return;
    }
    let clean: String =
        text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    let note = format!("{}{clean}", confirm.note.value());
    confirm.note = Input::new(note.chars().take(NOTE_LIMIT).collect());
}

fn pick_key(state: &mut State, mut pick: Pick, key: KeyEvent) -> Vec<Effect> {
    let last = pick.options.len().saturating_sub(1);
    match key.code {
        KeyCode::Up | KeyCode::Char('k') => pick.selected = pick.selected.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => pick.selected = (pick.selected + 1).min(last),
        KeyCode::Enter => {
            let taken = pick.options.get(pick.selected).filter(|option| option.refused.is_empty());
            if let Some(option) = taken {
                return perform::picked(state, option.leads_to.clone());
            }
        }
        _ => {}
    }
    keep(state, Dialog::Pick(pick));
    Vec::new()
}

fn choose_key(state: &mut State, mut choose: Choose, key: KeyEvent) -> Vec<Effect> {
    let last = choose.options.len().saturating_sub(1);
    match key.code {
        KeyCode::Up | KeyCode::Char('k') => choose.selected = choose.selected.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => choose.selected = (choose.selected + 1).min(last),
        KeyCode::Char(' ') => toggle(&mut choose),
        KeyCode::Enter => return submit_choice(state, choose),
        _ => {}
    }
    keep(state, Dialog::Choose(choose));
    Vec::new()
}

fn toggle(choose: &mut Choose) {
    let Some(option) = choose.options.get_mut(choose.selected) else { return };
    if option.refused.is_empty() || option.chosen {
        option.chosen = !option.chosen;
        choose.complaint = String::new();
    } else {
        choose.complaint = format!("It cannot be chosen: {}.", option.refused);
    }
}

fn submit_choice(state: &mut State, mut choose: Choose) -> Vec<Effect> {
    let targets: Vec<_> =
        choose.options.iter().filter(|option| option.chosen).map(|option| option.id.clone()).collect();
    if choose.sent.is_some() || targets.is_empty() {
        if targets.is_empty() {
            choose.complaint = "Choose at least one (space).".to_owned();
        }
        keep(state, Dialog::Choose(choose));
        return Vec::new();
    }
    let call = ChooseTargets { tenant: state.tenant.clone(), id: choose.id.clone(), targets };
    let ticket = state.ticket(Purpose::Plan);
    choose.sent = Some(ticket);
    keep(state, Dialog::Choose(choose));
    vec![Effect::Call(ticket, call.into())]
}

/// Whether the open dialog waits for that answer.
pub fn is_waiting_for(state: &State, ticket: Ticket) -> bool {
    match &state.overlay {
        Some(Overlay::Dialog(Dialog::Confirm(confirm))) => confirm.sent == Some(ticket),
        Some(Overlay::Dialog(Dialog::Choose(choose))) => choose.sent == Some(ticket),
        _ => false,
    }
}

/// Shows why the call was refused in the dialog that made it; false if that is closed already.
pub fn complain(state: &mut State, ticket: Ticket, why: &str) -> bool {
    match &mut state.overlay {
        Some(Overlay::Dialog(Dialog::Confirm(confirm))) if confirm.sent == Some(ticket) => {
            confirm.sent = None;
            confirm.complaint = why.to_owned();
            true
        }
        Some(Overlay::Dialog(Dialog::Choose(choose))) if choose.sent == Some(ticket) => {
            choose.sent = None;
            choose.complaint = why.to_owned();
            true
        }
        _ => false,
    }
}

/// The answer to a confirmed act; the next one follows where several were confirmed.
pub fn take_answer(state: &mut State, ticket: Ticket, answer: Result<Answer, Failure>) -> Vec<Effect> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => {
            let headline = failure.headline();
            if !complain(state, ticket, &headline) {
                state.say(Tone::Bad, headline);
            }
            return Vec::new();
        }
    };
    let mut effects = Vec::new();
    if is_waiting_for(state, ticket)
        && let Some(Overlay::Dialog(Dialog::Confirm(confirm))) = state.overlay.take()
    {
        let before = if confirm.done > 0 { format!("{} before it; ", confirm.done) } else { String::new() };
        state.say(Tone::Good, format!("{before}{}", confirm.act.taken()));
        effects.extend(next(state, *confirm));
        if effects.is_empty()
            && let Some(pane) = state.pane_mut(state.screen)
        {
            pane.clear_marks();
        }
    }
    take_effect(state, answer);
    effects
}

/// What the daemon says stands now.
fn take_effect(state: &mut State, answer: Answer) {
    match answer {
        Answer::Remediation(detail) => {
            let key = detail.row.id.to_string();
            if state.approvals.open.as_deref() == Some(key.as_str()) {
                state.approvals.take_detail(&key, (*detail).clone());
            }
            if state.history.open.as_deref() == Some(key.as_str()) {
                state.history.take_detail(&key, *detail);
            }
        }
        Answer::Settings(settings) => crate::screens::settings::take(state, *settings),
        _ => {}
    }
}
