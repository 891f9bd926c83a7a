//! What is possible now, and why the rest is not. This is courtesy: the daemon checks everything
//! again, whatever is offered here (invariant: the client holds no authority).

use super::pane::Browse;
use super::place::{Focus, ScreenId};
use super::{Link, State, jump};
use crate::keys::Action;
use crate::screens::settings;
use trueconfig_common::interface::Method;
use trueconfig_common::interface::alerts::TestChannel;
use trueconfig_common::interface::drift::AcknowledgeDrift;
use trueconfig_common::interface::remediations::{
    Approve, ChooseTargets, CloseRemediation, PlanFix, Reject, Rollback, Withdraw,
};
use trueconfig_common::interface::scan::StartScan;
use trueconfig_common::interface::settings::{
    Kill, RecordBreakGlassTest, ReleaseHold, Resume, SetAutoRollback, SetMode, SetRemediation,
};
use trueconfig_common::remediation::{RemediationRow, RemediationState};
use trueconfig_common::role::Role;

/// Whether an action makes sense now.
///
/// # Errors
/// Why it does not, in a sentence for the person.
pub fn check(state: &State, action: Action) -> Result<(), String> {
    if let Some(role) = role_needed(state, action) {
        writable(state)?;
        permitted(state, role)?;
    }
    match action {
        Action::Open if state.screen == ScreenId::Settings || state.screen == ScreenId::Overview => Ok(()),
        Action::Open | Action::Copy | Action::Mark => selected(state),
        Action::TestChannel => settings::selected_channel(state)
            .map(|_| ())
            .ok_or_else(|| "Select a channel of alerts first.".to_owned()),
        Action::Tenants => tenants(state),
        Action::Plan => plan(state),
        Action::Mode => state.control().map(|_| ()).ok_or_else(nothing_selected),
        Action::Release => held(state),
        Action::Remediation => open_remediation(state),
        Action::Approve if state.pane(state.screen).is_some_and(|pane| pane.marks() > 0) => {
            Err("Plans are approved one by one; esc takes the marks away.".to_owned())
        }
        Action::Reject if marked(state, state.screen) => Ok(()),
        Action::Acknowledge if marked(state, ScreenId::Drift) => Ok(()),
        Action::Approve | Action::Reject | Action::Targets => in_state(state, |state| {
            matches!(state, RemediationState::Planned | RemediationState::PendingApproval)
        }),
        Action::Withdraw => withdraw(state),
        Action::RollBack => in_state(state, RemediationState::may_roll_back),
        Action::Close => in_state(state, RemediationState::needs_person),
        Action::Acknowledge => acknowledge(state),
        Action::Back => back(state),
        Action::Follow | Action::NextLink | Action::PreviousLink => jump::check(state),
        _ => Ok(()),
    }?;
    detail_refusal(state, action)
}

/// The least role for an action that changes something; none for looking.
fn role_needed(state: &State, action: Action) -> Option<Role> {
    let killed = state.status.as_ref().is_some_and(|status| status.killed.is_some());
    Some(match action {
        Action::Scan => StartScan::ROLE,
        Action::Plan => PlanFix::ROLE,
        Action::Mode | Action::DefaultMode => SetMode::ROLE,
        Action::Release => ReleaseHold::ROLE,
        Action::Approve => Approve::ROLE,
        Action::Reject => Reject::ROLE,
        Action::Targets => ChooseTargets::ROLE,
        Action::Withdraw => Withdraw::ROLE,
        Action::RollBack => Rollback::ROLE,
        Action::Close => CloseRemediation::ROLE,
        Action::Acknowledge => AcknowledgeDrift::ROLE,
        Action::Enable => SetRemediation::ROLE,
        Action::AutoRollback => SetAutoRollback::ROLE,
        Action::BreakGlass => RecordBreakGlassTest::ROLE,
        Action::TestChannel => TestChannel::ROLE,
        Action::Kill if killed => Resume::ROLE,
        Action::Kill => Kill::ROLE,
        _ => return None,
    })
}

fn writable(state: &State) -> Result<(), String> {
    match state.link {
        Link::Lost { .. } => {
            Err("The link to the daemon is lost: nothing can be changed until it is back.".to_owned())
        }
        Link::Connecting | Link::Up => {
            state.read_only.as_deref().map_or(Ok(()), |version| Err(other(version)))
        }
    }
}

/// What to say of a daemon whose interface is another revision of ours.
pub fn other(version: &str) -> String {
    format!("Read only: trueconfigd is {version}; to make changes install the same version.")
}

