//! Directory roles and who holds them.

use super::{
    Id,
    text::{nullable, objects},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A role, built-in or custom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleDefinition {
    /// Its id; for built-in roles the same in every tenant.
    pub id: Id,
    /// Its name.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// The id of the built-in role it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<Id>,
    /// Whether Microsoft made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_built_in: Option<bool>,
    /// Whether assignments of it have effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    /// What it allows.
    #[serde(default, deserialize_with = "objects", skip_serializing_if = "Vec::is_empty")]
    pub role_permissions: Vec<RolePermission>,
}

/// What a role allows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RolePermission {
    /// Actions such as `microsoft.directory/applications/credentials/update`.
    #[serde(default, deserialize_with = "nullable")]
    pub allowed_resource_actions: Vec<String>,
}

/// An active assignment of a role. Activated eligibilities show up here as well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignment {
    /// Its id, derived from role and principal.
    pub id: Id,
    /// User, group or service principal.
    pub principal_id: Id,
    /// The role.
    pub role_definition_id: Id,
    /// `/` for the whole tenant, or an administrative unit, or an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory_scope_id: Option<String>,
    /// Set if it holds within one application only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_scope_id: Option<String>,
    /// A condition that narrows it; an inverse must restore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

impl RoleAssignment {
    /// Whether it holds for the whole tenant. An assignment without a scope does.
    pub fn is_tenant_wide(&self) -> bool {
        let everywhere = |scope: &str| scope.is_empty() || scope == "/";
        let scoped_to_app = self.app_scope_id.as_deref().is_some_and(|scope| !everywhere(scope));
        self.directory_scope_id.as_deref().is_none_or(everywhere) && !scoped_to_app
    }
}

/// An active role assignment as Privileged Identity Management sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignmentScheduleInstance {
    /// Its id.
    pub id: Id,
    /// User, group or service principal.
    pub principal_id: Id,
    /// The role.
    pub role_definition_id: Id,
    /// `/` for the whole tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory_scope_id: Option<String>,
    /// `Assigned` or `Activated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment_type: Option<String>,
    /// `Direct`, `Group` or `Inherited`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_type: Option<String>,
    /// Start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<DateTime<Utc>>,
    /// End; none means for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date_time: Option<DateTime<Utc>>,
    /// The role assignment behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_assignment_origin_id: Option<Id>,
    /// The schedule it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_assignment_schedule_id: Option<Id>,
}

/// An active membership or ownership of a group as Privileged Identity Management sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupAssignmentScheduleInstance {
    /// Its id.
    pub id: Id,
    /// The group.
    pub group_id: Id,
    /// Who.
    pub principal_id: Id,
    /// `member` or `owner`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_id: Option<String>,
    /// `assigned` or `activated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment_type: Option<String>,
    /// Start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<DateTime<Utc>>,
    /// End; none means for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date_time: Option<DateTime<Utc>>,
}
