//! Approve, withdraw, reject, close (R24-R31).

use super::proof::Gated;
use super::{Approver, SUPPRESSION, Situation, completion, find, quorum, refuse, window};
use crate::baseline::Quorum;
use crate::gates;
use crate::guards::{self, Guarded};
use crate::journal::event::Event;
use crate::state::{Approval, Assent, Remediation, State};
use trueconfig_common::gate::{Gate, GateResult};
use trueconfig_common::id::{PlanDigest, RemediationId};
use trueconfig_common::interface::CallError;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::RemediationState;
use trueconfig_common::window::Window;

/// An approval as it was given.
pub(super) struct Given {
    pub id: RemediationId,
    pub digest: PlanDigest,
    pub note: Personal,
    pub acknowledge: Vec<Gate>,
    pub approver: Approver,
    pub window: Option<Window>,
}

/// Approves a plan by its digest. The gates run again, and every one that fails must be
/// acknowledged (D4). Nothing begins before as many agreed as the operator wants.
pub(super) fn approve(
    state: &State,
    given: Given,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    let Given { id, digest, note, acknowledge, approver, window } = given;
    let remediation = find(state, &id)?;
    let limit = window::with(remediation.window(), window.as_ref());
    let at = limit.as_ref().map_or(situation.now, |limit| limit.from.max(situation.now));
    let results = gates::run_for(state, &remediation.plan, situation, at);
    let quorum = quorum_of(&remediation, situation);
    let refused = refusal(state, &remediation, &results, situation)
        .or_else(|| quorum::refusal(&remediation, &approver, &quorum))
        .or_else(|| window::refusal(&remediation, window.as_ref(), situation));
    if let Some(reason) = refused {
        return refuse(reason);
    }
    if digest != remediation.digest {
        let now = remediation.digest.short();
        return refuse(format!("the plan changed since you read it, its digest is now {now}: read it again"));
    }
    let failed = gates::failed(&results);
    let unknown: Vec<&str> =
        failed.iter().filter(|gate| !acknowledge.contains(gate)).map(|gate| gate.as_str()).collect();
    if !unknown.is_empty() {
        let gates = unknown.join(", ");
        return refuse(format!("these gates fail and must be acknowledged: {gates}"));
    }
    let needed = note_needed(&Guarded::new(state, &remediation.plan, situation, at));
    if let Some(needed) = needed.filter(|_| note.as_str().trim().is_empty()) {
        return Err(CallError::Invalid { message: format!("a note is needed: {needed}") });
    }
    let approval = Approval {
        actor: approver.actor,
        at: situation.now,
        digest,
        note,
        acknowledged: failed,
        assent: Assent::Person { groups: approver.groups },
        window,
    };
    Ok(agreed(&remediation, approval, results, &quorum))
}

/// What follows from one more approval.
fn agreed(
    remediation: &Remediation,
    approval: Approval,
    gates: Vec<GateResult>,
    quorum: &Quorum<'_>,
) -> Vec<Event> {
    let approvals: Vec<Approval> = remediation.approvals.iter().cloned().chain([approval.clone()]).collect();
    let missing = quorum::missing(&approvals, quorum).is_some();
    let limit = window::with(remediation.window(), approval.window.as_ref());
    let open = limit.is_some_and(|limit| limit.holds_at(approval.at));
    let id = remediation.id.clone();
    let Approval { digest, note, acknowledged, assent, window, .. } = approval;
    if missing {
        return vec![Event::ApprovalGiven { id, digest, note, gates, acknowledged, assent, window }];
    }
    let opened = open.then(|| Event::WindowOpened { id: id.clone() });
    let approved = Event::RemediationApproved { id, digest, note, gates, acknowledged, assent, window };
    [approved].into_iter().chain(opened).collect()
}

/// What an approver's note must say, in words; none if it needs not be.
pub fn note_needed(guarded: &Guarded<'_>) -> Option<&'static str> {
    let completes = guarded.plan().completes().then_some(completion::WHAT_THE_NOTE_SAYS);
    completes.or_else(|| guards::note_needed(guarded))
}

/// What a plan needs, as the operator has it now.
pub fn quorum_of<'a>(remediation: &Remediation, situation: &Situation<'a>) -> Quorum<'a> {
    situation.tenant.approval.quorum(remediation.plan.blast_radius())
}

/// Why nobody can approve it now, in words; none if someone can.
pub fn refusal(
    state: &State,
    remediation: &Remediation,
    gates: &[GateResult],
    situation: &Situation<'_>,
) -> Option<String> {
    let id = &remediation.id;
    if remediation.state != RemediationState::PendingApproval {
        return Some(format!("{id} is {}, it does not wait for approval", remediation.state));
    }
    if !state.settings.auto_remediation_enabled {
        return Some("remediation is off for the tenant".to_owned());
    }
    if remediation.expires_at.is_some_and(|until| situation.now >= until) {
        return Some(format!("{id} was to be approved within 7 days and has expired"));
    }
    let blocked = Gated::new(gates.to_vec()).err()?;
    Some(format!("{id} cannot be approved: {blocked}"))
}

/// Takes every approval back, until execution begins.
pub(super) fn withdraw(state: &State, id: RemediationId, note: Personal) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    match remediation.state {
        RemediationState::Approved => Ok(vec![Event::ApprovalWithdrawn { id, note }]),
        RemediationState::PendingApproval if !remediation.approvals.is_empty() => {
            Ok(vec![Event::ApprovalWithdrawn { id, note }])
        }
        state => refuse(format!("{id} is {state}: only an approval not yet begun can be withdrawn")),
    }
}

/// Rejects a plan; its targets are left alone for a while (D16).
pub(super) fn reject(
    state: &State,
    id: RemediationId,
    note: Personal,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    if remediation.state != RemediationState::PendingApproval {
        return refuse(format!("{id} is {}, it does not wait for approval", remediation.state));
    }
    let suppressed_until = situation.now + SUPPRESSION;
    Ok(vec![Event::RemediationRejected { id, note, suppressed_until }])
}

/// Closes what waits for a person (T8).
pub(super) fn close(state: &State, id: RemediationId, note: Personal) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    if !remediation.needs_person() {
        return refuse(format!("{id} is {}, there is nothing to close", remediation.state));
    }
    if note.as_str().trim().is_empty() {
        let message = "a note is needed: what you found and what you did by hand".to_owned();
        return Err(CallError::Invalid { message });
    }
    Ok(vec![Event::RemediationClosed { id, note }])
}
