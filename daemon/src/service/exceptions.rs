//! `ListExceptions`, `AddException`, `RemoveException`, `Attest`.

use super::{Service, note};
use crate::ipc::{Caller, Handle};
use trueconfig_common::interface::exceptions::{
    AddException, Attest, AttestationRow, ExceptionRow, ListExceptions, RemoveException,
};
use trueconfig_common::interface::{CallError, Page};
use trueconfig_core::lifecycle::{Command, NewException};
use trueconfig_core::view;

impl Handle<ListExceptions> for Service {
    async fn handle(&self, _: &Caller, asked: ListExceptions) -> Result<Page<ExceptionRow>, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let now = tenant.view();
        view::exceptions(&now.state, &tenant.situation(&now), &asked.query)
    }
}

impl Handle<AddException> for Service {
    async fn handle(&self, caller: &Caller, asked: AddException) -> Result<ExceptionRow, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let (control, object) = (asked.control.clone(), note(asked.object)?);
        let new = NewException {
            control: asked.control,
            object: object.clone(),
            reason: note(asked.reason)?,
            owner: note(asked.owner)?,
            expires: asked.expires,
            value: asked.value,
        };
        tenant.coordinator.send(Command::AddException(new), caller.actor()).await?;
        let now = tenant.view();
        let made = view::exception(&now.state, &control, object.as_str(), tenant.coordinator.now());
        made.ok_or_else(|| CallError::Failed { reason: "it was removed at once by somebody else".to_owned() })
    }
}

impl Handle<RemoveException> for Service {
    async fn handle(&self, caller: &Caller, asked: RemoveException) -> Result<ExceptionRow, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let (object, now) = (note(asked.object)?, tenant.coordinator.now());
        let row = view::exception(&tenant.view().state, &asked.control, object.as_str(), now);
        let command = Command::RemoveException(asked.control, object, note(asked.reason)?);
        tenant.coordinator.send(command, caller.actor()).await?;
        let removed = row.map(|row| ExceptionRow { counts: false, ..row });
        removed.ok_or_else(|| CallError::Failed { reason: "it was made at the same time".to_owned() })
    }
}

impl Handle<Attest> for Service {
    async fn handle(&self, caller: &Caller, asked: Attest) -> Result<AttestationRow, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let command = Command::Attest(asked.control.clone(), note(asked.statement)?);
        tenant.coordinator.send(command, caller.actor()).await?;
        let made = view::attestation(&tenant.view().state, &asked.control);
        made.ok_or_else(|| CallError::Failed { reason: "the confirmation was not kept".to_owned() })
    }
}
