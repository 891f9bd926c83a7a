//! Would break-glass accounts, two other administrators and our own principal still get in afterwards?

use super::{Guarded, locked_out, pass, unread};
use crate::lockout::{OTHERS, Proof, prove};
use trueconfig_common::guard::{Guard, GuardResult};

pub(super) fn look(guarded: &Guarded<'_>) -> GuardResult {
    let Some(tenant) = &guarded.tenant else { return unread(Guard::LockOut, guarded) };
    match prove(tenant, &guarded.requests()) {
        Proof::LockedOut(who) => locked_out(*who),
        Proof::NotConcerned => pass(Guard::LockOut, "it is not about who can sign in"),
        Proof::Safe { break_glass } => pass(
            Guard::LockOut,
            format!("{break_glass} break-glass accounts and {OTHERS} other administrators still get in"),
        ),
    }
}
