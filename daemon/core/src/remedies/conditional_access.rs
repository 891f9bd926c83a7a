//! CA-01, CA-02, ID-02: make the policy report-only, enable it in a second approved step (D18).

use super::{Draft, NoFix, Subject};
use crate::baseline::Remedy;
use crate::baseline::check::{Check, PolicyCheck};
use crate::change::{Change, ConditionsChange, PolicyCreation, PolicyStateChange};
use crate::checks::policy::{Outcome, assess, assess_all, conditions_once_enabled, policy_body};
use crate::snapshot::{ConditionalAccessPolicy, Id, PolicyState};
use chrono::TimeDelta;
use trueconfig_common::id::ObjectId;
use trueconfig_common::personal::Personal;
use trueconfig_common::verdict::Verdict;

/// Whether a remedy goes on where a report-only policy is the only cause (T5).
pub(super) fn serves(remedy: &Remedy) -> bool {
    matches!(remedy, Remedy::ConditionalAccessPolicy { .. })
}

pub(super) fn draft(subject: &Subject<'_>, display_name: &str) -> Result<Vec<Draft>, NoFix> {
    let Check::Policy(check) = &subject.control.check else {
        return NoFix::because("its check names no policy");
    };
    match assess_all(&subject.context, check, &subject.exceptions)?.outcome {
        Outcome::Met => NoFix::because("an enabled policy meets it"),
        Outcome::NotMet => match unreported(subject, check, display_name)? {
            Some(policy) => enabling(subject, check, &[policy]),
            None => creation(subject, check, display_name),
        },
        Outcome::Doubtful(cause) => Err(cause.into()),
        Outcome::ReportOnly(policies) => enabling(subject, check, &policies),
    }
}

fn creation(subject: &Subject<'_>, check: &PolicyCheck, display_name: &str) -> Result<Vec<Draft>, NoFix> {
    if subject.context.break_glass_ids()?.is_empty() {
        return NoFix::because(
            "no break-glass accounts are configured: a new policy could lock everybody out",
        );
    }
    let mut changes = Vec::new();
    for (number, requirement) in check.requirements.iter().enumerate() {
        if assess(&subject.context, requirement, &subject.exceptions)?.outcome == Outcome::NotMet {
            let part =
                if check.requirements.len() > 1 { format!(", part {}", number + 1) } else { String::new() };
            let purpose = format!("{display_name}{part}");
            // The name tells our policy from all others after a crash, whoever made them.
            let display_name =
                format!("{purpose} (TrueConfig {})", subject.judged.id.get(..8).unwrap_or_default());
            let Some(content) =
                policy_body(&subject.context, requirement, &subject.parameters, &display_name)?
            else {
                return NoFix::because(
                    "the policy needs what only your organisation knows: set the parameters of this control",
                );
            };
            let blast_radius = subject.control.blast_radius;
            changes.push(Change::CreatePolicy(PolicyCreation {
                purpose,
                display_name,
                content,
                blast_radius,
            }));
        }
    }
    let reported = changes.iter().all(is_report_only);
    let (expected, note) = if reported {
        let note = "step 1 of 2: report-only, nobody's sign-in changes; enabling is approved separately";
        (Verdict::Warning, note)
    } else {
        let note = "step 1 of 2: disabled, for report-only does not evaluate user actions: there will be no impact \
                    data; enabling is approved separately";
        (Verdict::Fail, note)
    };
    Ok(vec![Draft { changes, expected, continues: None, note: note.to_owned() }])
}

/// A disabled policy of ours that lacks nothing but its state: the first step of a fix that has no
/// report-only, because that does not evaluate user actions.
fn unreported(subject: &Subject<'_>, check: &PolicyCheck, display_name: &str) -> Result<Option<Id>, NoFix> {
    let near_miss = assess_all(&subject.context, check, &subject.exceptions)?.near_miss;
    let Some(near_miss) = near_miss.filter(|near| near.field == "state") else { return Ok(None) };
    let policies = subject.judged.snapshot.conditional_access_policies.rows()?;
    let ours = |policy: &&ConditionalAccessPolicy| {
        policy.state == PolicyState::Disabled
            && policy.id.to_string() == near_miss.object
            && policy.display_name.starts_with(display_name)
            && policy.display_name.contains("(TrueConfig ")
    };
    Ok(policies.iter().find(ours).map(|policy| policy.id.clone()))
}

fn enabling(subject: &Subject<'_>, check: &PolicyCheck, waiting: &[Id]) -> Result<Vec<Draft>, NoFix> {
    if subject.judged.snapshot.security_defaults.single()?.is_enabled != Some(false) {
        return NoFix::because(
            "security defaults are on: no policy can be enabled beside them, choose one by hand",
        );
    }
    let policies = subject.judged.snapshot.conditional_access_policies.rows()?;
    let found: Vec<&ConditionalAccessPolicy> =
        policies.iter().filter(|one| waiting.contains(&one.id)).collect();
    for policy in found.iter().filter(|one| one.state == PolicyState::ReportOnly) {
        soaked(subject, policy)?;
    }
    let reported = found.iter().all(|one| one.state == PolicyState::ReportOnly);
    let continues = found.first().map(|one| ObjectId::new(one.id.to_string()));
    let changes = found.into_iter().map(|policy| enable(subject, check, policy)).collect();
    let note = if reported {
        "step 2 of 2; who would have been blocked while it was report-only: no data".to_owned()
    } else {
        "step 2 of 2; there is no impact data: report-only does not evaluate user actions".to_owned()
    };
    Ok(vec![Draft { changes, expected: Verdict::Pass, continues, note }])
}

fn is_report_only(change: &Change) -> bool {
    matches!(change, Change::CreatePolicy(creation) if creation.content["state"] != "disabled")
}

/// Step 2 opens after a soak: people see in the sign-in log whom the policy would block.
fn soaked(subject: &Subject<'_>, policy: &ConditionalAccessPolicy) -> Result<(), NoFix> {
    let days = i64::from(subject.situation.tenant.soak_days());
    let Some(since) = policy.modified_date_time.or(policy.created_date_time) else {
        return NoFix::because("when the report-only policy was made is not known: enable it by hand");
    };
    let open = since + TimeDelta::days(days);
    match subject.situation.now >= open {
        true => Ok(()),
        false => NoFix::because(format!(
            "the report-only policy soaks for {days} days, until {}",
            open.format("%Y-%m-%d %H:%M UTC")
        )),
    }
}

fn enable(subject: &Subject<'_>, check: &PolicyCheck, policy: &ConditionalAccessPolicy) -> Change {
    let once_enabled = check.requirements.iter().find_map(|one| conditions_once_enabled(policy, one));
    Change::SetPolicyState(PolicyStateChange {
        policy: policy.id.to_string(),
        name: Personal::new(policy.display_name.clone()),
        from: policy.state.as_str().to_owned(),
        to: "enabled".to_owned(),
        blast_radius: subject.control.blast_radius,
        conditions: once_enabled.map(|after| ConditionsChange::new(&policy.raw, after)),
    })
}

#[cfg(test)]
mod tests;
