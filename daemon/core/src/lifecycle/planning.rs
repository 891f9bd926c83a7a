//! From a finding to plans, and from a plan to what happens with it (R5, R9, D16).

use super::decision::{Decision, decide, mode_in_force};
use super::sequence::Sequence;
use super::{APPROVAL_WINDOW, Situation, completion, find, refuse};
use crate::gates;
use crate::journal::event::Event;
use crate::plan::{CHANGE_LIMIT, Plan, PlannedChange};
use crate::remedies::{self, Draft, NoFix};
use crate::state::{Assent, State};
use std::collections::BTreeSet;
use trueconfig_common::id::{ControlId, ObjectId, RemediationId};
use trueconfig_common::interface::CallError;
use trueconfig_common::mode::Mode;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::RemediationState;
use trueconfig_common::verdict::Verdict;

/// Plans what a finished scan calls for: nothing in advisory mode (R18, R73).
pub(super) fn after_scan(sequence: &mut Sequence, situation: &Situation<'_>) -> Result<(), CallError> {
    let controls: Vec<ControlId> =
        situation.baseline.members.iter().map(|one| one.control.id.clone()).collect();
    for control in controls {
        if mode_in_force(sequence.state(), &control, situation) == Mode::Advisory {
            continue;
        }
        let taken = sequence.state().taken(&control, None);
        let Ok(plans) = plans(sequence.state(), &control, &[], &taken, situation) else { continue };
        for plan in plans {
            let Some(plan) = without_occupied(sequence.state(), plan, situation) else { continue };
            let events = announce(sequence.state(), plan, None, situation)?;
            sequence.extend(events)?;
        }
    }
    Ok(())
}

/// Plans one control's fix because a person asked. A rejection does not stand in the way here.
pub(super) fn on_demand(
    state: &State,
    control: &ControlId,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    if mode_in_force(state, control, situation) == Mode::Advisory {
        return refuse(format!(
            "{control} is in advisory mode or remediation is off: `trueconfig show {control}` has the steps by hand"
        ));
    }
    let waiting = |one: &&std::sync::Arc<crate::state::Remediation>| one.plan.control == *control;
    if state.open().any(|one| waiting(&one)) {
        return Ok(Vec::new());
    }
    if let Some(id) = changed_since_scan(state, control) {
        return refuse(format!("{id} changed it since the last scan: scan first, then plan"));
    }
    let plans = match plans(state, control, &[], &BTreeSet::new(), situation) {
        Ok(plans) => plans,
        Err(NoFix(reason)) => return refuse(format!("no fix can be planned for {control}: {reason}")),
    };
    let mut sequence = Sequence::new(state, situation.now);
    for plan in plans {
        let events = announce(sequence.state(), plan, None, situation)?;
        sequence.extend(events)?;
    }
    Ok(sequence.into_events())
}

/// The remediation whose writes the last snapshot does not show yet; planning would look at the past.
fn changed_since_scan(state: &State, control: &ControlId) -> Option<RemediationId> {
    let scanned = state.history.last_scan.as_ref()?.started_at;
    let wrote = |one: &&std::sync::Arc<crate::state::Remediation>| {
        let last = one.timeline.last().map(|moment| moment.at);
        one.plan.control == *control && one.executed_at.is_some() && last.is_some_and(|at| at > scanned)
    };
    state.remediations.values().find(wrote).map(|one| one.id.clone())
}

/// Makes a plan with other targets, in place of one that waits (D13).
pub(super) fn choose(
    state: &State,
    id: &RemediationId,
    targets: Vec<ObjectId>,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    let old = find(state, id)?;
    if old.state != RemediationState::PendingApproval {
        return refuse(format!("{id} is {}: targets are chosen while it waits for approval", old.state));
    }
    let taken = state.taken(&old.plan.control, Some(id));
    let choices = remedies::choices(&old.plan.control, &[], &taken, situation);
    if choices.is_empty() {
        return refuse(format!(
            "the targets of {} follow from the finding, there is no choice",
            old.plan.control
        ));
    }
    for target in &targets {
        match choices.iter().find(|choice| choice.target.id == target.as_str()) {
            None => return refuse(format!("{target} is not among the possible targets")),
            Some(choice) if !choice.refused.is_empty() => {
                return refuse(format!("{target} cannot be chosen: {}", choice.refused));
            }
            Some(_) => {}
        }
    }
    let mut plans = match plans(state, &old.plan.control, &targets, &taken, situation) {
        Ok(plans) => plans,
        Err(NoFix(reason)) => return refuse(reason),
    };
    let (Some(plan), true) = (plans.pop(), plans.is_empty()) else {
        return refuse("these targets do not make one plan");
    };
    let reason = "other targets were chosen".to_owned();
    let superseded = Event::RemediationSuperseded { id: id.clone(), reason, differences: Vec::new() };
    let announced = announce(state, plan, Some(id.clone()), situation)?;
    Ok([vec![superseded], announced].concat())
}

