//! The update function: state before, event, effects, state after.

use super::dialog::Dialog;
use super::event::{Effect, Event, Now, Purpose, Ticket};
use super::pane::{Browse, Keyed};
use super::place::ScreenId;
use super::{Link, Overlay, State, dialog_keys, fetch, help, jump, perform, prompt, scroll};
use crate::keys::Chord;
use crate::link::{Answer, Failure};
use crate::look::Tone;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::path::PathBuf;
use trueconfig_common::interface::subscribe::{Notice, Topic};
use trueconfig_common::remediation::RemediationDetail;

/// Takes an event in and says what is to be done.
pub fn update(state: &mut State, event: Event, now: Now) -> Vec<Effect> {
    state.now = now;
    let mut effects = match event {
        Event::Key(key) => on_key(state, key),
        Event::Paste(text) => on_paste(state, &text),
        Event::Resize(columns, rows) => {
            state.size = (columns, rows);
            state.dirty = true;
            Vec::new()
        }
        Event::Notice(notice) => on_notice(state, *notice),
        Event::Answer(ticket, answer) => on_answer(state, ticket, *answer),
        Event::Exported(outcome) => on_exported(state, outcome),
        Event::Joined { read_only } => {
            state.dirty |= state.read_only != read_only;
            state.read_only = read_only;
            Vec::new()
        }
        Event::Lost { cause, attempt, gave_up } => on_lost(state, cause, attempt, gave_up),
        Event::Tick => {
            state.dirty = true;
            Vec::new()
        }
        Event::Quiet => Vec::new(),
        Event::Hangup => vec![Effect::Leave],
    };
    effects.extend(fetch::needed(state));
    scroll::settle(state);
    effects
}

fn on_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let since_last = state.now.elapsed.saturating_sub(state.last_key);
    state.last_key = state.now.elapsed;
    if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('z') {
        return vec![Effect::Suspend];
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('l') {
        return vec![Effect::Repaint];
    }
    match state.overlay.take() {
        Some(overlay) => {
            state.dirty = true;
            match overlay {
                Overlay::Dialog(dialog) => dialog_keys::on_key(state, dialog, key, since_last),
                Overlay::Help(open) => help::on_key(state, open, key),
                Overlay::Prompt(open) => prompt::on_key(state, open, key),
            }
        }
        None => on_screen_key(state, key),
    }
}

fn on_screen_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    state.dirty |= state.toast.take().is_some();
    let Some(action) = state.keys.action(Chord::from(key), state.place()) else {
        return Vec::new();
    };
    state.dirty = true;
    perform::run(state, action)
}

/// Pasted text goes where text is typed, and nowhere else: it is never taken as keys.
fn on_paste(state: &mut State, text: &str) -> Vec<Effect> {
    state.dirty = true;
    match &mut state.overlay {
        Some(Overlay::Dialog(Dialog::Confirm(confirm))) => dialog_keys::paste(confirm, text),
        Some(Overlay::Prompt(open)) => {
            let open = open.clone();
            prompt::paste(state, open, text);
        }
        _ => state.say(Tone::Warn, "Pasted text is not taken as keys."),
    }
    Vec::new()
}

fn on_notice(state: &mut State, notice: Notice) -> Vec<Effect> {
    let was_up = state.link == Link::Up;
    if !was_up {
        if matches!(state.link, Link::Lost { .. }) {
            state.say(Tone::Good, "The link is back; everything is read again.");
        }
        state.link = Link::Up;
        state.dirty = true;
    }
    if state.status.as_ref() != Some(&notice.status) {
        state.look.accent = state.accents.get(&notice.status.tenant).copied();
        state.status = Some(notice.status);
        state.dirty = true;
    }
    for topic in notice.changed {
        mark_changed(state, topic, was_up);
    }
    Vec::new()
}

fn mark_changed(state: &mut State, topic: Topic, was_up: bool) {
    match topic {
        Topic::Scan => {}
        Topic::Controls => state.controls.mark_stale(),
        Topic::Remediations => {
            state.approvals.mark_stale();
            state.history.mark_stale();
            state.controls.mark_stale();
        }
        Topic::Drift => state.drift.mark_stale(),
        Topic::Settings => {
            state.settings.mark_stale();
            state.controls.mark_stale();
        }
        // Reading again would move the records under the reader's eyes.
        Topic::Audit if was_up && state.audit.selected > 0 => {
            state.dirty |= !state.audit_newer && state.screen == ScreenId::Audit;
            state.audit_newer = true;
        }
        Topic::Audit => state.audit.mark_stale(),
    }
}

fn on_lost(state: &mut State, cause: String, attempt: u32, gave_up: bool) -> Vec<Effect> {
    let since = match &state.link {
        Link::Lost { since, .. } => *since,
        Link::Connecting | Link::Up => state.now.wall,
    };
    let newly = !matches!(state.link, Link::Lost { .. });
    state.link = Link::Lost { since, cause, attempt, gave_up };
    state.dirty = true;
    if newly {
        for screen in ScreenId::ALL {
            if let Some(pane) = state.pane_mut(screen) {
                pane.link_lost();
            }
        }
    }
    Vec::new()
}

