//! One remediation and the moves it can make (T8).

use super::IllegalEvent;
use crate::journal::event::{Entry, Event, ExecutionOutcome, RollbackOutcome};
use crate::lifecycle::APPROVAL_WINDOW;
use crate::plan::Plan;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use trueconfig_common::gate::{Gate, GateResult};
use trueconfig_common::id::{PlanDigest, RemediationId};
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::{
    Act, Actor, CallRecord, Difference, Direction, RemediationState, StepView, Transition,
};
use trueconfig_common::verdict::Verdict;
use trueconfig_common::window::Window;

/// One plan's life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remediation {
    /// Its id.
    pub id: RemediationId,
    /// What is to be done.
    pub plan: Plan,
    /// The plan's digest.
    pub digest: PlanDigest,
    /// Where it stands.
    pub state: RemediationState,
    /// The gates as last run.
    pub gates: Vec<GateResult>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// Until when it may be approved.
    pub expires_at: Option<DateTime<Utc>>,
    /// The approvals in force, the oldest first; one person's each.
    pub approvals: Vec<Approval>,
    /// Whether the window it was approved for has begun.
    #[serde(default)]
    pub window_open: bool,
    /// Progress, one per change.
    pub steps: Vec<StepView>,
    /// Steps whose result must be removed before they are tried again.
    pub orphans: Vec<usize>,
    /// When its writes ended.
    pub executed_at: Option<DateTime<Utc>>,
    /// Until when it may be rolled back.
    pub rollback_until: Option<DateTime<Utc>>,
    /// The last differences found.
    pub differences: Vec<Difference>,
    /// What the next scan said.
    pub scan_verdict: Option<Verdict>,
    /// Whether a person closed it.
    pub closed: bool,
    /// Its life so far.
    pub timeline: Vec<Transition>,
}

/// An approval: by a person, or by the auto decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// Of which digest.
    pub digest: PlanDigest,
    /// Their note.
    pub note: Personal,
    /// The failed gates they acknowledged.
    pub acknowledged: Vec<Gate>,
    /// Whom it counts for.
    pub assent: Assent,
    /// When it may run; none where any time is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// Whom an approval counts for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Assent {
    /// The auto decision: the mode and all five gates allowed it (R38).
    Automatic,
    /// One person.
    Person {
        /// The groups of approvers they belonged to then.
        groups: Vec<String>,
    },
}

impl Assent {
    /// Whether it is the word of somebody of this group.
    pub fn is_of(&self, group: &str) -> bool {
        matches!(self, Self::Person { groups } if groups.iter().any(|one| one == group))
    }
}

/// The moves of T8; everything else is refused.
pub fn is_legal(from: RemediationState, to: RemediationState) -> bool {
    use RemediationState as S;
    match from {
        S::Planned => {
            matches!(to, S::PendingApproval | S::Approved | S::Blocked | S::Cancelled | S::Superseded)
        }
        S::PendingApproval => {
            matches!(to, S::Approved | S::Rejected | S::Expired | S::Cancelled | S::Superseded | S::Blocked)
        }
        S::Approved => {
            matches!(
                to,
                S::PendingApproval | S::Executing | S::Cancelled | S::Superseded | S::Expired | S::Blocked
            )
        }
        S::Executing => matches!(to, S::Executed | S::Partial | S::Failed | S::NeedsOperator),
        S::Executed => matches!(to, S::Verifying),
        S::Verifying => matches!(to, S::Verified | S::VerificationFailed),
        S::Verified | S::VerificationFailed | S::Partial => matches!(to, S::RollingBack),
        S::RollingBack => matches!(to, S::RolledBack | S::RollbackFailed | S::Partial),
        S::RolledBack
        | S::RollbackFailed
        | S::Rejected
        | S::Expired
        | S::Cancelled
        | S::Superseded
        | S::Blocked
        | S::Failed
        | S::NeedsOperator => false,
    }
}

