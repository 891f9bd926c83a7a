//! Whether changes are allowed at the time: outside of freezes, and in a change window where there are any. A
//! freeze wins over a window.

use super::{Guarded, ask};
use crate::baseline::TenantConfig;
use chrono::{DateTime, Utc};
use trueconfig_common::guard::{Guard, GuardResult};
use trueconfig_common::window::Window;

pub(super) fn look(guarded: &Guarded<'_>) -> GuardResult {
    let (tenant, at) = (guarded.situation.tenant, guarded.at);
    let mut reasons: Vec<String> =
        tenant.freezes.iter().filter(|freeze| freeze.holds_at(at)).map(ToString::to_string).collect();
    reasons.extend(outside(tenant, at));
    ask(Guard::ChangeTimes, reasons, "changes are allowed at this time")
}

/// Why a moment is in no change window; none if it is in one, or there are none.
fn outside(tenant: &TenantConfig, at: DateTime<Utc>) -> Option<String> {
    if tenant.change_windows.is_empty() {
        return None;
    }
    let next = tenant.next_change_window(at);
    if next.as_ref().is_some_and(|window| window.holds_at(at)) {
        return None;
    }
    let next =
        next.map_or_else(|| "there is none in the next weeks".to_owned(), |one| format!("the next is {one}"));
    Some(format!("it is outside of the change windows: {next}"))
}

/// Why a window that somebody wants is not to be had, in words: deny wins.
pub(crate) fn refusal(tenant: &TenantConfig, wanted: &Window) -> Option<String> {
    let freeze = tenant.freezes.iter().find(|freeze| freeze.meets(wanted))?;
    Some(format!("the window {wanted} meets a freeze: {freeze}; choose another one"))
}
