//! Groups and their direct members; who is a member in the end is worked out by the checks.

use super::{Id, text::nullable};
use serde::{Deserialize, Serialize};

/// A group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Object id.
    pub id: Id,
    /// Name in the tenant, untrusted.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// `Unified`, `DynamicMembership`.
    #[serde(default, deserialize_with = "nullable")]
    pub group_types: Vec<String>,
    /// Whether it may hold directory roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_assignable_to_role: Option<bool>,
    /// Whether it is in an administrative unit with restricted management.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_management_restricted: Option<bool>,
    /// Whether it grants access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_enabled: Option<bool>,
    /// The rule of a dynamic group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membership_rule: Option<String>,
    /// `On` or `Paused`, of a dynamic group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membership_rule_processing_state: Option<String>,
    /// `Public` or `Private`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
}

/// The direct members of one group; present means that this group was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupMembers {
    /// The group.
    pub group: Id,
    /// Its direct members.
    pub members: Vec<DirectoryObject>,
}

/// The owners of one group; present means that this group was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupOwners {
    /// The group.
    pub group: Id,
    /// Its owners.
    pub owners: Vec<DirectoryObject>,
}

/// A reference to an object of the directory, as member and owner lists give it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryObject {
    /// Its type, such as `#microsoft.graph.user`; empty if not said.
    #[serde(
        rename = "@odata.type",
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub odata_type: String,
    /// Object id.
    pub id: Id,
    /// Name in the tenant, untrusted.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "String::is_empty")]
    pub display_name: String,
}
