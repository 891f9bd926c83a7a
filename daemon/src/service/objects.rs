//! `GetObject`.

use super::Service;
use crate::ipc::{Caller, Handle};
use trueconfig_common::interface::CallError;
use trueconfig_common::interface::objects::{GetObject, ObjectDetail};
use trueconfig_core::view;

impl Handle<GetObject> for Service {
    async fn handle(&self, _: &Caller, asked: GetObject) -> Result<ObjectDetail, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let now = tenant.view();
        view::object(&now.state, &tenant.situation(&now), &asked.id)
    }
}