impl Remediation {
    pub(super) fn planned(
        entry: &Entry,
        id: &RemediationId,
        digest: &PlanDigest,
        plan: &Plan,
        gates: &[GateResult],
        replaces: Option<&RemediationId>,
    ) -> Self {
        let note = replaces.map_or_else(String::new, |old| format!("in place of {old}"));
        Self {
            id: id.clone(),
            plan: plan.clone(),
            digest: digest.clone(),
            state: RemediationState::Planned,
            gates: gates.to_vec(),
            created_at: entry.time,
            expires_at: None,
            approvals: Vec::new(),
            window_open: false,
            steps: vec![StepView::default(); plan.changes.len()],
            orphans: Vec::new(),
            executed_at: None,
            rollback_until: None,
            differences: Vec::new(),
            scan_verdict: None,
            closed: false,
            timeline: vec![Transition {
                at: entry.time,
                state: RemediationState::Planned,
                actor: entry.actor.clone(),
                note: Personal::new(note),
                seq: entry.seq,
            }],
        }
    }

    /// Whether a rollback is within its window: `now < executed + 24 h` (D15).
    pub fn in_rollback_window(&self, now: DateTime<Utc>) -> bool {
        self.rollback_until.is_some_and(|until| now < until)
    }

    /// When its approvals let it run; none where any time is right.
    pub fn window(&self) -> Option<Window> {
        self.approvals.iter().filter_map(|given| given.window.clone()).reduce(|one, other| one.and(&other))
    }

    /// Whether it is approved for a time that has not come yet.
    pub fn waits_for_window(&self) -> bool {
        self.state == RemediationState::Approved && !self.window_open && self.window().is_some()
    }

    /// Whether it waits for a person to close it.
    pub fn needs_person(&self) -> bool {
        self.state.needs_person() && !self.closed
    }

    /// Steps whose write took effect and was not undone, in order.
    pub fn applied(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.steps
            .iter()
            .enumerate()
            .filter(|(_, step)| {
                matches!(step.forward, Act::Done { .. }) && !matches!(step.undo, Act::Done { .. })
            })
            .map(|(index, _)| index)
    }

    pub(super) fn apply(&mut self, entry: &Entry) -> Result<(), IllegalEvent> {
        use RemediationState as S;
        match &entry.event {
            Event::ApprovalRequested { expires_at, .. } => {
                self.approvals.clear();
                self.expires_at = Some(*expires_at);
                self.go(entry, S::PendingApproval, "")
            }
            Event::ApprovalGiven { note, .. } => {
                self.only_if(entry, self.state == S::PendingApproval, "it does not wait for approval")?;
                self.agree(entry)?;
                self.stay(entry, note);
                Ok(())
            }
            Event::RemediationApproved { note, .. } => {
                self.agree(entry)?;
                self.go(entry, S::Approved, note.as_str())
            }
            Event::WindowOpened { .. } => {
                self.only_if(entry, self.waits_for_window(), "it waits for no window")?;
                self.window_open = true;
                self.stay(entry, &Personal::new("its window has begun"));
                Ok(())
            }
            Event::ApprovalWithdrawn { note, .. } => self.take_approvals_back(entry, note),
            Event::RemediationRejected { note, .. } => self.go(entry, S::Rejected, note.as_str()),
            Event::RemediationExpired { .. } => self.go(entry, S::Expired, "nobody approved it in time"),
            Event::RemediationCancelled { reason, .. } => self.go(entry, S::Cancelled, reason),
            Event::RemediationSuperseded { reason, differences, .. } => {
                self.differences.clone_from(differences);
                self.go(entry, S::Superseded, reason)
            }
            Event::RemediationBlocked { reasons, .. } => self.go(entry, S::Blocked, &reasons.join("; ")),
            Event::ExecutionStarted { gates, .. } => {
                self.gates.clone_from(gates);
                self.go(entry, S::Executing, "")
            }
            Event::ExecutionFinished { outcome, reason, rollback_until, .. } => {
                self.executed_at = Some(entry.time);
                self.rollback_until = *rollback_until;
                self.go(entry, outcome.state(), reason)
            }
            Event::VerificationStarted { .. } => self.go(entry, S::Verifying, ""),
            Event::VerificationPassed { .. } => self.go(entry, S::Verified, "read back as planned"),
            Event::VerificationFailed { differences, reason, .. } => {
                self.differences.clone_from(differences);
                self.go(entry, S::VerificationFailed, reason)
            }
            Event::RollbackStarted { note, .. } => {
                self.go(entry, S::RollingBack, note.as_str())?;
                self.begin_undo();
                Ok(())
            }
            Event::RollbackFinished { outcome, reason, .. } => self.go(entry, outcome.state(), reason),
            Event::RollbackRefused { differences, .. } => {
                self.only_if(entry, self.state.may_roll_back(), "there is nothing to roll back")?;
                self.differences.clone_from(differences);
                Ok(())
            }
            Event::ScanVerified { verdict, .. } => {
                self.only_if(entry, self.state == S::Verified, "a scan confirms what is verified")?;
                self.scan_verdict = Some(*verdict);
                Ok(())
            }
            Event::RemediationClosed { .. } => {
                self.only_if(entry, self.needs_person(), "nobody has to close it")?;
                self.closed = true;
                Ok(())
            }
            event => self.apply_write(entry, event),
        }
    }

