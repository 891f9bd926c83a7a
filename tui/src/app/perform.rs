//! What each action does.

use super::act::{Act, Switch};
use super::dialog::{Dialog, Picked};
use super::event::{Effect, Purpose};
use super::help::Help;
use super::jump::{self, Direction};
use super::pane::Browse;
use super::place::{Focus, ScreenId};
use super::prompt::{self, Kind};
use super::scroll::{self, Move};
use super::{Link, Order, Overlay, State, fetch, pick, possible};
use crate::keys::Action;
use crate::link::export::Export;
use crate::look::{Columns, Kept, Tone};
use crate::screens::{confirm, copy, settings};
use trueconfig_common::interface::alerts::TestChannel;
use trueconfig_common::interface::audit::VerifyJournal;
use trueconfig_common::interface::remediations::PlanFix;
use trueconfig_common::interface::scan::StartScan;
use trueconfig_common::remediation::RemediationDetail;

/// Does an action, or says why not.
pub fn run(state: &mut State, action: Action) -> Vec<Effect> {
    state.dirty = true;
    if let Err(reason) = possible::check(state, action) {
        if action != Action::Back {
            state.say(Tone::Warn, reason);
        }
        return Vec::new();
    }
    match action {
        Action::Leave => leave(state),
        Action::Suspend => vec![Effect::Suspend],
        Action::Repaint => vec![Effect::Repaint],
        Action::Copy => copy::selected(state).map(|text| copied(state, text)).unwrap_or_default(),
        Action::Scan => call(state, Purpose::Scan, |tenant| StartScan { tenant }),
        Action::Plan => plan(state),
        Action::Verify => verify(state),
        Action::TestChannel => test_channel(state),
        Action::Open if state.screen == ScreenId::Settings && settings::selected_channel(state).is_some() => {
            match possible::check(state, Action::TestChannel) {
                Ok(()) => test_channel(state),
                Err(reason) => {
                    state.say(Tone::Warn, reason);
                    Vec::new()
                }
            }
        }
        Action::Export => export(state),
        Action::Reload => reload(state),
        other => {
            silent(state, other);
            Vec::new()
        }
    }
}

/// Actions without an effect outside the state.
fn silent(state: &mut State, action: Action) {
    match action {
        Action::Back => back(state),
        Action::Help => state.overlay = Some(Overlay::Help(Help::default())),
        Action::Command => prompt::open(state, Kind::Command),
        Action::Filter => prompt::open(state, Kind::Filter),
        Action::Go(screen) => enter(state, screen),
        Action::NextScreen => enter(state, state.screen.step(1)),
        Action::PreviousScreen => enter(state, state.screen.step(ScreenId::ALL.len() - 1)),
        Action::Follow => jump::follow(state),
        Action::NextLink => jump::step(state, Direction::Forward),
        Action::PreviousLink => jump::step(state, Direction::Back),
        Action::Up => scroll::go(state, Move::Up),
        Action::Down => scroll::go(state, Move::Down),
        Action::PageUp => scroll::go(state, Move::PageUp),
        Action::PageDown => scroll::go(state, Move::PageDown),
        Action::Top => top(state),
        Action::Bottom => scroll::go(state, Move::Bottom),
        Action::Open => open(state),
        Action::OnlyFailing => narrow(state),
        Action::OnlyWaiting => only_waiting(state),
        Action::Order => order(state),
        Action::Mark => mark(state),
        Action::Columns => columns(state),
        Action::Fold => fold(state),
        Action::Remediation => remediation(state),
        asking => ask(state, asking),
    }
}

/// Actions that first ask.
fn ask(state: &mut State, action: Action) {
    let now = state.now.wall;
    let dialog = match action {
        Action::Kill => kill(state),
        Action::Mode => pick::mode(state),
        Action::DefaultMode => Some(pick::default_mode(state)),
        Action::Tenants => pick::tenants(state),
        Action::Theme => Some(pick::themes(state)),
        Action::Release => state.control().map(confirm::release),
        Action::Approve => return with_plan(state, "approve", |plan| confirm::approve(plan, now)),
        Action::RollBack => return with_plan(state, "roll back", |plan| confirm::roll_back(plan, now)),
        Action::Targets => return with_plan(state, "choose targets", pick::targets),
        Action::Reject => reject(state),
        Action::Withdraw => possible::remediation_row(state).map(confirm::withdraw),
        Action::Close => possible::remediation_row(state).map(confirm::close),
        Action::Acknowledge => acknowledge(state),
        Action::Enable => state.settings_read.as_ref().map(confirm::enable),
        Action::AutoRollback => state.settings_read.as_ref().map(confirm::auto_rollback),
        Action::BreakGlass => Some(confirm::break_glass(state.settings_read.as_ref())),
        _ => None,
    };
    if let Some(dialog) = dialog {
        state.overlay = Some(Overlay::Dialog(dialog));
    }
}

