//! `ListDrift`, `AcknowledgeDrift`.

use super::{Service, note};
use crate::ipc::{Caller, Handle};
use trueconfig_common::interface::drift::{AcknowledgeDrift, DriftRow, ListDrift};
use trueconfig_common::interface::{CallError, Page};
use trueconfig_core::lifecycle::Command;
use trueconfig_core::view;

impl Handle<ListDrift> for Service {
    async fn handle(&self, _: &Caller, asked: ListDrift) -> Result<Page<DriftRow>, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let now = tenant.view();
        view::drift(&now.state, &tenant.situation(&now), &asked.query)
    }
}

impl Handle<AcknowledgeDrift> for Service {
    async fn handle(&self, caller: &Caller, asked: AcknowledgeDrift) -> Result<DriftRow, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let command = Command::AcknowledgeDrift(asked.seq, note(asked.note)?);
        tenant.coordinator.send(command, caller.actor()).await?;
        let now = tenant.view();
        let found = now.state.history.drift.iter().find(|one| one.seq == asked.seq);
        let situation = tenant.situation(&now);
        found.map(|one| view::drift_row(one, &situation)).ok_or_else(|| CallError::Failed {
            reason: format!("drift {} is no longer kept in memory", asked.seq),
        })
    }
}
