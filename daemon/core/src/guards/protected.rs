//! Break-glass accounts and our own principal are never touched (D13), but by the control that exists for the
//! former (D17).

use super::{Guarded, block, unread};
use crate::snapshot::Id;
use std::collections::BTreeSet;
use trueconfig_common::change::Target;
use trueconfig_common::guard::{Guard, GuardResult};

/// The control that is about break-glass accounts (D17).
const ABOUT_BREAK_GLASS: &str = "PA-03";

pub(super) fn look(guarded: &Guarded<'_>) -> GuardResult {
    let Some(tenant) = &guarded.tenant else { return unread(Guard::Protected, guarded) };
    let exempt = guarded.plan.control.as_str() == ABOUT_BREAK_GLASS;
    // Where users were not read, nobody knows whom a mark means: then it may be this one.
    let marked = |id: &Id| !exempt && tenant.is_break_glass(id).unwrap_or(true);
    let is_protected = |target: &&Target| {
        let id = Id::new(&target.id);
        tenant.is_own(&id) || marked(&id)
    };
    let touched = guarded.targets().filter(is_protected);
    let reasons: BTreeSet<String> =
        touched.map(|target| format!("{} is protected: no fix touches it", target.name)).collect();
    block(Guard::Protected, reasons.into_iter().collect(), "it touches no protected account")
}