/// Nobody decides about a plan they have not before their eyes: without it, it is opened first.
fn with_plan(state: &mut State, what: &str, dialog: impl Fn(&RemediationDetail) -> Dialog) {
    if let Some(detail) = state.remediation() {
        state.overlay = Some(Overlay::Dialog(dialog(detail)));
        return;
    }
    open(state);
    state.say(Tone::Plain, format!("Read the plan first, then press the key again to {what}."));
}

fn leave(state: &mut State) -> Vec<Effect> {
    if state.place().focus == Focus::Detail {
        back(state);
        return Vec::new();
    }
    vec![Effect::Leave]
}

fn enter(state: &mut State, screen: ScreenId) {
    jump::forget(state);
    state.screen = screen;
}

fn back(state: &mut State) {
    if jump::back(state) {
        return;
    }
    if state.screen == ScreenId::Object {
        return enter(state, ScreenId::Controls);
    }
    let Some(pane) = state.pane_mut(state.screen) else { return };
    if pane.open_key().is_some() {
        pane.set_open(None);
    } else if pane.marks() > 0 {
        pane.clear_marks();
    } else if pane.filter().is_empty() {
        pane.narrow(false);
    } else {
        pane.set_filter(String::new());
    }
}

fn open(state: &mut State) {
    match state.screen {
        ScreenId::Overview => state.screen = ScreenId::Controls,
        ScreenId::Settings if settings::action(state).is_some() => {
            let action = settings::action(state).unwrap_or(Action::Back);
            match possible::check(state, action) {
                Ok(()) => ask(state, action),
                Err(reason) => state.say(Tone::Warn, reason),
            }
        }
        screen => {
            if let Some(pane) = state.pane_mut(screen) {
                let key = pane.selected_key();
                pane.set_open(key);
            }
        }
    }
}

/// Opens what has that id, on that screen.
pub fn show(state: &mut State, screen: ScreenId, key: String) {
    state.screen = screen;
    if let Some(pane) = state.pane_mut(screen) {
        pane.set_open(Some(key));
    }
}

fn copied(state: &mut State, text: String) -> Vec<Effect> {
    state.say(Tone::Plain, "Copied, if the terminal allows it (OSC 52).");
    vec![Effect::Copy(text)]
}

fn call<C: Into<crate::link::Call>>(
    state: &mut State,
    purpose: Purpose,
    params: impl FnOnce(String) -> C,
) -> Vec<Effect> {
    let call = params(state.tenant.clone()).into();
    vec![Effect::Call(state.ticket(purpose), call)]
}

fn plan(state: &mut State) -> Vec<Effect> {
    let Some(row) = state.control() else { return Vec::new() };
    let control = row.id.clone();
    state.say(Tone::Plain, format!("Planning the fix of {control}; nothing is changed by that."));
    call(state, Purpose::Plan, |tenant| PlanFix { tenant, control })
}

fn test_channel(state: &mut State) -> Vec<Effect> {
    let Some(channel) = settings::selected_channel(state) else { return Vec::new() };
    state.say(Tone::Plain, format!("Sending a test to {channel}."));
    call(state, Purpose::Test, |tenant| TestChannel { tenant, channel })
}

fn verify(state: &mut State) -> Vec<Effect> {
    state.say(Tone::Plain, "Checking the whole chain.");
    call(state, Purpose::Verify, |tenant| VerifyJournal { tenant })
}

/// The journal as a whole is exported as it is stored; any other list as it is shown.
fn export(state: &mut State) -> Vec<Effect> {
    let screen = state.screen;
    let whole = screen == ScreenId::Audit && state.audit.filter.is_empty();
    let what = match fetch::list_call(state, screen, None) {
        _ if whole => Export::Journal,
        Some(call) => Export::Rows(call),
        None => {
            state.say(Tone::Warn, "There is no list to export here; y copies.");
            return Vec::new();
        }
    };
    let stamp = state.now.wall.format("%Y%m%dT%H%M%SZ");
    let path = format!("trueconfig-{}-{stamp}.jsonl", screen.name().to_lowercase());
    state.say(Tone::Plain, format!("Writing {path} in the current folder."));
    vec![Effect::Export(path.into(), what)]
}

