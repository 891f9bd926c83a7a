//! `GetStatus`.

use super::{Service, you};
use crate::ipc::{Caller, Handle};
use trueconfig_common::interface::CallError;
use trueconfig_common::interface::status::{GetStatus, Status};
use trueconfig_core::view;

impl Service {
    /// How things stand, for one caller.
    pub(super) fn status(&self, tenant: &str, caller: &Caller) -> Result<Status, CallError> {
        let tenant = self.tenant(tenant)?;
        let view = tenant.view();
        let situation = tenant.situation(&view);
        let daemon = tenant.daemon(&view, self.names());
        Ok(view::status(&view.state, &situation, &tenant.fixed, &daemon, you(caller)))
    }
}

impl Handle<GetStatus> for Service {
    async fn handle(&self, caller: &Caller, asked: GetStatus) -> Result<Status, CallError> {
        self.status(&asked.tenant, caller)
    }
}
