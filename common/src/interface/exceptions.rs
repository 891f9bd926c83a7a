//! What people accept or confirm: exceptions (D23) and attestations.

use super::{ListQuery, Page, method};
use crate::id::ControlId;
use crate::personal::Personal;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Lists exceptions, those that end first at the top.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListExceptions {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Keys: `control object owner source counts`.
    #[serde(default)]
    pub query: ListQuery,
}
method!(ListExceptions, Viewer, Page<ExceptionRow>);

/// An object that is excluded from a control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExceptionRow {
    /// The control.
    pub control: ControlId,
    /// The object: an id, a sign-in name, a keyword, or the path of a setting.
    pub object: Personal,
    /// Why.
    pub reason: Personal,
    /// Who answers for it.
    pub owner: Personal,
    /// From then on it does not count.
    pub expires: DateTime<Utc>,
    /// For a setting: the accepted value; any other fails again.
    pub value: Value,
    /// `configuration`, where it is removed too, or `journal`.
    pub source: String,
    /// Whether it counts now.
    pub counts: bool,
}

/// Excludes an object from a control. One that is there already is replaced. For a setting the present value is
/// accepted, and no other, unless one is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddException {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// The control.
    pub control: ControlId,
    /// The object: an id, a sign-in name, a keyword, or the path of a setting.
    pub object: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Until then; 90 days from now if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
    /// For a setting: the accepted value; the present one if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}
method!(AddException, SecurityAdmin, ExceptionRow);

/// Ends an exception before its time; one of the configuration is removed there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveException {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// The control.
    pub control: ControlId,
    /// The object.
    pub object: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}
method!(RemoveException, SecurityAdmin, ExceptionRow);

/// Confirms what Graph does not show; how long that counts the control says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attest {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// The control.
    pub control: ControlId,
    /// What was confirmed, and how it was seen.
    pub statement: String,
}
method!(Attest, SecurityAdmin, AttestationRow);

/// A person's word on a control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttestationRow {
    /// The control.
    pub control: ControlId,
    /// What was confirmed, and how it was seen.
    pub statement: Personal,
    /// Who confirmed it.
    pub owner: String,
    /// When.
    pub attested: DateTime<Utc>,
}
