//! `ListControls`, `GetControl`.

use super::Service;
use crate::ipc::{Caller, Handle};
use trueconfig_common::interface::controls::{ControlDetail, ControlRow, GetControl, ListControls};
use trueconfig_common::interface::{CallError, Page};
use trueconfig_core::view;

impl Handle<ListControls> for Service {
    async fn handle(&self, _: &Caller, asked: ListControls) -> Result<Page<ControlRow>, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let now = tenant.view();
        view::controls(&now.state, &tenant.situation(&now), &asked.query)
    }
}

impl Handle<GetControl> for Service {
    async fn handle(&self, _: &Caller, asked: GetControl) -> Result<ControlDetail, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let now = tenant.view();
        view::control(&now.state, &tenant.situation(&now), &asked.id)
    }
}