fn permitted(state: &State, needed: Role) -> Result<(), String> {
    match &state.status {
        Some(status) if status.you.role < needed => {
            Err(format!("This needs the role {needed}; you are {}.", status.you.role))
        }
        _ => Ok(()),
    }
}

fn nothing_selected() -> String {
    "Nothing is selected.".to_owned()
}

fn selected(state: &State) -> Result<(), String> {
    let Some(pane) = state.pane(state.screen) else { return Err(nothing_selected()) };
    match pane.selected_key() {
        Some(_) => Ok(()),
        None if pane.is_first_read() => Err("The list is still being read.".to_owned()),
        None => Err(nothing_selected()),
    }
}

fn marked(state: &State, screen: ScreenId) -> bool {
    state.place().focus == Focus::List && state.pane(screen).is_some_and(|pane| pane.marks() > 0)
}

fn tenants(state: &State) -> Result<(), String> {
    match state.status.as_ref().map(|status| status.tenants.len()) {
        None => Err("Waiting for the daemon.".to_owned()),
        Some(0 | 1) => Err("This daemon serves one tenant.".to_owned()),
        Some(_) => Ok(()),
    }
}

fn plan(state: &State) -> Result<(), String> {
    use trueconfig_common::verdict::Verdict;
    let row = state.control().ok_or_else(nothing_selected)?;
    match row.verdict {
        Some(Verdict::Fail | Verdict::Warning) => Ok(()),
        Some(verdict) => Err(format!("{} is {verdict}: there is nothing to fix.", row.id)),
        None => Err("There was no scan yet.".to_owned()),
    }
}

fn held(state: &State) -> Result<(), String> {
    let row = state.control().ok_or_else(nothing_selected)?;
    if row.held.is_empty() { Err(format!("{} is not held.", row.id)) } else { Ok(()) }
}

fn open_remediation(state: &State) -> Result<(), String> {
    let row = state.control().ok_or_else(nothing_selected)?;
    match row.remediation {
        Some(_) => Ok(()),
        None => Err(format!("{} has no open remediation.", row.id)),
    }
}

fn in_state(state: &State, suits: impl Fn(RemediationState) -> bool) -> Result<(), String> {
    let row = remediation_row(state).ok_or_else(nothing_selected)?;
    if suits(row.state) { Ok(()) } else { Err(format!("{} is {}: this does not apply.", row.id, row.state)) }
}

/// An approval can be taken back while others are awaited, and until execution begins.
fn withdraw(state: &State) -> Result<(), String> {
    let given = state.remediation().is_some_and(|detail| !detail.agreement.given.is_empty());
    in_state(state, |at| at == RemediationState::Approved || at == RemediationState::PendingApproval && given)
}

/// The remediation selected or opened, as a row.
pub fn remediation_row(state: &State) -> Option<&RemediationRow> {
    let pane = match state.screen {
        ScreenId::Approvals => &state.approvals,
        ScreenId::History => &state.history,
        _ => return None,
    };
    match &pane.open {
        Some(key) => pane.detail_of(key).map(|detail| &detail.row),
        None => pane.row(),
    }
}

/// What the daemon says about this very remediation, where it was read.
fn detail_refusal(state: &State, action: Action) -> Result<(), String> {
    let Some(detail) = state.remediation() else { return Ok(()) };
    let refusal = match action {
        Action::Approve => &detail.approve_refused,
        Action::RollBack => &detail.rollback_refused,
        Action::Targets if detail.choices.is_empty() => {
            return Err("This plan leaves no choice of targets.".to_owned());
        }
        _ => return Ok(()),
    };
    if refusal.is_empty() { Ok(()) } else { Err(refusal.clone()) }
}

fn acknowledge(state: &State) -> Result<(), String> {
    let key = state.drift.open.clone().or_else(|| state.drift.selected_key()).ok_or_else(nothing_selected)?;
    match state.drift.detail_of(&key) {
        Some(row) if row.acknowledged.is_some() => Err("It is acknowledged already.".to_owned()),
        Some(_) => Ok(()),
        None => Err(nothing_selected()),
    }
}

fn back(state: &State) -> Result<(), String> {
    if !state.trail.is_empty() {
        return Ok(());
    }
    let Some(pane) = state.pane(state.screen) else { return Err("This is a main screen.".to_owned()) };
    let narrowed = !pane.filter().is_empty() || pane.narrowed() || pane.marks() > 0;
    let anywhere = state.place().focus == Focus::Detail || narrowed;
    if anywhere { Ok(()) } else { Err("This is a main screen; q leaves.".to_owned()) }
}