/// Plans that are still wanted stay; those overtaken by the last scan are ended (D16, D20).
pub(super) fn reconsider(sequence: &mut Sequence, situation: &Situation<'_>) -> Result<(), CallError> {
    let waiting: Vec<_> = sequence
        .state()
        .open()
        .filter(|one| one.state == RemediationState::PendingApproval || one.waits_for_window())
        .cloned()
        .collect();
    for old in waiting {
        let id = old.id.clone();
        let taken = sequence.state().taken(&old.plan.control, Some(&id));
        match plans(sequence.state(), &old.plan.control, &old.plan.chosen, &taken, situation) {
            Err(NoFix(reason)) if is_decided(&old.plan.control, situation) => {
                let reason = format!("no longer wanted: {reason}");
                sequence.push(Event::RemediationCancelled { id, reason })?;
            }
            Ok(new) if !new.iter().any(|plan| still_holds(&old.plan, plan)) => {
                let reason = "the tenant changed since it was planned".to_owned();
                sequence.push(Event::RemediationSuperseded { id, reason, differences: Vec::new() })?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// An unreadable control takes no plan back: that it could not be read says nothing (T5).
fn is_decided(control: &ControlId, situation: &Situation<'_>) -> bool {
    situation.verdict(control).is_some_and(|verdict| verdict != Verdict::Error)
}

/// Whether all that an old plan does is still called for.
fn still_holds(old: &Plan, new: &Plan) -> bool {
    let called_for =
        |one: &PlannedChange| new.changes.iter().any(|other| other.change.aim() == one.change.aim());
    old.changes.iter().all(called_for)
}

/// The plans that would fix a control now.
fn plans(
    state: &State,
    control: &ControlId,
    chosen: &[ObjectId],
    taken: &BTreeSet<ObjectId>,
    situation: &Situation<'_>,
) -> Result<Vec<Plan>, NoFix> {
    let drafts = remedies::draft(control, chosen, taken, situation)?;
    let judged = situation.judged.ok_or_else(|| NoFix("there was no scan yet".to_owned()))?;
    let reason = situation.judgement(control).map_or_else(String::new, |one| one.actual.clone());
    let high_impact = situation.control(control).is_some_and(|one| one.high_impact);
    let plan = |draft: Draft| Plan {
        control: control.clone(),
        created_at: situation.now,
        snapshot: judged.id.clone(),
        baseline: situation.baseline.digest.clone(),
        mode: state.settings.chosen_mode(control),
        reason: in_words(&[&reason, &draft.note]),
        expected: if draft.changes.len() > CHANGE_LIMIT { Verdict::Fail } else { draft.expected },
        changes: draft.changes.into_iter().take(CHANGE_LIMIT).map(PlannedChange::from).collect(),
        parent: parent(state, &draft.continues),
        high_impact,
        chosen: chosen.to_vec(),
    };
    let too_early =
        |plan: &Plan| plan.completes().then(|| completion::refusal(state, plan, situation.now)).flatten();
    let (early, plans): (Vec<Plan>, Vec<Plan>) =
        drafts.into_iter().map(plan).partition(|plan| too_early(plan).is_some());
    match early.first().filter(|_| plans.is_empty()).and_then(too_early) {
        Some(reason) => Err(NoFix(reason)),
        None => Ok(plans),
    }
}

fn in_words(parts: &[&String]) -> String {
    let said: Vec<&str> = parts.iter().map(|part| part.as_str()).filter(|part| !part.is_empty()).collect();
    said.join("; ")
}

/// The remediation that made the object which a second step goes on with (D18).
fn parent(state: &State, continues: &Option<ObjectId>) -> Option<RemediationId> {
    let object = continues.as_ref()?;
    let made = |act: &trueconfig_common::remediation::Act| match act {
        trueconfig_common::remediation::Act::Done { produced, .. } => {
            produced.as_deref() == Some(object.as_str())
        }
        _ => false,
    };
    let first = state.remediations.values().find(|one| one.steps.iter().any(|step| made(&step.forward)))?;
    Some(first.id.clone())
}

/// Takes out changes whose targets another open remediation has, or that were rejected lately.
fn without_occupied(state: &State, mut plan: Plan, situation: &Situation<'_>) -> Option<Plan> {
    let occupied = state.taken(&plan.control, None);
    let planned = plan.changes.len();
    let control = plan.control.clone();
    plan.changes.retain(|change| {
        change.view.targets.iter().map(|target| ObjectId::new(target.id.clone())).all(|target| {
            !occupied.contains(&target) && !state.is_suppressed(&control, &target, situation.now)
        })
    });
    if plan.changes.len() < planned {
        plan.expected = Verdict::Fail;
    }
    (!plan.changes.is_empty()).then_some(plan)
}

/// A plan with its gates, and what follows from them (R8, R9).
pub(crate) fn announce(
    state: &State,
    plan: Plan,
    replaces: Option<RemediationId>,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    let digest = plan.digest().map_err(|error| CallError::Failed { reason: error.to_string() })?;
    // What runs by itself waits for the next change window; people are told how it stands now.
    let window = match mode_in_force(state, &plan.control, situation) {
        Mode::Auto => situation.tenant.next_change_window(situation.now),
        Mode::Advisory | Mode::Manual => None,
    };
    let at = window.as_ref().map_or(situation.now, |window| window.from.max(situation.now));
    let gates = gates::run_for(state, &plan, situation, at);
    let decision = decide(state, &plan.control, &gates, situation);
    let id = state.next_id();
    let planned = Event::RemediationPlanned {
        id: id.clone(),
        digest: digest.clone(),
        plan: Box::new(plan),
        gates: gates.clone(),
        replaces,
    };
    let next = match decision {
        Decision::Ask => Event::ApprovalRequested { id, expires_at: situation.now + APPROVAL_WINDOW },
        Decision::Automatic => {
            let note = Personal::new("auto mode, all five gates passed");
            let (acknowledged, assent) = (Vec::new(), Assent::Automatic);
            Event::RemediationApproved { id, digest, note, gates, acknowledged, assent, window }
        }
        Decision::Block => {
            let reasons = gates
                .into_iter()
                .filter(|gate| gate.outcome == trueconfig_common::gate::GateOutcome::Blocked)
                .flat_map(|gate| gate.reasons)
                .collect();
            Event::RemediationBlocked { id, reasons }
        }
    };
    Ok(vec![planned, next])
}
