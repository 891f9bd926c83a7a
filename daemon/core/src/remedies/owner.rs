//! APP-01: assign the configured owner to app registrations that have none.

use super::{Draft, NoFix, Subject};
use crate::baseline::check::Check;
use crate::change::{Change, OwnerAssignment};
use crate::checks::each::offenders;
use crate::checks::privileged;
use crate::plan::CHANGE_LIMIT;
use crate::snapshot::{Application, Id};
use trueconfig_common::personal::Personal;
use trueconfig_common::verdict::Verdict;

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let Check::Each(check) = &subject.control.check else {
        return NoFix::because("its check names no family");
    };
    let Some(owner) = subject.text("owner") else {
        return NoFix::because(
            "no owner is configured: set `owner` in `[tenant.parameters.APP-01]` to an object id",
        );
    };
    let privileged_owner = may_own_everything(subject, owner)?;
    let applications = subject.judged.snapshot.applications.rows()?;
    let found = offenders(&subject.context, check, &subject.parameters, &subject.exceptions)?;
    let all = found.len();
    let orphans = applications.iter().filter(|one| found.iter().any(|orphan| orphan.object == one.id));
    let assignable: Vec<&Application> =
        orphans.filter(|one| privileged_owner || !one.asks_for_tier_zero()).take(CHANGE_LIMIT).collect();
    if assignable.is_empty() {
        return NoFix::because(
            "all of them ask for privileged permissions and the configured owner is not privileged",
        );
    }
    let kept = all - assignable.len();
    let changes = assignable.into_iter().map(|one| assignment(one, owner)).collect();
    if kept == 0 {
        return Ok(vec![Draft::passing(changes)]);
    }
    let note = format!("{kept} more stay without owner: they ask for privileged permissions, or next time");
    Ok(vec![Draft { changes, expected: Verdict::Fail, continues: None, note }])
}

/// Whether the owner is an enabled account, and privileged: an owner can act as the application.
fn may_own_everything(subject: &Subject<'_>, owner: &str) -> Result<bool, NoFix> {
    let id = Id::new(owner);
    let Some(user) = subject.context.user(&id)? else {
        return NoFix::because(format!("the configured owner {owner} is no account of this tenant"));
    };
    if user.account_enabled != Some(true) {
        return NoFix::because(format!("the configured owner {owner} is disabled"));
    }
    for role in privileged::HIGHLY_PRIVILEGED {
        if subject.context.holders(&Id::new(role))?.iter().any(|holder| holder.principal == id) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn assignment(application: &Application, owner: &str) -> Change {
    Change::AssignOwner(OwnerAssignment {
        application: application.id.to_string(),
        name: Personal::new(application.display_name.clone()),
        owner: owner.to_owned(),
    })
}
