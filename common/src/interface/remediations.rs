//! Plans, approvals, history.

use super::{ListQuery, Page, method};
use crate::gate::Gate;
use crate::id::{ControlId, ObjectId, PlanDigest, RemediationId};
use crate::remediation::{RemediationDetail, RemediationRow};
use crate::window::Window;
use serde::{Deserialize, Serialize};

/// Lists remediations, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRemediations {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Keys: `state control open id`.
    #[serde(default)]
    pub query: ListQuery,
}
method!(ListRemediations, Viewer, Page<RemediationRow>);

/// Asks for everything about a remediation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetRemediation {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Which.
    pub id: RemediationId,
}
method!(GetRemediation, Viewer, RemediationDetail);

/// Plans the fix of a failing control now, from the last snapshot. Answers the plan that waits
/// for approval, whether new or already there (D16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFix {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Which control.
    pub control: ControlId,
}
method!(PlanFix, Admin, RemediationDetail);

/// Chooses other targets: makes a new plan with a new digest that supersedes this one (D13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChooseTargets {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// The plan that waits.
    pub id: RemediationId,
    /// The targets wanted instead.
    pub targets: Vec<ObjectId>,
}
method!(ChooseTargets, SecurityAdmin, RemediationDetail);

/// Approves and executes, in one act (R26); within a window, if one is given, and at no other time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Which.
    pub id: RemediationId,
    /// The digest of the plan that was read; another one is refused.
    pub digest: PlanDigest,
    /// The approver's note (R28).
    #[serde(default)]
    pub note: String,
    /// The failed gates the approver knows of (D4); missing ones are refused.
    #[serde(default)]
    pub acknowledge: Vec<Gate>,
    /// When it may run; none for at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}
method!(Approve, SecurityAdmin, RemediationDetail);

/// Rejects; the control's fix is not offered again for some days (D16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Which.
    pub id: RemediationId,
    /// Why.
    #[serde(default)]
    pub note: String,
}
method!(Reject, SecurityAdmin, RemediationDetail);

/// Takes an approval back, until execution begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Which.
    pub id: RemediationId,
    /// Why.
    #[serde(default)]
    pub note: String,
}
method!(Withdraw, SecurityAdmin, RemediationDetail);

/// Rolls back an executed remediation (R63-R66).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Which.
    pub id: RemediationId,
    /// Why.
    #[serde(default)]
    pub note: String,
}
method!(Rollback, SecurityAdmin, RemediationDetail);

/// Closes a remediation that waits for a person (T8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseRemediation {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Which.
    pub id: RemediationId,
    /// What was found and done by hand.
    pub note: String,
}
method!(CloseRemediation, SecurityAdmin, RemediationDetail);
