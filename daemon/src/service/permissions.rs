//! `GetPermissions`.

use super::{Service, Tenant};
use crate::graph::GraphError;
use crate::ipc::{Caller, Handle};
use std::collections::BTreeSet;
use trueconfig_common::interface::CallError;
use trueconfig_common::interface::permissions::{GetPermissions, PermissionReport, RegistrationReport};
use trueconfig_core::scopes::{Needed, Needs, compared};

impl Handle<GetPermissions> for Service {
    async fn handle(&self, _: &Caller, asked: GetPermissions) -> Result<PermissionReport, CallError> {
        self.tenant(&asked.tenant)?.permissions(&asked).await
    }
}

impl Tenant {
    async fn permissions(&self, asked: &GetPermissions) -> Result<PermissionReport, CallError> {
        let force = self.view().force.clone();
        if let Some(unknown) = asked.controls.iter().find(|id| force.baseline.member(id).is_none()) {
            let help = "name controls of the level; `trueconfig controls` lists them".to_owned();
            return Err(CallError::NotFound { kind: "control".to_owned(), id: unknown.to_string(), help });
        }
        let needs = Needs::of(&force.baseline, &force.config, &asked.controls);
        let reader = self.read.granted().await.map(Some);
        let writer = match &self.write {
            Some(port) => port.granted().await.map(Some),
            None => Ok(None),
        };
        Ok(PermissionReport {
            registrations: vec![
                report("reader", &needs.reader, &reader),
                report("writer", &needs.writer, &writer),
            ],
        })
    }
}

/// What was granted: none where there is no such registration.
fn report(
    registration: &str,
    needed: &Needed,
    granted: &Result<Option<BTreeSet<String>>, GraphError>,
) -> RegistrationReport {
    let (known, error) = match granted {
        Ok(Some(roles)) if roles.is_empty() => (None, "the token names no permissions".to_owned()),
        Ok(granted) => (granted.as_ref(), String::new()),
        Err(error) => (None, error.to_string()),
    };
    RegistrationReport {
        registration: registration.to_owned(),
        configured: !matches!(granted, Ok(None)),
        error,
        permissions: compared(needed, known),
    }
}
