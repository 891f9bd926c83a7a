//! The baseline in force, and what the offered one would change, as shown.

use crate::baseline::{Baseline, Change};
use crate::evaluate::{Evaluation, evaluate};
use crate::lifecycle::Situation;
use crate::state::State;
use std::collections::{BTreeMap, BTreeSet};
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::baseline::{BaselineChange, BaselineStatus};

/// How the baselines stand to each other. Judges the last snapshot by the offered one, which takes as long as it takes.
pub fn baseline(state: &State, situation: &Situation<'_>, offered: &Baseline) -> BaselineStatus {
    let in_force = situation.baseline;
    let taken = state.accepted.baseline.as_ref();
    BaselineStatus {
        level: in_force.level.get(),
        version: in_force.version.clone(),
        digest: in_force.digest.clone(),
        taken_at: taken.map(|taken| taken.at),
        taken_by: taken.map(|taken| taken.by.clone()).unwrap_or_default(),
        offered_version: offered.version.clone(),
        offered_digest: offered.digest.clone(),
        changes: if in_force.digest == offered.digest { Vec::new() } else { changes(situation, offered) },
    }
}

fn changes(situation: &Situation<'_>, offered: &Baseline) -> Vec<BaselineChange> {
    let then =
        situation.judged.map(|last| evaluate(&last.snapshot, offered, situation.tenant, situation.now));
    let mut changes: BTreeMap<ControlId, (Change, BTreeSet<String>)> = situation.baseline.changes(offered);
    for control in flipping(situation, then.as_ref()) {
        changes.entry(control).or_insert((Change::Changed, BTreeSet::new()));
    }
    let title = |id: &ControlId| {
        let member = offered.member(id).or_else(|| situation.baseline.member(id));
        member.map(|member| member.control.title.clone()).unwrap_or_default()
    };
    let verdict = |id: &ControlId| Some(then.as_ref()?.judgement(id)?.verdict);
    let shown = changes.into_iter().map(|(control, (change, keys))| BaselineChange {
        title: title(&control),
        change: word(change).to_owned(),
        keys: keys.into_iter().collect(),
        verdict: situation.verdict(&control),
        offered_verdict: verdict(&control),
        control,
    });
    shown.collect()
}

/// Controls that would say something else, by themselves or through what they depend on.
fn flipping(situation: &Situation<'_>, then: Option<&Evaluation>) -> Vec<ControlId> {
    let judged = then.into_iter().flat_map(|then| &then.judgements);
    let flips = judged.filter(|one| situation.verdict(&one.control).is_some_and(|now| now != one.verdict));
    flips.map(|one| one.control.clone()).collect()
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Changed => "changed",
    }
}
