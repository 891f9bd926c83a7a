//! Remediations as shown.

use super::query::{self, Columns};
use crate::gates;
use crate::guards::{self, Guarded};
use crate::lifecycle::{Approver, Situation, approval, quorum, rollback};
use crate::remedies;
use crate::state::{Approval, Remediation, State};
use std::collections::BTreeSet;
use trueconfig_common::gate::GateResult;
use trueconfig_common::id::{ObjectId, RemediationId};
use trueconfig_common::interface::remediations::{Approve, Rollback};
use trueconfig_common::interface::{CallError, ListQuery, Method, Page};
use trueconfig_common::remediation::{
    Agreed, Agreement, Choice, RemediationDetail, RemediationRow, RemediationState,
};
use trueconfig_common::role::Role;

/// Targets named in a summary.
const NAMED: usize = 3;

/// Remediations, the newest first.
///
/// # Errors
/// If the query makes no sense.
pub fn remediations(
    state: &State,
    situation: &Situation<'_>,
    query: &ListQuery,
) -> Result<Page<RemediationRow>, CallError> {
    let rows = state.remediations.values().rev().map(|one| row(one, situation)).collect();
    query::page(rows, query)
}

/// The row of one remediation.
pub fn row(remediation: &Remediation, situation: &Situation<'_>) -> RemediationRow {
    let control = &remediation.plan.control;
    let changed = remediation.timeline.last().map_or(remediation.created_at, |moment| moment.at);
    RemediationRow {
        id: remediation.id.clone(),
        control: control.clone(),
        title: situation.control(control).map_or_else(String::new, |found| found.title.clone()),
        state: remediation.state,
        summary: summary(remediation),
        blast_radius: remediation.plan.blast_radius(),
        reversibility: remediation.plan.reversibility(),
        created_at: remediation.created_at,
        expires_at: remediation.expires_at.unwrap_or(remediation.created_at),
        window: remediation.window(),
        rollback_until: remediation.rollback_until,
        changed_at: changed,
    }
}

fn summary(remediation: &Remediation) -> String {
    let changes = &remediation.plan.changes;
    let what: BTreeSet<&str> = changes.iter().map(|change| change.view.summary.as_str()).collect();
    let names: Vec<&str> =
        changes.iter().flat_map(|change| &change.view.targets).map(|target| target.name.as_str()).collect();
    let more = names.len().saturating_sub(NAMED);
    let named = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let what = what.into_iter().collect::<Vec<_>>().join("; ");
    match more {
        0 => format!("{what}: {named}"),
        more => format!("{what}: {named} and {more} more"),
    }
}

/// Everything about one remediation, as this person sees it.
///
/// # Errors
/// [`CallError::NotFound`] if there is none of this id.
pub fn remediation(
    state: &State,
    situation: &Situation<'_>,
    id: &RemediationId,
    viewer: &Approver,
    role: Role,
) -> Result<RemediationDetail, CallError> {
    let Some(one) = state.remediation(id) else {
        return Err(CallError::NotFound {
            kind: "remediation".to_owned(),
            id: id.to_string(),
            help: "list them with `trueconfig history`".to_owned(),
        });
    };
    let pending = one.state.is_pending();
    let at = one.window().map_or(situation.now, |window| window.from.max(situation.now));
    let guarded = Guarded::new(state, &one.plan, situation, at);
    let gates = if pending { gates::run_for(state, &one.plan, situation, at) } else { one.gates.clone() };
    let approve_refused = approve_refused(state, one, &gates, (viewer, role), situation);
    Ok(RemediationDetail {
        row: row(one, situation),
        digest: one.digest.clone(),
        reason: one.plan.reason.clone(),
        mode: one.plan.mode,
        expected: one.plan.expected,
        parent: one.plan.parent.clone(),
        changes: one.plan.changes.iter().map(|change| change.view.clone()).collect(),
        steps: one.steps.clone(),
        guards: if pending || one.state == RemediationState::Blocked {
            guards::run(&guarded)
        } else {
            Vec::new()
        },
        to_acknowledge: gates::failed(&gates),
        note_needed: approval::note_needed(&guarded).unwrap_or_default().to_owned(),
        gates,
        choices: match one.state {
            RemediationState::PendingApproval => choices(state, one, situation),
            _ => Vec::new(),
        },
        timeline: one.timeline.clone(),
        differences: one.differences.clone(),
        approve_refused,
        agreement: agreement(one, situation),
        rollback_refused: rollback_refused(state, one, role, situation),
    })
}

fn agreement(remediation: &Remediation, situation: &Situation<'_>) -> Agreement {
    let quorum = approval::quorum_of(remediation, situation);
    let given = |one: &Approval| Agreed {
        actor: one.actor.clone(),
        at: one.at,
        note: one.note.clone(),
        window: one.window.clone(),
    };
    Agreement {
        people: quorum.people,
        groups: quorum.groups.to_vec(),
        given: remediation.approvals.iter().map(given).collect(),
        missing: quorum::missing(&remediation.approvals, &quorum).unwrap_or_default(),
    }
}

fn choices(state: &State, remediation: &Remediation, situation: &Situation<'_>) -> Vec<Choice> {
    let control = &remediation.plan.control;
    let planned: Vec<ObjectId> = remediation.plan.targets().collect();
    let taken = state.taken(control, Some(&remediation.id));
    remedies::choices(control, &planned, &taken, situation)
}

fn approve_refused(
    state: &State,
    remediation: &Remediation,
    gates: &[GateResult],
    (viewer, role): (&Approver, Role),
    situation: &Situation<'_>,
) -> String {
    let quorum = approval::quorum_of(remediation, situation);
    let refused = approval::refusal(state, remediation, gates, situation)
        .or_else(|| quorum::refusal(remediation, viewer, &quorum));
    match refused {
        Some(reason) => reason,
        None if role < Approve::ROLE => {
            format!("approving needs the role {}, you are {role}", Approve::ROLE)
        }
        None => String::new(),
    }
}

fn rollback_refused(
    state: &State,
    remediation: &Remediation,
    role: Role,
    situation: &Situation<'_>,
) -> String {
    match rollback::refusal(state, remediation, situation.now) {
        Some(reason) => reason,
        None if role < Rollback::ROLE => {
            format!("rolling back needs the role {}, you are {role}", Rollback::ROLE)
        }
        None => String::new(),
    }
}

impl Columns for RemediationRow {
    const KEYS: &'static [&'static str] = &["state", "control", "open", "id", "created"];

    fn column(&self, key: &str) -> String {
        match key {
            "state" => self.state.to_string(),
            "control" => self.control.to_string(),
            "open" => self.state.is_open().to_string(),
            "created" => self.created_at.to_rfc3339(),
            _ => self.id.to_string(),
        }
    }

    fn text(&self) -> String {
        format!("{} {} {} {} {}", self.id, self.control, self.title, self.state, self.summary)
    }
}
