//! What Privileged Identity Management knows beside its active instances: who may activate, the
//! schedules behind assignments, and the settings of each role.

use super::{
    Id,
    text::{nullable, optional_object},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A role that a principal may activate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleEligibilityScheduleInstance {
    /// Its id.
    pub id: Id,
    /// User or group.
    pub principal_id: Id,
    /// The role.
    pub role_definition_id: Id,
    /// The schedule behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_eligibility_schedule_id: Option<Id>,
    /// `/` for the whole tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory_scope_id: Option<String>,
    /// End; none means for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date_time: Option<DateTime<Utc>>,
}

/// The schedule of an active assignment: how it came about and from when it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignmentSchedule {
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
    /// The request that made it; none if it was made around Privileged Identity Management.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_using: Option<String>,
    /// `Provisioned` and others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// From when to when.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub schedule_info: Option<ScheduleInfo>,
}

/// From when a schedule holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleInfo {
    /// Start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<DateTime<Utc>>,
}

/// Which settings a role has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleManagementPolicyAssignment {
    /// Its id.
    pub id: Id,
    /// The role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_definition_id: Option<Id>,
    /// `/` for the whole tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_id: Option<String>,
    /// `DirectoryRole`, or `Directory` in older answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_type: Option<String>,
    /// The settings, where they were expanded.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub policy: Option<RoleManagementPolicy>,
}

impl RoleManagementPolicyAssignment {
    /// Groups whose members approve activations.
    pub fn approving_groups(&self) -> impl Iterator<Item = &Id> {
        let rules = self.policy.iter().filter_map(|policy| policy.rules.as_ref()).flatten();
        let stages = rules.filter_map(|rule| rule.setting.as_ref()).flat_map(|one| &one.approval_stages);
        let approvers = stages.flat_map(|stage| &stage.primary_approvers);
        approvers.filter_map(|one| one.group_id.as_ref().or(one.id.as_ref()))
    }
}

/// The settings of a role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleManagementPolicy {
    /// Their id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The rules, where they were expanded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<RoleRule>>,
}

/// One rule of a role's settings; its id tells what it is about, such as `Approval_EndUser_Assignment`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleRule {
    /// Its id, the same in every tenant.
    #[serde(default, deserialize_with = "nullable")]
    pub id: String,
    /// Approval: what is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<ApprovalSetting>,
    /// Enablement: `Justification`, `MultiFactorAuthentication`, `Ticketing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled_rules: Option<Vec<String>>,
    /// Expiration: whether there must be an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_expiration_required: Option<bool>,
    /// Expiration: the longest duration, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_duration: Option<String>,
    /// Notification: `Email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_type: Option<String>,
    /// Notification: `All` or `Critical`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_level: Option<String>,
    /// Notification: whether those whom Entra chooses are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_default_recipients_enabled: Option<bool>,
    /// Notification: further addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_recipients: Option<Vec<String>>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Whether and by whom an activation is approved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalSetting {
    /// Whether at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_approval_required: Option<bool>,
    /// One after the other; Entra has one.
    #[serde(default, deserialize_with = "nullable")]
    pub approval_stages: Vec<ApprovalStage>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Who approves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalStage {
    /// Users and groups, `#microsoft.graph.singleUser` with `userId`, `#microsoft.graph.groupMembers` with `groupId`.
    #[serde(default, deserialize_with = "nullable")]
    pub primary_approvers: Vec<Approver>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A user or a group that approves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approver {
    /// Its type.
    #[serde(rename = "@odata.type", default, deserialize_with = "nullable")]
    pub odata_type: String,
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Id>,
    /// The group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<Id>,
    /// What beta calls either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A review that recurs, or did once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessReviewDefinition {
    /// Its id.
    pub id: Id,
    /// Name in the tenant, untrusted.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// `InProgress`, `NotStarted`, `Completed` and others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What is reviewed, in one of several shapes.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub scope: Option<Value>,
    /// Which groups or roles there is an instance for.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub instance_enumeration_scope: Option<Value>,
    /// How often, and what follows.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub settings: Option<AccessReviewSettings>,
}

/// How a review runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessReviewSettings {
    /// How often; none means once.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<Recurrence>,
}

/// How often something recurs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recurrence {
    /// The rhythm.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub pattern: Option<RecurrencePattern>,
    /// From when to when.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub range: Option<RecurrenceRange>,
}

/// The rhythm of a recurrence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecurrencePattern {
    /// `daily`, `weekly`, `absoluteMonthly`, `relativeMonthly`, `absoluteYearly`, `relativeYearly`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Every how many of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<i64>,
}

/// From when to when something recurs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecurrenceRange {
    /// `noEnd`, `endDate`, `numbered`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The last day, for `endDate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date: Option<String>,
}
