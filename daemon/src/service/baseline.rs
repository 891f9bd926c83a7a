//! `GetBaseline`, `TakeBaseline`.

use super::{Service, Tenant, note};
use crate::ipc::{Caller, Handle};
use std::sync::Arc;
use trueconfig_common::interface::CallError;
use trueconfig_common::interface::baseline::{BaselineStatus, GetBaseline, TakeBaseline};
use trueconfig_core::lifecycle::Command;
use trueconfig_core::view;

/// Fewest characters of a digest that tell which baseline was read.
const SHORTEST_DIGEST: usize = 8;

impl Handle<GetBaseline> for Service {
    async fn handle(&self, _: &Caller, asked: GetBaseline) -> Result<BaselineStatus, CallError> {
        status(self.tenant(&asked.tenant)?).await
    }
}

impl Handle<TakeBaseline> for Service {
    async fn handle(&self, caller: &Caller, asked: TakeBaseline) -> Result<BaselineStatus, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let offer = tenant.coordinator.tenant().offer();
        if asked.digest.len() < SHORTEST_DIGEST || !offer.digest.starts_with(&asked.digest) {
            let message =
                format!("the offered baseline has the digest {}: read its changes first", offer.digest);
            return Err(CallError::Invalid { message });
        }
        tenant.coordinator.send(Command::TakeBaseline(offer, note(asked.reason)?), caller.actor()).await?;
        status(tenant).await
    }
}

/// Judging by the offered baseline takes too long for a worker thread.
async fn status(tenant: &Arc<Tenant>) -> Result<BaselineStatus, CallError> {
    let tenant = Arc::clone(tenant);
    let told = tokio::task::spawn_blocking(move || {
        let now = tenant.view();
        let offered = Arc::clone(&tenant.coordinator.tenant().baseline);
        view::baseline(&now.state, &tenant.situation(&now), &offered)
    });
    told.await.map_err(|error| CallError::Failed { reason: error.to_string() })
}