    fn take_approvals_back(&mut self, entry: &Entry, note: &Personal) -> Result<(), IllegalEvent> {
        // An auto decision has no end of its own: from now on people have theirs (R31).
        self.expires_at.get_or_insert(entry.time + APPROVAL_WINDOW);
        let given = !std::mem::take(&mut self.approvals).is_empty();
        self.window_open = false;
        if self.state == RemediationState::PendingApproval && given {
            self.stay(entry, note);
            return Ok(());
        }
        self.go(entry, RemediationState::PendingApproval, note.as_str())
    }

    /// Adds an approval, with the gates as they stood then.
    fn agree(&mut self, entry: &Entry) -> Result<(), IllegalEvent> {
        let (Event::ApprovalGiven { digest, note, gates, acknowledged, assent, window, .. }
        | Event::RemediationApproved { digest, note, gates, acknowledged, assent, window, .. }) =
            &entry.event
        else {
            return Ok(());
        };
        self.only_if(entry, *digest == self.digest, "the approval names another digest")?;
        self.gates.clone_from(gates);
        self.approvals.push(Approval {
            actor: entry.actor.clone(),
            at: entry.time,
            digest: digest.clone(),
            note: note.clone(),
            acknowledged: acknowledged.clone(),
            assent: assent.clone(),
            window: window.clone(),
        });
        Ok(())
    }

    /// Something is told of it that changes where it stands not at all.
    fn stay(&mut self, entry: &Entry, note: &Personal) {
        let (at, actor, seq) = (entry.time, entry.actor.clone(), entry.seq);
        self.timeline.push(Transition { at, state: self.state, actor, note: note.clone(), seq });
    }

    fn only_if(&self, entry: &Entry, legal: bool, reason: &'static str) -> Result<(), IllegalEvent> {
        match legal {
            true => Ok(()),
            false => Err(IllegalEvent::Remediation { seq: entry.seq, id: self.id.clone(), reason }),
        }
    }

    /// What was closed is open again, and an undo that was refused is tried once more.
    fn begin_undo(&mut self) {
        self.closed = false;
        for step in &mut self.steps {
            step.undo_tries = 0;
            if matches!(step.undo, Act::Refused { .. }) {
                step.undo = Act::Idle;
            }
        }
    }

    fn go(&mut self, entry: &Entry, to: RemediationState, note: &str) -> Result<(), IllegalEvent> {
        if !is_legal(self.state, to) {
            let (seq, id, from) = (entry.seq, self.id.clone(), self.state);
            return Err(IllegalEvent::Transition { seq, id, from, to });
        }
        self.state = to;
        self.timeline.push(Transition {
            at: entry.time,
            state: to,
            actor: entry.actor.clone(),
            note: Personal::new(note),
            seq: entry.seq,
        });
        Ok(())
    }

