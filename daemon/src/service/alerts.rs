//! `ListChannels`, `TestChannel`.

use super::Service;
use crate::alerts::Deliveries;
use crate::ipc::{Caller, Handle};
use trueconfig_common::interface::CallError;
use trueconfig_common::interface::alerts::{ChannelTest, Channels, ListChannels, TestChannel};

impl Handle<ListChannels> for Service {
    async fn handle(&self, _: &Caller, asked: ListChannels) -> Result<Channels, CallError> {
        let channels = self.tenant(&asked.tenant)?.alerts.iter().map(Deliveries::row).collect();
        Ok(Channels { channels })
    }
}

impl Handle<TestChannel> for Service {
    async fn handle(&self, caller: &Caller, asked: TestChannel) -> Result<ChannelTest, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let rows: Vec<_> = tenant.alerts.iter().map(|one| (one, one.row().name)).collect();
        let Some((channel, name)) = rows.iter().find(|(_, name)| *name == asked.channel) else {
            let names: Vec<&str> = rows.iter().map(|(_, name)| name.as_str()).collect();
            let help = format!("the channels are {}", names.join(", "));
            return Err(CallError::NotFound { kind: "channel".to_owned(), id: asked.channel, help });
        };
        let (uid, coordinator) = (caller.uid, &tenant.coordinator);
        tracing::info!(uid, channel = name, "a test of a channel of alerts was asked for");
        Ok(channel.test(coordinator.tenant().name.as_str(), coordinator.now()).await)
    }
}
