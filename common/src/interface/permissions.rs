//! What the registrations must be allowed in Graph, and what their tokens say.

use super::method;
use crate::id::ControlId;
use serde::{Deserialize, Serialize};

/// Explains the permissions of reader and writer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetPermissions {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Only for these controls; for every enabled one of the level if empty.
    #[serde(default)]
    pub controls: Vec<ControlId>,
}
method!(GetPermissions, Viewer, PermissionReport);

/// The registrations of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionReport {
    /// Reader and writer.
    pub registrations: Vec<RegistrationReport>,
}

/// One registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationReport {
    /// `reader` or `writer`.
    pub registration: String,
    /// Whether the configuration has it.
    pub configured: bool,
    /// Why nothing is known of what was granted; empty if it is.
    pub error: String,
    /// What is needed, then what is in excess, by name.
    pub permissions: Vec<PermissionRow>,
}

/// One application permission of Graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionRow {
    /// Its name, such as `User.Read.All`.
    pub permission: String,
    /// `granted`, `covered` by a wider one, `missing`, in `excess`, or `unknown`.
    pub standing: String,
    /// The controls that need it; none for what is in excess.
    pub controls: Vec<ControlId>,
    /// Why, and why it is dangerous; empty where there is nothing to say.
    pub why: String,
}
