//! GOV-01, GOV-02, EXT-26: disable accounts that have not signed in for long. Synchronised accounts are mastered
//! elsewhere, and whoever holds a directory role is left to people.

use super::{Draft, NoFix, Subject};
use crate::baseline::check::Check;
use crate::change::{Change, UserDisabling};
use crate::checks::rules::{Silence, stale_users};
use crate::plan::CHANGE_LIMIT;
use crate::snapshot::User;
use trueconfig_common::personal::Personal;
use trueconfig_common::verdict::Verdict;

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let Check::Rule(rule) = subject.control.check else {
        return NoFix::because("its check names no accounts");
    };
    let silence = Silence::of(rule, &subject.parameters).map_err(NoFix)?;
    let found = stale_users(&subject.context, &subject.exceptions, &silence)?;
    let all = found.stale.len();
    let mut users: Vec<&User> = Vec::new();
    for stale in found.stale {
        if !stale.synchronised && !stale.holds_role? {
            users.push(stale.user);
        }
    }
    if users.is_empty() {
        return NoFix::because("all of them are synchronised or hold a directory role: look at each by hand");
    }
    let kept = all - users.len().min(CHANGE_LIMIT);
    let changes = users.into_iter().take(CHANGE_LIMIT).map(disabling).collect();
    if kept == 0 {
        return Ok(vec![Draft::passing(changes)]);
    }
    let note = format!("{kept} more stay as they are: synchronised, with a directory role, or next time");
    Ok(vec![Draft { changes, expected: Verdict::Fail, continues: None, note }])
}

fn disabling(user: &User) -> Change {
    let name = if user.display_name.is_empty() { &user.user_principal_name } else { &user.display_name };
    Change::DisableUser(UserDisabling { user: user.id.to_string(), name: Personal::new(&**name) })
}
