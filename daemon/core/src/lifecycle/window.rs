//! Windows of approvals: a plan approved for a time waits for it, and runs at no other.
//!
//! Where several must approve, what all of them allow counts. A window lies within the time in which the plan may
//! be approved at all (R31), so that no old plan runs. When one ends and execution had not begun, the approvals
//! are taken back and the plan waits for people once more, as long as R31 lets it. An undo needs no window.

use super::Situation;
use super::execution::alert;
use crate::guards;
use crate::journal::event::Event;
use crate::state::{Remediation, State};
use chrono::{DateTime, Utc};
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::RemediationState;
use trueconfig_common::window::{Tz, Window};

/// Why an approval cannot be for this window, or for none, in words.
pub(super) fn refusal(
    remediation: &Remediation,
    wanted: Option<&Window>,
    situation: &Situation<'_>,
) -> Option<String> {
    let own = |wanted| nonsense(remediation, wanted).or_else(|| guards::refusal(situation.tenant, wanted));
    if let Some(reason) = wanted.and_then(own) {
        return Some(reason);
    }
    let given = remediation.window();
    let both = with(given.clone(), wanted)?;
    match (given, both) {
        (Some(given), both) if both.is_empty() => {
            Some(format!("that has no time in common with the window of an earlier approval, {given}"))
        }
        (_, both) if both.until <= situation.now => Some(format!("the window {both} is over")),
        _ => None,
    }
}

fn nonsense(remediation: &Remediation, wanted: &Window) -> Option<String> {
    if wanted.zone.parse::<Tz>().is_err() {
        return Some("the window is in no time zone that is known".to_owned());
    }
    if wanted.is_empty() {
        return Some(format!("the window {wanted} ends before it begins"));
    }
    let expires = remediation.expires_at.filter(|until| wanted.until > *until)?;
    Some(format!(
        "the window {wanted} ends after the plan expires ({}): choose an earlier one, or plan anew nearer to it",
        expires.format("%Y-%m-%d %H:%M UTC")
    ))
}

/// What a window and one more allow; none if neither limits anything.
pub(super) fn with(given: Option<Window>, more: Option<&Window>) -> Option<Window> {
    match (given, more) {
        (Some(given), Some(more)) => Some(given.and(more)),
        (given, more) => given.or_else(|| more.cloned()),
    }
}

/// Opens windows whose time has come, and takes back approvals whose window went by.
pub(super) fn tick(state: &State, now: DateTime<Utc>) -> Vec<Event> {
    let limited = state.open().filter_map(|one| Some((one, one.window()?)));
    let waiting = limited.filter(|(one, _)| one.state.is_pending());
    waiting.flat_map(|(one, window)| due(one, &window, now)).collect()
}

fn due(remediation: &Remediation, window: &Window, now: DateTime<Utc>) -> Vec<Event> {
    let approved = remediation.state == RemediationState::Approved;
    if remediation.expires_at.is_some_and(|until| now >= until) {
        return Vec::new();
    }
    if now < window.until {
        let opens = approved && !remediation.window_open && window.holds_at(now);
        return if opens { vec![Event::WindowOpened { id: remediation.id.clone() }] } else { Vec::new() };
    }
    let reason = format!("its window {window} went by before it began");
    let note = Personal::new(reason.as_str());
    let withdrawn = Event::ApprovalWithdrawn { id: remediation.id.clone(), note };
    match approved {
        true => vec![withdrawn, alert(remediation, "not_executed", &reason)],
        false => vec![withdrawn],
    }
}
