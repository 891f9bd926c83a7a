//! The last two Global Administrators who can sign in stay.

use super::{Guarded, block, unread};
use crate::lockout::global_administrators;
use trueconfig_common::guard::{Guard, GuardResult};

/// So many must be left.
const FEWEST: usize = 2;

pub(super) fn look(guarded: &Guarded<'_>) -> GuardResult {
    let Some(tenant) = &guarded.tenant else {
        return unread(Guard::LastAdministrators, guarded);
    };
    let (before, after) = match global_administrators(tenant, &guarded.requests()) {
        Ok(counts) => counts,
        Err(unknown) => return block(Guard::LastAdministrators, vec![unknown], ""),
    };
    let lost = after < before && after < FEWEST;
    let reason = || format!("{after} Global Administrators who can sign in would be left, {FEWEST} must");
    let reasons = lost.then(reason).into_iter().collect();
    block(Guard::LastAdministrators, reasons, "no Global Administrator goes who must stay")
}