fn on_answer(state: &mut State, ticket: Ticket, answer: Result<Answer, Failure>) -> Vec<Effect> {
    let Some(purpose) = state.waiting.remove(&ticket) else {
        return Vec::new();
    };
    state.dirty = true;
    if let Err(failure) = &answer
        && failure.is_link()
        && !matches!(state.link, Link::Lost { .. })
    {
        on_lost(state, failure.headline(), 0, false);
    }
    match purpose {
        Purpose::Act => return dialog_keys::take_answer(state, ticket, answer),
        Purpose::List { screen, append } => take_list(state, screen, append, answer),
        Purpose::Detail { screen, key } => take_detail(state, screen, &key, answer),
        Purpose::Plan => take_plan(state, ticket, answer),
        Purpose::Verify => take_report(state, answer),
        Purpose::Test => take_test(state, answer),
        Purpose::Scan => take_scan(state, answer),
    }
    Vec::new()
}

fn take_test(state: &mut State, answer: Result<Answer, Failure>) {
    state.settings.mark_stale();
    match answer {
        Ok(Answer::Tested(test)) if test.delivered => {
            state.say(
                Tone::Good,
                format!("The test got through to {} in {} ms.", test.channel, test.milliseconds),
            );
        }
        Ok(Answer::Tested(test)) => {
            state.say(Tone::Bad, format!("The test did not get through to {}: {}", test.channel, test.error));
        }
        Ok(_) => {}
        Err(failure) => state.say(Tone::Bad, failure.headline()),
    }
}

fn take_list(state: &mut State, screen: ScreenId, append: bool, answer: Result<Answer, Failure>) {
    match answer {
        Ok(Answer::Controls(page)) => state.controls.take_page(page, append),
        Ok(Answer::Remediations(page)) if screen == ScreenId::Approvals => {
            state.approvals.take_page(page, append)
        }
        Ok(Answer::Remediations(page)) => state.history.take_page(page, append),
        Ok(Answer::Audit(page)) => {
            state.audit_newer &= append;
            state.audit.take_page(page, append);
        }
        Ok(Answer::Drift(page)) => state.drift.take_page(page, append),
        Ok(Answer::Settings(settings)) => crate::screens::settings::take(state, *settings),
        Ok(_) => {}
        Err(failure) => {
            if let Some(pane) = state.pane_mut(screen) {
                pane.list_refused(failure.headline());
            }
            if !failure.is_link() {
                // The rows that are there no longer answer what was asked.
                state.say(Tone::Bad, failure.headline());
            }
        }
    }
}

fn take_detail(state: &mut State, screen: ScreenId, key: &str, answer: Result<Answer, Failure>) {
    match answer {
        Ok(Answer::Control(detail)) => state.controls.take_detail(key, *detail),
        Ok(Answer::Remediation(detail)) if screen == ScreenId::Approvals => {
            state.approvals.take_detail(key, *detail)
        }
        Ok(Answer::Remediation(detail)) => state.history.take_detail(key, *detail),
        Ok(Answer::Object(detail)) => state.objects.take_detail(key, *detail),
        Ok(Answer::Audit(page)) => match page.rows.into_iter().find(|record| record.key() == key) {
            Some(record) => state.audit.take_detail(key, record),
            None => state.audit.detail_refused(format!("There is no record {key}.")),
        },
        Ok(_) => {}
        Err(failure) => {
            if let Some(pane) = state.pane_mut(screen) {
                pane.detail_refused(failure.headline());
            }
        }
    }
}

fn take_plan(state: &mut State, ticket: Ticket, answer: Result<Answer, Failure>) {
    match answer {
        Ok(Answer::Remediation(detail)) => {
            if dialog_keys::is_waiting_for(state, ticket) {
                state.overlay = None;
            }
            show_plan(state, *detail);
        }
        Ok(_) => {}
        Err(failure) => {
            let headline = failure.headline();
            if !dialog_keys::complain(state, ticket, &headline) {
                state.say(Tone::Bad, headline);
            }
        }
    }
}

fn show_plan(state: &mut State, detail: RemediationDetail) {
    let key = detail.row.id.to_string();
    jump::forget(state);
    state.screen = ScreenId::Approvals;
    state.approvals.mark_stale();
    state.approvals.set_open(Some(key.clone()));
    state.approvals.take_detail(&key, detail);
    state.approvals.detail_stale = false;
    state.say(Tone::Good, format!("{key} is planned and waits. Nothing is changed until it is approved."));
}

fn take_report(state: &mut State, answer: Result<Answer, Failure>) {
    match answer {
        Ok(Answer::Journal(report)) if report.damage.is_empty() => {
            state.say(Tone::Good, format!("The chain is whole: {} records verified.", report.records));
            state.chain = Some(report);
        }
        Ok(Answer::Journal(report)) => {
            state.say(Tone::Danger, format!("The journal is damaged: {}", report.damage));
            state.chain = Some(report);
        }
        Ok(_) => {}
        Err(failure) => state.say(Tone::Bad, failure.headline()),
    }
}

fn take_scan(state: &mut State, answer: Result<Answer, Failure>) {
    match answer {
        Ok(_) => state.say(Tone::Plain, "The scan is under way."),
        Err(failure) => state.say(Tone::Bad, failure.headline()),
    }
}

fn on_exported(state: &mut State, outcome: Result<(PathBuf, u64), String>) -> Vec<Effect> {
    match outcome {
        Ok((path, lines)) => state.say(Tone::Good, format!("{lines} records written to {}.", path.display())),
        Err(why) => state.say(Tone::Bad, why),
    }
    Vec::new()
}