fn mark(state: &mut State) {
    if let Some(pane) = state.pane_mut(state.screen) {
        pane.toggle_mark();
        scroll::go(state, Move::Down);
    }
}

/// One confirmation for all that is marked; approvals have no such thing.
fn reject(state: &State) -> Option<Dialog> {
    let pane = if state.screen == ScreenId::History { &state.history } else { &state.approvals };
    match pane.marked_rows().as_slice() {
        [] => possible::remediation_row(state).map(confirm::reject),
        rows => confirm::reject_all(rows),
    }
}

fn acknowledge(state: &State) -> Option<Dialog> {
    match state.drift.marked_rows().as_slice() {
        [] => state.drift.detail.as_ref().map(|(_, row)| confirm::acknowledge(row)),
        rows => confirm::acknowledge_all(rows),
    }
}

/// What a picked option leads to.
pub fn picked(state: &mut State, what: Picked) -> Vec<Effect> {
    match what {
        Picked::Tenant(name) => return vec![Effect::Tenant(name)],
        Picked::Theme(palette) => state.look.palette = palette,
        Picked::Mode(control, mode) => {
            let row = control.as_ref().and_then(|id| state.controls.rows.iter().find(|row| row.id == *id));
            let dialog = confirm::mode(Act::Mode(control.clone(), mode), row, mode);
            state.overlay = Some(Overlay::Dialog(dialog));
        }
    }
    Vec::new()
}

fn reload(state: &mut State) -> Vec<Effect> {
    if matches!(state.link, Link::Lost { .. }) {
        state.say(Tone::Plain, "Trying to connect.");
        return vec![Effect::Reconnect];
    }
    if let Some(pane) = state.pane_mut(state.screen) {
        pane.mark_stale();
    }
    Vec::new()
}

fn top(state: &mut State) {
    scroll::go(state, Move::Top);
    if state.screen == ScreenId::Audit && state.audit_newer {
        state.audit.mark_stale();
    }
}

fn narrow(state: &mut State) {
    if let Some(pane) = state.pane_mut(state.screen) {
        let on = !pane.narrowed();
        pane.narrow(on);
    }
}

/// On the controls, what waits is on another screen.
fn only_waiting(state: &mut State) {
    match state.screen {
        ScreenId::Controls => {
            enter(state, ScreenId::Approvals);
            state.approvals.narrow(true);
        }
        ScreenId::Audit => state.say(Tone::Warn, "Nothing in the journal waits for anyone."),
        _ => narrow(state),
    }
}

fn order(state: &mut State) {
    let (order, words) = match state.order {
        Order::Urgency => (Order::Category, "by category"),
        Order::Category => (Order::Id, "by id"),
        Order::Id => (Order::Urgency, "failing and most severe first"),
    };
    state.order = order;
    state.controls.stale = true;
    state.say(Tone::Plain, format!("Order: {words}."));
}

fn columns(state: &mut State) {
    let (columns, words) = match state.look.diff.columns {
        Columns::ByWidth => (Columns::One, "old and new one after the other"),
        Columns::One => (Columns::ByWidth, "old and new beside each other, where there is room"),
    };
    state.look.diff.columns = columns;
    state.say(Tone::Plain, format!("Differences: {words}."));
}

fn fold(state: &mut State) {
    state.look.diff.kept = match state.look.diff.kept {
        Kept::Folded => Kept::Shown,
        Kept::Shown => Kept::Folded,
    };
}

fn remediation(state: &mut State) {
    let Some(id) = state.control().and_then(|row| row.remediation.clone()) else { return };
    jump::forget(state);
    show(state, ScreenId::Approvals, id.to_string());
}

fn kill(state: &State) -> Option<Dialog> {
    let status = state.status.as_ref()?;
    Some(match &status.killed {
        Some(killed) => confirm::resume(killed),
        None => confirm::kill(status),
    })
}

/// The other position of a switch.
pub fn other(on: bool) -> Switch {
    if on { Switch::Off } else { Switch::On }
}
