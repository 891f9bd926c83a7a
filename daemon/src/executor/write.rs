//! One write: read, intend, write, report; and reading what came of one without an answer.

use super::{Executor, NotNow, SealError, observe};
use crate::graph;
use secrecy::SecretString;
use trueconfig_common::remediation::{Actor, CallRecord, Direction};
use trueconfig_core::change::Change;
use trueconfig_core::journal::event::Event;
use trueconfig_core::lifecycle::work::Write;
use trueconfig_core::lifecycle::{Command, WriteOutcome};

impl Executor {
    /// Reads the target, has the intent made durable, writes, reports.
    pub(super) async fn carry_out(&self, write: &Write) -> Result<(), NotNow> {
        let planned = change(write);
        let answer = observe(self.read.as_ref(), &write.read).await?;
        let client_request_id = self.coordinator.tenant().ambient.random.id();
        let intend = Command::Intend {
            id: write.remediation.id.clone(),
            step: write.step,
            direction: write.direction,
            observed: planned.observe(&answer),
            client_request_id: client_request_id.to_string(),
        };
        let entries = self.coordinator.send(intend, Actor::system("executor"));
        let entries = entries.await?;
        let intended = entries.iter().any(|entry| matches!(entry.event, Event::WriteIntended { .. }));
        if !intended {
            return Ok(());
        }
        let outcome = self.write.write(&write.request, client_request_id).await;
        let (outcome, calls) = self.outcome(write, outcome).await;
        self.send(Command::Conclude {
            id: write.remediation.id.clone(),
            step: write.step,
            direction: write.direction,
            outcome,
            calls,
        })
        .await
    }

    async fn outcome(&self, write: &Write, outcome: graph::WriteOutcome) -> (WriteOutcome, Vec<CallRecord>) {
        match outcome {
            graph::WriteOutcome::Done { body, secret, calls } => {
                let produced = match write.direction {
                    Direction::Forward => change(write).produced_by(&body),
                    Direction::Undo => None,
                };
                let sealed = match secret.zip(change(write).recipient()) {
                    None => None,
                    Some((secret, recipient)) => match self.seal(write, recipient, &secret) {
                        Ok(file) => Some(file),
                        // The value is lost: the write counts as unanswered, is found by its
                        // marker, taken back and made again.
                        Err(error) => return (WriteOutcome::Unknown(error.to_string()), calls),
                    },
                };
                (WriteOutcome::Done { produced, sealed }, calls)
            }
            graph::WriteOutcome::Refused { status, code, message, permission, calls } => {
                let status = status.map_or_else(String::new, |status| format!("{status} "));
                let missing =
                    permission.map_or_else(String::new, |name| format!(" (missing permission {name})"));
                (WriteOutcome::Refused(format!("{status}{code}: {message}{missing}")), calls)
            }
            graph::WriteOutcome::Unknown { reason, calls } => (WriteOutcome::Unknown(reason), calls),
        }
    }

    fn seal(&self, write: &Write, recipient: &str, secret: &SecretString) -> Result<String, SealError> {
        self.sealer.seal(&write.remediation.id, write.step, recipient, secret)
    }

    /// Reads whether a write took effect. While that it does not show may be lag, the core has it read again (D8).
    pub(super) async fn probe(&self, write: &Write) -> Result<(), NotNow> {
        let planned = change(write);
        let answer = observe(self.read.as_ref(), &write.read).await?;
        self.send(Command::Resolve {
            id: write.remediation.id.clone(),
            step: write.step,
            direction: write.direction,
            observed: planned.observe(&answer),
            produced: planned.produced(&answer),
        })
        .await
    }
}

fn change(write: &Write) -> &Change {
    // `work::write` makes a write of an existing step only.
    &write.remediation.plan.changes[write.step].change
}
