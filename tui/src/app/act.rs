//! What a confirmation can lead to: each act with its call, its button and its last word.

use crate::link::Call;
use trueconfig_common::gate::Gate;
use trueconfig_common::id::{ControlId, PlanDigest, RemediationId};
use trueconfig_common::interface::drift::AcknowledgeDrift;
use trueconfig_common::interface::remediations::{Approve, CloseRemediation, Reject, Rollback, Withdraw};
use trueconfig_common::interface::settings::{
    Kill, RecordBreakGlassTest, ReleaseHold, Resume, SetAutoRollback, SetMode, SetRemediation,
};
use trueconfig_common::mode::Mode;
use trueconfig_common::window::Window;

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

impl Switch {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// Something a person confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Approve and execute the plan that was read, at once or within a window.
    Approve(RemediationId, PlanDigest, Option<Window>),
    /// Reject it.
    Reject(RemediationId),
    /// Take an approval back.
    Withdraw(RemediationId),
    /// Roll back.
    RollBack(RemediationId),
    /// Close what waits for a person.
    Close(RemediationId),
    /// Pull the kill switch.
    Kill,
    /// Release it.
    Resume,
    /// Switch remediation.
    Remediation(Switch),
    /// Switch automatic rollback.
    AutoRollback(Switch),
    /// Set the mode of a control, or the tenant's default; no mode takes an override away.
    Mode(Option<ControlId>, Option<Mode>),
    /// Record a break-glass test.
    BreakGlass,
    /// Release a control from its hold.
    Release(ControlId),
    /// Take note of a drift.
    Acknowledge(u64),
}

impl Act {
    /// The call that does it.
    pub fn call(&self, tenant: &str, note: &str, acknowledge: Vec<Gate>) -> Call {
        let (tenant, note) = (tenant.to_owned(), note.trim().to_owned());
        match self.clone() {
            Self::Approve(id, digest, window) => {
                Approve { tenant, id, digest, note, acknowledge, window }.into()
            }
            Self::Reject(id) => Reject { tenant, id, note }.into(),
            Self::Withdraw(id) => Withdraw { tenant, id, note }.into(),
            Self::RollBack(id) => Rollback { tenant, id, note }.into(),
            Self::Close(id) => CloseRemediation { tenant, id, note }.into(),
            Self::Kill => Kill { tenant, reason: note }.into(),
            Self::Resume => Resume { tenant, reason: note }.into(),
            Self::Remediation(to) => {
                SetRemediation { tenant, enabled: to == Switch::On, reason: note }.into()
            }
            Self::AutoRollback(to) => {
                SetAutoRollback { tenant, enabled: to == Switch::On, reason: note }.into()
            }
            Self::Mode(control, mode) => SetMode { tenant, control, mode, reason: note }.into(),
            Self::BreakGlass => RecordBreakGlassTest { tenant, note }.into(),
            Self::Release(control) => ReleaseHold { tenant, control, reason: note }.into(),
            Self::Acknowledge(seq) => AcknowledgeDrift { tenant, seq, note }.into(),
        }
    }

    /// The words on its button.
    pub fn button(&self) -> &'static str {
        match self {
            Self::Approve(_, _, None) => "Approve & execute",
            Self::Approve(_, _, Some(_)) => "Approve for this window",
            Self::Reject(_) => "Reject",
            Self::Withdraw(_) => "Withdraw",
            Self::RollBack(_) => "Roll back",
            Self::Close(_) => "Close",
            Self::Kill => "Pull the kill switch",
            Self::Resume => "Release the kill switch",
            Self::Remediation(Switch::On) => "Switch on",
            Self::Remediation(Switch::Off) => "Switch off",
            Self::AutoRollback(_) | Self::Mode(..) => "Set",
            Self::BreakGlass => "Record",
            Self::Release(_) => "Release",
            Self::Acknowledge(_) => "Acknowledge",
        }
    }

    /// What to say when the daemon took it. It says no more than that: effects show by themselves.
    pub fn taken(&self) -> String {
        match self {
            Self::Approve(id, ..) => format!("{id}: approval recorded."),
            Self::Reject(id) => format!("{id}: rejection recorded."),
            Self::Withdraw(id) => format!("{id}: withdrawal recorded."),
            Self::RollBack(id) => format!("{id}: rollback begun."),
            Self::Close(id) => format!("{id}: closed."),
            Self::Kill => "Kill switch pulled.".to_owned(),
            Self::Resume => "Kill switch released.".to_owned(),
            Self::Remediation(to) => format!("Remediation switched {}.", to.as_str()),
            Self::AutoRollback(to) => format!("Automatic rollback switched {}.", to.as_str()),
            Self::Mode(Some(control), Some(mode)) => format!("{control}: mode set to {mode}."),
            Self::Mode(Some(control), None) => format!("{control}: override taken away."),
            Self::Mode(None, mode) => format!("Default mode set to {}.", mode.map_or("none", Mode::as_str)),
            Self::BreakGlass => "Break-glass test recorded.".to_owned(),
            Self::Release(control) => format!("{control}: released."),
            Self::Acknowledge(_) => "Drift acknowledged.".to_owned(),
        }
    }
}
