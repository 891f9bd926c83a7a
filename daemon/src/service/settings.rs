//! Settings and switches.

use super::{Service, note};
use crate::alerts::Deliveries;
use crate::ipc::{Caller, Handle};
use trueconfig_common::interface::CallError;
use trueconfig_common::interface::settings::{
    GetSettings, Kill, RecordBreakGlassTest, ReleaseHold, Resume, SetAutoRollback, SetMode, SetRemediation,
    Settings,
};
use trueconfig_core::lifecycle::Command;
use trueconfig_core::view;

impl Service {
    fn settings(&self, tenant: &str) -> Result<Settings, CallError> {
        let tenant = self.tenant(tenant)?;
        let now = tenant.view();
        let channels = tenant.alerts.iter().map(Deliveries::row).collect();
        Ok(Settings { channels, ..view::settings(&now.state, &tenant.situation(&now), &tenant.fixed) })
    }

    async fn set(&self, tenant: &str, command: Command, caller: &Caller) -> Result<Settings, CallError> {
        self.tenant(tenant)?.coordinator.send(command, caller.actor()).await?;
        self.settings(tenant)
    }
}

impl Handle<GetSettings> for Service {
    async fn handle(&self, _: &Caller, asked: GetSettings) -> Result<Settings, CallError> {
        self.settings(&asked.tenant)
    }
}

impl Handle<SetRemediation> for Service {
    async fn handle(&self, caller: &Caller, asked: SetRemediation) -> Result<Settings, CallError> {
        let command = Command::SwitchRemediation(asked.enabled, note(asked.reason)?);
        self.set(&asked.tenant, command, caller).await
    }
}

impl Handle<SetMode> for Service {
    async fn handle(&self, caller: &Caller, asked: SetMode) -> Result<Settings, CallError> {
        let command =
            Command::SetMode { control: asked.control, mode: asked.mode, reason: note(asked.reason)? };
        self.set(&asked.tenant, command, caller).await
    }
}

impl Handle<SetAutoRollback> for Service {
    async fn handle(&self, caller: &Caller, asked: SetAutoRollback) -> Result<Settings, CallError> {
        let command = Command::SetAutoRollback(asked.enabled, note(asked.reason)?);
        self.set(&asked.tenant, command, caller).await
    }
}

impl Handle<RecordBreakGlassTest> for Service {
    async fn handle(&self, caller: &Caller, asked: RecordBreakGlassTest) -> Result<Settings, CallError> {
        self.set(&asked.tenant, Command::RecordBreakGlassTest(note(asked.note)?), caller).await
    }
}

impl Handle<Kill> for Service {
    async fn handle(&self, caller: &Caller, asked: Kill) -> Result<Settings, CallError> {
        self.set(&asked.tenant, Command::Kill(note(asked.reason)?), caller).await
    }
}

impl Handle<Resume> for Service {
    async fn handle(&self, caller: &Caller, asked: Resume) -> Result<Settings, CallError> {
        self.set(&asked.tenant, Command::Resume(note(asked.reason)?), caller).await
    }
}

impl Handle<ReleaseHold> for Service {
    async fn handle(&self, caller: &Caller, asked: ReleaseHold) -> Result<Settings, CallError> {
        let command = Command::ReleaseHold(asked.control, note(asked.reason)?);
        self.set(&asked.tenant, command, caller).await
    }
}
