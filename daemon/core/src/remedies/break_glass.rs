//! PA-03: keep policies away from break-glass accounts that could not meet them.

use super::{Draft, NoFix, Subject};
use crate::change::{Change, PolicyExclusion};
use crate::checks::rules::{BreakGlassGap, break_glass_gaps};
use crate::snapshot::ConditionalAccessPolicy;
use trueconfig_common::verdict::Verdict;

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let gaps = break_glass_gaps(&subject.context)?;
    if gaps.is_empty() {
        return NoFix::because(
            "no policy stands in the way: accounts are missing, made or put right by hand",
        );
    }
    let policies = subject.judged.snapshot.conditional_access_policies.rows()?;
    let changes = gaps.iter().filter_map(|gap| exclusion(gap, policies)).collect();
    let mut draft = Draft::passing(changes);
    draft.expected = expected(subject, &draft);
    Ok(vec![draft])
}

fn exclusion(gap: &BreakGlassGap, policies: &[ConditionalAccessPolicy]) -> Option<Change> {
    let policy = policies.iter().find(|one| one.id == gap.policy)?;
    let accounts: Vec<String> = gap.accounts.iter().map(ToString::to_string).collect();
    let id = policy.id.to_string();
    Some(Change::ExcludeFromPolicy(PolicyExclusion::new(&id, &gap.policy_name, &policy.raw, &accounts)))
}

/// What the control says once the policies are as planned: accounts may be missing all the same.
fn expected(subject: &Subject<'_>, draft: &Draft) -> Verdict {
    let mut snapshot = crate::snapshot::Snapshot::clone(&subject.judged.snapshot);
    let Ok(policies) = subject.judged.snapshot.conditional_access_policies.rows() else {
        return Verdict::Fail;
    };
    let mut policies = policies.to_vec();
    for change in &draft.changes {
        let Change::ExcludeFromPolicy(exclusion) = change else { continue };
        let planned = policies.iter_mut().find(|one| one.id.to_string() == exclusion.policy);
        let Some(planned) = planned else { continue };
        let mut raw = planned.raw.clone();
        raw["conditions"] = exclusion.after.clone();
        match serde_json::from_value(raw) {
            Ok(policy) => *planned = policy,
            Err(_) => return Verdict::Fail,
        }
    }
    snapshot.conditional_access_policies = crate::snapshot::Family::complete(policies);
    let now = subject.situation.now;
    let evaluation =
        crate::evaluate::evaluate(&snapshot, subject.situation.baseline, subject.situation.tenant, now);
    evaluation.judgement(&subject.control.id).map_or(Verdict::Fail, |one| one.verdict)
}
