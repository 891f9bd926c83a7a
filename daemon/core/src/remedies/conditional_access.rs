//! CA-01, CA-02, ID-02: make the policy report-only, enable it in a second approved step (D18).

use super::{Draft, NoFix, Subject};
use crate::baseline::Remedy;
use crate::baseline::check::{Check, PolicyCheck};
use crate::change::{Change, PolicyCreation, PolicyStateChange};
use crate::checks::policy::{Outcome, assess, assess_all, policy_body};
use crate::snapshot::{ConditionalAccessPolicy, Id};
use chrono::{DateTime, TimeDelta, Utc};
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
        Outcome::NotMet => creation(subject, check, display_name),
        Outcome::Doubtful(cause) => Err(cause.into()),
        Outcome::ReportOnly(policies) => enabling(subject, &policies),
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
    let note =
        "step 1 of 2: report-only, nobody's sign-in changes; enabling is approved separately".to_owned();
    Ok(vec![Draft { changes, expected: Verdict::Warning, continues: None, note }])
}

fn enabling(subject: &Subject<'_>, report_only: &[Id]) -> Result<Vec<Draft>, NoFix> {
    if subject.judged.snapshot.security_defaults.single()?.is_enabled != Some(false) {
        return NoFix::because(
            "security defaults are on: no policy can be enabled beside them, choose one by hand",
        );
    }
    let policies = subject.judged.snapshot.conditional_access_policies.rows()?;
    let found: Vec<&ConditionalAccessPolicy> =
        policies.iter().filter(|one| report_only.contains(&one.id)).collect();
    for policy in &found {
        soaked(subject, policy)?;
    }
    let continues = found.first().map(|one| ObjectId::new(one.id.to_string()));
    let changes = found.into_iter().map(|policy| enable(subject, policy)).collect();
    let note = "step 2 of 2; who would have been blocked while it was report-only: no data".to_owned();
    Ok(vec![Draft { changes, expected: Verdict::Pass, continues, note }])
}

/// Step 2 opens after a soak: people see in the sign-in log whom the policy would block.
fn soaked(subject: &Subject<'_>, policy: &ConditionalAccessPolicy) -> Result<(), NoFix> {
    let days = i64::from(subject.situation.tenant.soak_days());
    let moment = |field: &str| policy.raw.get(field)?.as_str()?.parse::<DateTime<Utc>>().ok();
    let Some(since) = moment("modifiedDateTime").or_else(|| moment("createdDateTime")) else {
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

fn enable(subject: &Subject<'_>, policy: &ConditionalAccessPolicy) -> Change {
    Change::SetPolicyState(PolicyStateChange {
        policy: policy.id.to_string(),
        name: Personal::new(policy.display_name.clone()),
        from: "enabledForReportingButNotEnforced".to_owned(),
        to: "enabled".to_owned(),
        blast_radius: subject.control.blast_radius,
    })
}
