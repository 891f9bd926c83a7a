//! Directory roles and Privileged Identity Management.

use super::super::fields::{Kind, any, field, flag, text, texts};
use super::super::{Consent, Field, Premium, Resource, Verb, consent};
use super::{derived, many};
use crate::rules::Plain;
use crate::rules::derived::{DirectoryRoles, RoleMembers};
use crate::rules::policies::RoleSettings;
use crate::rules::roles::{Assignments, Definitions};
use crate::rules::schedules::{ActiveRequests, EligibleRequests};

static ASSIGNMENT: [Field; 5] = [
    text("principalId"),
    text("roleDefinitionId"),
    text("directoryScopeId"),
    text("appScopeId"),
    text("condition"),
];
static DEFINITION: [Field; 7] = [
    text("displayName"),
    text("description"),
    flag("isEnabled"),
    texts("resourceScopes"),
    any("rolePermissions"),
    text("templateId"),
    text("version"),
];
static REQUEST: [Field; 10] = [
    text("action"),
    text("principalId"),
    text("roleDefinitionId"),
    text("directoryScopeId"),
    text("appScopeId"),
    text("justification"),
    flag("isValidationOnly"),
    any("scheduleInfo"),
    any("ticketInfo"),
    field("targetScheduleId", Kind::Text),
];
static RULE: [Field; 18] = [
    text("id"),
    any("target"),
    flag("isExpirationRequired"),
    text("maximumDuration"),
    texts("enabledRules"),
    any("setting"),
    flag("isEnabled"),
    text("claimValue"),
    text("notificationType"),
    text("recipientType"),
    text("notificationLevel"),
    flag("isDefaultRecipientsEnabled"),
    texts("notificationRecipients"),
    any("approvalStages"),
    flag("isApprovalRequired"),
    flag("isApprovalRequiredForExtension"),
    flag("isRequestorJustificationRequired"),
    text("approvalMode"),
];
const CATEGORY: &str = "RoleManagement";

const fn pim(path: &'static str, entity: &'static str, read: Consent) -> Resource {
    many(path, entity, read).premium(Premium::Pim)
}

const fn group_pim(path: &'static str, entity: &'static str, read: Consent) -> Resource {
    let mut entry = pim(path, entity, read);
    entry.filter_on = &["groupId", "principalId"];
    entry
}

const fn role_policies() -> Resource {
    let mut entry = pim(
        "/policies/roleManagementPolicyAssignments",
        "unifiedRoleManagementPolicyAssignment",
        consent::ROLE_SETTINGS_READ,
    );
    entry.filter_on = &["scopeId"];
    entry
}

pub(super) static RESOURCES: [Resource; 19] = [
    many("/roleManagement/directory/roleDefinitions", "unifiedRoleDefinition", consent::ROLE_READ)
        .writes(consent::ROLE_WRITE, &[Verb::Create, Verb::Patch, Verb::Delete], &DEFINITION)
        .ruled(&Definitions)
        .audited(CATEGORY, "Role"),
    many("/roleManagement/directory/roleAssignments", "unifiedRoleAssignment", consent::ROLE_READ)
        .writes(consent::ROLE_WRITE, &[Verb::Create, Verb::Delete], &ASSIGNMENT)
        .ruled(&Assignments)
        .audited(CATEGORY, "Role"),
    pim(
        "/roleManagement/directory/roleAssignmentScheduleInstances",
        "unifiedRoleAssignmentScheduleInstance",
        consent::ACTIVE_READ,
    ),
    pim(
        "/roleManagement/directory/roleAssignmentSchedules",
        "unifiedRoleAssignmentSchedule",
        consent::ACTIVE_READ,
    ),
    pim(
        "/roleManagement/directory/roleAssignmentScheduleRequests",
        "unifiedRoleAssignmentScheduleRequest",
        consent::ACTIVE_READ,
    )
    .writes(consent::ACTIVE_WRITE, &[Verb::Create], &REQUEST)
    .ruled(&ActiveRequests)
    .audited(CATEGORY, "Role"),
    pim(
        "/roleManagement/directory/roleEligibilityScheduleInstances",
        "unifiedRoleEligibilityScheduleInstance",
        consent::ELIGIBLE_READ,
    ),
    pim(
        "/roleManagement/directory/roleEligibilitySchedules",
        "unifiedRoleEligibilitySchedule",
        consent::ELIGIBLE_READ,
    ),
    pim(
        "/roleManagement/directory/roleEligibilityScheduleRequests",
        "unifiedRoleEligibilityScheduleRequest",
        consent::ELIGIBLE_READ,
    )
    .writes(consent::ELIGIBLE_WRITE, &[Verb::Create], &REQUEST)
    .ruled(&EligibleRequests)
    .audited(CATEGORY, "Role"),
    derived("/directoryRoles", "directoryRole", consent::ROLE_READ, &DirectoryRoles).directory(),
    derived("/directoryRoles/{}/members", "directoryObject", consent::ROLE_READ, &RoleMembers),
    many("/directoryRoleTemplates", "directoryRoleTemplate", consent::ROLE_READ),
    group_pim(
        "/identityGovernance/privilegedAccess/group/assignmentScheduleInstances",
        "privilegedAccessGroupAssignmentScheduleInstance",
        consent::GROUP_ACTIVE_READ,
    ),
    group_pim(
        "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
        "privilegedAccessGroupEligibilityScheduleInstance",
        consent::GROUP_ELIGIBLE_READ,
    ),
    group_pim(
        "/identityGovernance/privilegedAccess/group/assignmentSchedules",
        "privilegedAccessGroupAssignmentSchedule",
        consent::GROUP_ACTIVE_READ,
    ),
    group_pim(
        "/identityGovernance/privilegedAccess/group/eligibilitySchedules",
        "privilegedAccessGroupEligibilitySchedule",
        consent::GROUP_ELIGIBLE_READ,
    ),
    role_policies(),
    pim("/policies/roleManagementPolicies", "unifiedRoleManagementPolicy", consent::ROLE_SETTINGS_READ),
    pim(
        "/policies/roleManagementPolicies/{}/rules",
        "unifiedRoleManagementPolicyRule",
        consent::ROLE_SETTINGS_READ,
    )
    .writes(consent::ROLE_SETTINGS_WRITE, &[Verb::Patch], &RULE)
    .ruled(&RoleSettings)
    .audited(CATEGORY, "Policy"),
    pim(
        "/policies/roleManagementPolicies/{}/effectiveRules",
        "unifiedRoleManagementPolicyRule",
        consent::ROLE_SETTINGS_READ,
    )
    .ruled(&Plain),
];