    fn apply_write(&mut self, entry: &Entry, event: &Event) -> Result<(), IllegalEvent> {
        match event {
            Event::WriteIntended { step, direction, client_request_id, .. } => {
                let intended = Act::Intended { at: entry.time, client_request_id: client_request_id.clone() };
                self.act(entry, *step, *direction, &[], intended, &["idle"])
            }
            Event::WriteDone { step, direction, produced, calls, .. } => {
                let done = Act::Done { at: entry.time, produced: produced.clone() };
                self.act(entry, *step, *direction, calls, done, &["intended"])?;
                self.forget_orphan(*step, *direction);
                Ok(())
            }
            Event::WriteRefused { step, direction, error, calls, .. } => {
                let refused = Act::Refused { at: entry.time, error: error.clone() };
                self.act(entry, *step, *direction, calls, refused, &["intended"])
            }
            Event::WriteUnknown { step, direction, calls, .. } => {
                let client_request_id = self.client_request_id(*step, *direction).unwrap_or_default();
                let unknown = Act::Unknown { at: entry.time, client_request_id };
                self.act(entry, *step, *direction, calls, unknown, &["intended"])
            }
            Event::WriteResolved { step, direction, applied, produced, orphan, .. } => {
                let act = match applied {
                    true => Act::Done { at: entry.time, produced: produced.clone() },
                    false => Act::Idle,
                };
                // What somebody else put back already was never begun by us.
                let from: &[&str] =
                    if *applied { &["unknown", "intended", "idle"] } else { &["unknown", "intended"] };
                self.act(entry, *step, *direction, &[], act, from)?;
                match *orphan && *applied {
                    true => self.orphans.push(*step),
                    false if *applied => self.forget_orphan(*step, *direction),
                    false => {}
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What an orphaned step made is gone: the step may be tried once more, from the start.
    fn forget_orphan(&mut self, step: usize, direction: Direction) {
        if direction == Direction::Undo && self.orphans.contains(&step) {
            self.orphans.retain(|one| *one != step);
            if let Some(step) = self.steps.get_mut(step) {
                step.forward = Act::Idle;
                step.undo = Act::Idle;
            }
        }
    }

    fn client_request_id(&self, step: usize, direction: Direction) -> Option<String> {
        match self.steps.get(step)?.act(direction) {
            Act::Intended { client_request_id, .. } => Some(client_request_id.clone()),
            _ => None,
        }
    }

    fn act(
        &mut self,
        entry: &Entry,
        step: usize,
        direction: Direction,
        calls: &[CallRecord],
        act: Act,
        from: &[&str],
    ) -> Result<(), IllegalEvent> {
        let (seq, id) = (entry.seq, self.id.clone());
        if !self.writes_may_happen() {
            let reason = "no write may happen in its state";
            return Err(IllegalEvent::Step { seq, id, step, reason });
        }
        let Some(found) = self.steps.get_mut(step) else {
            return Err(IllegalEvent::Step { seq, id, step, reason: "there is no such step" });
        };
        if !from.contains(&found.act(direction).word()) {
            let reason = "its write is not at the point where this can happen";
            return Err(IllegalEvent::Step { seq, id, step, reason });
        }
        found.calls.extend_from_slice(calls);
        match (&act, direction) {
            (Act::Intended { .. }, Direction::Forward) => found.tries += 1,
            (Act::Intended { .. }, Direction::Undo) => found.undo_tries += 1,
            _ => {}
        }
        *found.act_mut(direction) = act;
        Ok(())
    }

    fn writes_may_happen(&self) -> bool {
        matches!(self.state, RemediationState::Executing | RemediationState::RollingBack)
    }
}

impl ExecutionOutcome {
    fn state(self) -> RemediationState {
        match self {
            Self::Executed => RemediationState::Executed,
            Self::Partial => RemediationState::Partial,
            Self::Failed => RemediationState::Failed,
            Self::NeedsOperator => RemediationState::NeedsOperator,
        }
    }
}

impl RollbackOutcome {
    fn state(self) -> RemediationState {
        match self {
            Self::RolledBack => RemediationState::RolledBack,
            Self::Partial => RemediationState::Partial,
            Self::Failed => RemediationState::RollbackFailed,
        }
    }
}
