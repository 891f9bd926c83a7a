//! Current state: the fold of the journal (invariant 5).
//!
//! [`State::evolve`] is the one transition function, for live running and for replay. It is
//! total: an event that is not legal here is an error that names both, and nothing is changed.

mod accepted;
mod remediation;
mod settings;
mod tenant;

#[cfg(test)]
mod tests;

pub use accepted::{Accepted, AcceptedException, Attested, TakenBaseline, Warned};
pub use remediation::{Approval, Assent, Remediation, is_legal};
pub use settings::{Hold, Settings};
pub use tenant::{ControlState, Drift, TenantHistory, is_drift};

use crate::journal::event::{Entry, Event};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trueconfig_common::id::{ControlId, ObjectId, RemediationId};
use trueconfig_common::remediation::RemediationState;

/// Everything that is known of one tenant, but for what was read from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Position of the last record folded in; 0 for none.
    pub seq: u64,
    /// What the operator chose.
    pub settings: Settings,
    /// What scans found.
    pub history: TenantHistory,
    /// What people accepted or confirmed.
    #[serde(default)]
    pub accepted: Accepted,
    /// Every remediation there ever was.
    pub remediations: BTreeMap<RemediationId, Arc<Remediation>>,
    /// Of which proofs it was said that they end, by registration.
    #[serde(default)]
    pub credentials_warned: BTreeMap<String, CredentialWarned>,
    /// Targets left alone after a rejection, until when (D16).
    pub suppressed: Vec<Suppression>,
    /// Numbers given out so far.
    pub planned: u64,
}

/// Targets of a control that are left alone (D16).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suppression {
    /// The control.
    pub control: ControlId,
    /// The targets.
    pub targets: Vec<ObjectId>,
    /// Until when.
    pub until: chrono::DateTime<chrono::Utc>,
}

/// A warning that a proof of ours ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialWarned {
    /// The end that was warned of.
    pub ends_at: chrono::DateTime<chrono::Utc>,
    /// How many days before; 0 for the end itself.
    pub days: i64,
}

/// An event that cannot happen here.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum IllegalEvent {
    /// A remediation is not in a state from which this is possible (T8).
    #[error("record {seq}: remediation {id} cannot go from {from} to {to}")]
    Transition {
        /// Where.
        seq: u64,
        /// Which.
        id: RemediationId,
        /// Its state.
        from: RemediationState,
        /// The state wanted.
        to: RemediationState,
    },
    /// A step of a remediation is not in a state from which this is possible.
    #[error("record {seq}: step {step} of remediation {id}: {reason}")]
    Step {
        /// Where.
        seq: u64,
        /// Which.
        id: RemediationId,
        /// Which step.
        step: usize,
        /// Why not.
        reason: &'static str,
    },
    /// It speaks of a remediation that does not exist, or makes one that does.
    #[error("record {seq}: remediation {id}: {reason}")]
    Remediation {
        /// Where.
        seq: u64,
        /// Which.
        id: RemediationId,
        /// Why not.
        reason: &'static str,
    },
    /// Records are folded in order, without gaps.
    #[error("record {found} cannot follow record {last}")]
    Order {
        /// The last one.
        last: u64,
        /// The one offered.
        found: u64,
    },
}

impl State {
    /// Folds one entry in.
    ///
    /// # Errors
    /// [`IllegalEvent`] if it cannot happen here; the state is then as before.
    pub fn evolve(&mut self, entry: &Entry) -> Result<(), IllegalEvent> {
        if entry.seq != self.seq + 1 {
            return Err(IllegalEvent::Order { last: self.seq, found: entry.seq });
        }
        self.apply(entry)?;
        self.seq = entry.seq;
        Ok(())
    }

    fn apply(&mut self, entry: &Entry) -> Result<(), IllegalEvent> {
        match &entry.event {
            Event::RemediationPlanned { id, digest, plan, gates, replaces } => {
                if self.remediations.contains_key(id) {
                    let reason = "it exists already";
                    return Err(IllegalEvent::Remediation { seq: entry.seq, id: id.clone(), reason });
                }
                let planned = Remediation::planned(entry, id, digest, plan, gates, replaces.as_ref());
                self.planned += 1;
                self.remediations.insert(id.clone(), Arc::new(planned));
                Ok(())
            }
            Event::CredentialEnds { registration, ends_at, days } => {
                let warned = CredentialWarned { ends_at: *ends_at, days: *days };
                self.credentials_warned.insert(registration.clone(), warned);
                Ok(())
            }
            event => match event.remediation() {
                Some(id) => self.evolve_remediation(id, entry),
                None => {
                    self.settings.apply(entry);
                    self.history.apply(entry);
                    self.accepted.apply(entry);
                    Ok(())
                }
            },
        }
    }

    fn evolve_remediation(&mut self, id: &RemediationId, entry: &Entry) -> Result<(), IllegalEvent> {
        let Some(found) = self.remediations.get(id) else {
            let reason = "it does not exist";
            return Err(IllegalEvent::Remediation { seq: entry.seq, id: id.clone(), reason });
        };
        let mut next = Remediation::clone(found);
        next.apply(entry)?;
        if let Event::RemediationRejected { suppressed_until, .. } = &entry.event {
            self.suppressed.retain(|old| old.until > entry.time);
            self.suppressed.push(Suppression {
                control: next.plan.control.clone(),
                targets: next.plan.targets().collect(),
                until: *suppressed_until,
            });
        }
        self.remediations.insert(id.clone(), Arc::new(next));
        Ok(())
    }

    /// The remediation of this id.
    pub fn remediation(&self, id: &RemediationId) -> Option<&Arc<Remediation>> {
        self.remediations.get(id)
    }

    /// Those that occupy their control and targets (D16), the oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Arc<Remediation>> {
        self.remediations.values().filter(|one| one.state.is_open() && !one.closed)
    }

    /// Targets that open remediations of a control have, one of them left out (D16).
    pub fn taken(&self, control: &ControlId, except: Option<&RemediationId>) -> BTreeSet<ObjectId> {
        self.open()
            .filter(|one| one.plan.control == *control && Some(&one.id) != except)
            .flat_map(|one| one.plan.targets().collect::<Vec<_>>())
            .collect()
    }

    /// The id of the next remediation. Numbers sort as text up to 99,999.
    pub fn next_id(&self) -> RemediationId {
        RemediationId::new(format!("R-{:05}", self.planned + 1))
    }

    /// Whether a target is left alone after a rejection (D16).
    pub fn is_suppressed(
        &self,
        control: &ControlId,
        target: &ObjectId,
        now: chrono::DateTime<chrono::Utc>,
    ) -> bool {
        self.suppressed
            .iter()
            .any(|one| one.control == *control && one.until > now && one.targets.contains(target))
    }
}
