//! What each action does.

use super::act::{Act, Switch};
use super::dialog::{Choose, Dialog, ModeOption, Pick, PickFor, TargetOption};
use super::event::{Effect, Purpose};
use super::help::Help;
use super::jump::{self, Direction};
use super::pane::Browse;
use super::place::{Focus, ScreenId};
use super::prompt::{self, Kind};
use super::scroll::{self, Move};
use super::{Link, Order, Overlay, State, possible};
use crate::keys::Action;
use crate::look::Tone;
use crate::screens::{confirm, copy, settings};
use trueconfig_common::interface::audit::VerifyJournal;
use trueconfig_common::interface::remediations::PlanFix;
use trueconfig_common::interface::scan::StartScan;
use trueconfig_common::mode::Mode;
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
        Action::Remediation => remediation(state),
        asking => ask(state, asking),
    }
}

/// Actions that first ask.
fn ask(state: &mut State, action: Action) {
    let dialog = match action {
        Action::Kill => kill(state),
        Action::Mode => mode(state),
        Action::DefaultMode => Some(default_mode(state)),
        Action::Release => state.control().map(confirm::release),
        Action::Approve => return with_plan(state, "approve", confirm::approve),
        Action::RollBack => return with_plan(state, "roll back", confirm::roll_back),
        Action::Targets => return with_plan(state, "choose targets", targets),
        Action::Reject => possible::remediation_row(state).map(confirm::reject),
        Action::Withdraw => possible::remediation_row(state).map(confirm::withdraw),
        Action::Close => possible::remediation_row(state).map(confirm::close),
        Action::Acknowledge => state.drift.detail.as_ref().map(|(_, row)| confirm::acknowledge(row)),
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

fn verify(state: &mut State) -> Vec<Effect> {
    state.say(Tone::Plain, "Checking the whole chain.");
    call(state, Purpose::Verify, |tenant| VerifyJournal { tenant })
}

fn export(state: &mut State) -> Vec<Effect> {
    let stamp = state.now.wall.format("%Y%m%dT%H%M%SZ");
    let path = format!("trueconfig-audit-{stamp}.jsonl");
    state.say(Tone::Plain, format!("Writing the audit log to {path} in the current folder."));
    vec![Effect::Export(path.into())]
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

fn mode(state: &State) -> Option<Dialog> {
    let row = state.control()?;
    let detail = state.controls.detail_of(row.id.as_str());
    let (highest, never_auto) =
        detail.map_or((Mode::Auto, false), |detail| (detail.highest_mode, detail.never_auto));
    let refused = |mode: Mode| match mode {
        Mode::Auto if never_auto => "never automatic (R62)".to_owned(),
        mode if mode > highest => format!("the baseline allows {highest} at most"),
        _ => String::new(),
    };
    let mut options = modes(refused);
    if row.overridden {
        options.push(ModeOption {
            mode: None,
            label: "default".to_owned(),
            explanation: "take the override away; the tenant's default counts again".to_owned(),
            refused: String::new(),
        });
    }
    let selected = options.iter().position(|option| option.mode == Some(row.mode)).unwrap_or_default();
    let title = format!("Mode of {} {}", row.id, row.title);
    Some(Dialog::Pick(Pick { title, purpose: PickFor::Mode(Some(row.id.clone())), options, selected }))
}

fn default_mode(state: &State) -> Dialog {
    let refused = |mode: Mode| match mode {
        Mode::Auto => "auto is set per control only (D21)".to_owned(),
        _ => String::new(),
    };
    let options = modes(refused);
    let now = state.settings_read.as_ref().map(|settings| settings.default_mode);
    let selected = options.iter().position(|option| option.mode == now).unwrap_or_default();
    let title = "Default mode of the tenant".to_owned();
    Dialog::Pick(Pick { title, purpose: PickFor::Mode(None), options, selected })
}

fn modes(refused: impl Fn(Mode) -> String) -> Vec<ModeOption> {
    let option = |mode: Mode, explanation: &str| ModeOption {
        mode: Some(mode),
        label: mode.to_string(),
        explanation: explanation.to_owned(),
        refused: refused(mode),
    };
    vec![
        option(Mode::Advisory, "guidance only, nothing is written; recommended for the first 30-60 days"),
        option(Mode::Manual, "recommended: a plan is prepared and waits for an approver"),
        option(Mode::Auto, "runs by itself if all five gates pass; for low risk, after 30+ days in manual"),
    ]
}

/// The confirmation that follows a picked mode.
pub fn picked(state: &State, purpose: &PickFor, mode: Option<Mode>) -> Dialog {
    let PickFor::Mode(control) = purpose;
    let row = control.as_ref().and_then(|id| state.controls.rows.iter().find(|row| row.id == *id));
    confirm::mode(Act::Mode(control.clone(), mode), row, mode)
}

fn targets(detail: &RemediationDetail) -> Dialog {
    let options = detail
        .choices
        .iter()
        .map(|choice| TargetOption {
            id: trueconfig_common::id::ObjectId::new(choice.target.id.clone()),
            name: choice.target.name.as_str().to_owned(),
            chosen: choice.chosen,
            refused: choice.refused.clone(),
        })
        .collect();
    Dialog::Choose(Choose {
        id: detail.row.id.clone(),
        title: format!("Targets of {}", detail.row.id),
        options,
        selected: 0,
        complaint: String::new(),
        sent: None,
    })
}

/// The other position of a switch.
pub fn other(on: bool) -> Switch {
    if on { Switch::Off } else { Switch::On }
}
