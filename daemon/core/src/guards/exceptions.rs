//! Objects excepted from the control are left alone, whenever that was said (D23).

use super::{Guarded, block, unread};
use crate::snapshot::Id;
use trueconfig_common::guard::{Guard, GuardResult};

pub(super) fn look(guarded: &Guarded<'_>) -> GuardResult {
    let Some(tenant) = &guarded.tenant else { return unread(Guard::Exceptions, guarded) };
    let control = &guarded.plan.control;
    let excepted = tenant.exceptions(control);
    let is_excepted = |id: &Id| {
        let user = || tenant.user(id).ok().flatten().is_some_and(|user| excepted.has_user(user));
        !excepted.is_empty() && (excepted.has(id) || user())
    };
    let touched = guarded.targets().filter(|target| is_excepted(&Id::new(&target.id)));
    let reasons = touched.map(|target| format!("{} is excepted from {control}", target.name)).collect();
    block(Guard::Exceptions, reasons, "it touches nothing that is excepted")
}
