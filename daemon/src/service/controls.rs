//! `ListControls`, `GetControl`. Of the past only what its snapshot says is shown: modes, remediations
//! and how long something fails are facts of the present.

use super::Service;
use crate::ipc::{Caller, Handle};
use trueconfig_common::interface::controls::{ControlDetail, ControlRow, GetControl, ListControls};
use trueconfig_common::interface::{CallError, Page};
use trueconfig_core::state::State;
use trueconfig_core::view;

impl Handle<ListControls> for Service {
    async fn handle(&self, _: &Caller, asked: ListControls) -> Result<Page<ControlRow>, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let now = tenant.view();
        let Some(at) = asked.at else {
            return view::controls(&now.state, &tenant.situation(&now), &asked.query);
        };
        let judged = tenant.judged_at(at).await?;
        view::controls(
            &State::default(),
            &tenant.coordinator.tenant().situation(&now.force, Some(&judged)),
            &asked.query,
        )
    }
}

impl Handle<GetControl> for Service {
    async fn handle(&self, _: &Caller, asked: GetControl) -> Result<ControlDetail, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let now = tenant.view();
        let Some(at) = asked.at else {
            return view::control(&now.state, &tenant.situation(&now), &asked.id);
        };
        let judged = tenant.judged_at(at).await?;
        view::control(
            &State::default(),
            &tenant.coordinator.tenant().situation(&now.force, Some(&judged)),
            &asked.id,
        )
    }
}
