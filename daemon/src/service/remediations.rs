//! Plans, approvals, rollbacks.

use super::{Service, Tenant, note};
use crate::executor::observe_applied;
use crate::ipc::{Caller, Handle};
use trueconfig_common::id::RemediationId;
use trueconfig_common::interface::remediations::{
    Approve, ChooseTargets, CloseRemediation, GetRemediation, ListRemediations, PlanFix, Reject, Rollback,
    Withdraw,
};
use trueconfig_common::interface::{CallError, Page};
use trueconfig_common::remediation::{RemediationDetail, RemediationRow};
use trueconfig_core::journal::event::{Entry, Event};
use trueconfig_core::lifecycle::Command;
use trueconfig_core::view;

impl Tenant {
    fn detail(&self, id: &RemediationId, caller: &Caller) -> Result<RemediationDetail, CallError> {
        let now = self.view();
        view::remediation(&now.state, &self.situation(&now), id, &caller.approver(), caller.role)
    }

    /// Sends a command about a remediation and answers with how it stands then.
    async fn act(
        &self,
        command: Command,
        id: &RemediationId,
        caller: &Caller,
    ) -> Result<RemediationDetail, CallError> {
        self.coordinator.send(command, caller.actor()).await?;
        self.detail(id, caller)
    }
}

impl Handle<ListRemediations> for Service {
    async fn handle(&self, _: &Caller, asked: ListRemediations) -> Result<Page<RemediationRow>, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let now = tenant.view();
        view::remediations(&now.state, &tenant.situation(&now), &asked.query)
    }
}

impl Handle<GetRemediation> for Service {
    async fn handle(&self, caller: &Caller, asked: GetRemediation) -> Result<RemediationDetail, CallError> {
        self.tenant(&asked.tenant)?.detail(&asked.id, caller)
    }
}

impl Handle<PlanFix> for Service {
    async fn handle(&self, caller: &Caller, asked: PlanFix) -> Result<RemediationDetail, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let entries = tenant.coordinator.send(Command::Plan(asked.control.clone()), caller.actor()).await?;
        let open = || {
            let state = tenant.view().state.clone();
            state.open().find(|one| one.plan.control == asked.control).map(|one| one.id.clone())
        };
        let Some(id) = planned(&entries).or_else(open) else {
            let reason = format!("nothing was planned for {}", asked.control);
            return Err(CallError::Failed { reason });
        };
        tenant.detail(&id, caller)
    }
}

impl Handle<ChooseTargets> for Service {
    async fn handle(&self, caller: &Caller, asked: ChooseTargets) -> Result<RemediationDetail, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let command = Command::Choose(asked.id.clone(), asked.targets);
        let entries = tenant.coordinator.send(command, caller.actor()).await?;
        tenant.detail(&planned(&entries).unwrap_or(asked.id), caller)
    }
}

/// The plan that was made.
fn planned(entries: &[Entry]) -> Option<RemediationId> {
    entries.iter().find_map(|entry| match &entry.event {
        Event::RemediationPlanned { id, .. } => Some(id.clone()),
        _ => None,
    })
}

impl Handle<Approve> for Service {
    async fn handle(&self, caller: &Caller, asked: Approve) -> Result<RemediationDetail, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let id = asked.id.clone();
        let command = Command::Approve {
            id: asked.id,
            digest: asked.digest,
            note: note(asked.note)?,
            acknowledge: asked.acknowledge,
            approver: caller.approver(),
            window: asked.window,
        };
        tenant.act(command, &id, caller).await
    }
}

impl Handle<Reject> for Service {
    async fn handle(&self, caller: &Caller, asked: Reject) -> Result<RemediationDetail, CallError> {
        let command = Command::Reject(asked.id.clone(), note(asked.note)?);
        self.tenant(&asked.tenant)?.act(command, &asked.id, caller).await
    }
}

impl Handle<Withdraw> for Service {
    async fn handle(&self, caller: &Caller, asked: Withdraw) -> Result<RemediationDetail, CallError> {
        let command = Command::Withdraw(asked.id.clone(), note(asked.note)?);
        self.tenant(&asked.tenant)?.act(command, &asked.id, caller).await
    }
}

impl Handle<CloseRemediation> for Service {
    async fn handle(&self, caller: &Caller, asked: CloseRemediation) -> Result<RemediationDetail, CallError> {
        let command = Command::Close(asked.id.clone(), note(asked.note)?);
        self.tenant(&asked.tenant)?.act(command, &asked.id, caller).await
    }
}

impl Handle<Rollback> for Service {
    /// Reads the targets first: what somebody changed since is not overwritten (D20).
    async fn handle(&self, caller: &Caller, asked: Rollback) -> Result<RemediationDetail, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let state = tenant.view().state.clone();
        let observed = match state.remediation(&asked.id) {
            Some(remediation) => observe_applied(tenant.read.as_ref(), remediation).await?,
            None => Vec::new(),
        };
        let command = Command::Rollback { id: asked.id.clone(), note: note(asked.note)?, observed };
        let entries = tenant.coordinator.send(command, caller.actor()).await?;
        let refused = entries.into_iter().find_map(|entry| match entry.event {
            Event::RollbackRefused { differences, .. } => Some(differences),
            _ => None,
        });
        match refused {
            None => tenant.detail(&asked.id, caller),
            Some(differences) => Err(CallError::Refused {
                reason: "somebody changed the target since: nothing was overwritten, decide by hand"
                    .to_owned(),
                differences,
            }),
        }
    }
}
