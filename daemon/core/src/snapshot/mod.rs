//! What one scan read from a tenant (T4): typed rows per resource family, each family with its
//! own completeness. Everything here is untrusted input in Graph's own JSON shapes; only the
//! fields that controls need are kept. A snapshot is plain data and goes through serde both ways.

mod application;
mod audit_entry;
mod authentication;
mod authentication_methods;
mod compare;
mod conditional_access;
mod device;
mod family;
mod grant;
mod grounds;
mod group;
mod id;
mod key;
mod licence;
mod moment;
mod named_location;
mod organization;
mod pim;
mod policy;
mod policy_controls;
mod retention;
mod role;
mod rows;
mod service_principal;
mod shared;
pub mod tenant_file;
mod tenant_wide;
mod text;
mod user;

pub use application::{
    Application, ApplicationOwners, KeyCredential, PasswordCredential, RedirectUris, RequiredResourceAccess,
    ResourceAccess,
};
pub use audit_entry::{AuditApp, AuditEntry, AuditTarget, AuditUser, Initiator, ModifiedProperty};
pub use authentication::{AuthenticationMethod, RegistrationDetails, UserAuthenticationMethods};
pub use authentication_methods::{AuthenticationMethodsPolicy, MethodConfiguration};
pub use compare::{CHANGES_MOST, compare};
pub use conditional_access::{
    Applications, AuthenticationFlows, ConditionalAccessPolicy, Conditions, Devices, ExternalTenants,
    GuestsOrExternalUsers, Locations, Platforms, PolicyState, Users,
};
pub use device::{
    Device, DeviceJoin, DeviceMembership, DeviceRegistrationPolicy, LocalAdminPassword, LocalAdmins,
};
pub use family::{
    Ending, Family, FamilyStatus, Row, Unreadable, UnreadableKind, Visit, VisitMut, VisitPairs,
};
pub use grant::{
    AppRoleAssignment, EmailAddress, LastUse, MailboxRules, MessageRule, MessageRuleActions,
    OAuth2PermissionGrant, Recipient, ResourceAppRoles, ServicePrincipalAppRoles, ServicePrincipalOwners,
    ServicePrincipalSignInActivity,
};
pub use grounds::Grounds;
pub use group::{DirectoryObject, Group, GroupMembers, GroupOwners};
pub use id::Id;
pub use licence::{ServicePlan, SubscribedSku, UnitCounts};
pub use named_location::{IpRange, NamedLocation};
pub use organization::{Domain, Organization};
pub use pim::{
    AccessReviewDefinition, AccessReviewSettings, ApprovalSetting, ApprovalStage, Approver, Recurrence,
    RecurrencePattern, RecurrenceRange, RoleAssignmentSchedule, RoleEligibilityScheduleInstance,
    RoleManagementPolicy, RoleManagementPolicyAssignment, RoleRule, ScheduleInfo,
};
pub use policy::{
    AdminConsentRequestPolicy, ApplicationRestrictions, AuthorizationPolicy, CredentialRestriction,
    DefaultAppManagementPolicy, DefaultUserRolePermissions, SecurityDefaults, parse_duration,
};
pub use policy_controls::{
    AuthenticationStrength, GrantControls, PersistentBrowser, SessionControls, SignInFrequency, Switch,
};
pub use retention::{Retention, SNAPSHOTS_MOST, retained};
pub use role::{
    GroupAssignmentScheduleInstance, RoleAssignment, RoleAssignmentScheduleInstance, RoleDefinition,
    RolePermission,
};
pub use rows::{Packed, Part, Run, RunDigest, RunHead};
pub use service_principal::ServicePrincipal;
pub use shared::Shared;
pub use tenant_wide::{
    ActivityBasedTimeoutPolicy, B2bSetting, B2bTarget, B2bTargets, CrossTenantAccessDefault, DirectoryAudit,
    GroupSetting, InboundTrust, OnPremisesSynchronization, SettingValue, SharePointSettings, SignIn,
    SynchronizationFeatures,
};
pub use user::{AssignedLicense, SignInActivity, User, UserSignIn};

use chrono::{DateTime, Utc};
use key::AsKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! families {
    ($($(#[$doc:meta])* $field:ident: $row:ty $([$key:ident])?, $name:ident, $path:literal, $permission:literal;)*) => {
        /// The resource families of a snapshot.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FamilyName {
            $($(#[$doc])* $name,)*
        }

        impl FamilyName {
            /// All of them, in the order of the snapshot's fields.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name used on screen, in control files and in JSON.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($field),)*
                }
            }

            /// Where Graph keeps it; `{id}` stands for the object a sub-collection belongs to.
            pub fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)*
                }
            }

            /// The least application permission that reads it.
            pub fn permission(self) -> &'static str {
                match self {
                    $(Self::$name => $permission,)*
                }
            }
        }

        $(impl Row for $row {
            const FAMILY: FamilyName = FamilyName::$name;

            fn key(&self) -> Option<&Id> {
                None$(.or(self.$key.as_key()))?
            }
        })*

        /// A tenant as read by one scan (T4). A family nobody read says so: it is never empty.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct Snapshot {
            /// When reading ended.
            pub taken_at: DateTime<Utc>,
            /// Families taken over from an earlier scan, and when they were read.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub carried: BTreeMap<FamilyName, DateTime<Utc>>,
            /// Lists that Graph always gives and some row lacks, by family: their rows' empty list proves nothing.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub unstated: BTreeMap<FamilyName, Vec<String>>,
            $($(#[$doc])* #[serde(default)] pub $field: Family<$row>,)*
        }

        impl Snapshot {
            /// A snapshot of which nothing has been read yet.
            pub fn unread(taken_at: DateTime<Utc>) -> Self {
                Self { taken_at, carried: BTreeMap::new(), unstated: BTreeMap::new(), $($field: Family::default(),)* }
            }

            /// Orders the rows of every family by their keys.
            pub fn sort(&mut self) {
                $(self.$field.sort();)*
            }

            /// What was asked for and could not be read, or not to its end, and why.
            pub fn unreadable(&self) -> Vec<Unreadable> {
                [$(self.$field.unread().filter(|_| self.$field.is_asked()),)*].into_iter().flatten().collect()
            }

            /// What tells families apart that differ; those whose rows are not kept are left out.
            pub fn fingerprints(&self) -> BTreeMap<FamilyName, String> {
                let all = [$((FamilyName::$name, self.$field.fingerprint()),)*];
                all.into_iter().filter_map(|(family, fingerprint)| Some((family, fingerprint?))).collect()
            }

            /// Shows every family to a visitor, in the order of [`FamilyName::ALL`].
            ///
            /// # Errors
            /// The visitor's first.
            pub fn visit<V: Visit>(&self, visitor: &mut V) -> Result<(), V::Error> {
                $(visitor.family(&self.$field)?;)*
                Ok(())
            }

            /// Shows every family of this snapshot and of another, in the same order.
            ///
            /// # Errors
            /// The visitor's first.
            pub fn visit_pairs<V: VisitPairs>(&self, other: &Self, visitor: &mut V) -> Result<(), V::Error> {
                $(visitor.families(&self.$field, &other.$field)?;)*
                Ok(())
            }

            /// The same for one that may change them.
            ///
            /// # Errors
            /// The visitor's first.
            pub fn visit_mut<V: VisitMut>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
                $(visitor.family(&mut self.$field)?;)*
                Ok(())
            }

            /// Completeness and number of rows of every family, for summaries.
            pub fn summary(&self) -> Vec<(FamilyName, FamilyStatus, usize)> {
                vec![$((FamilyName::$name, self.$field.status(), self.$field.count()),)*]
            }
        }
    };
}

families! {
    /// Accounts, members and guests.
    users: User [id], Users, "/v1.0/users", "User.Read.All";
    /// Last sign-ins, from the users' `signInActivity`.
    sign_in_activity: UserSignIn [id], SignInActivity, "/v1.0/users?$select=id,signInActivity", "AuditLog.Read.All";
    /// The report on registered authentication methods.
    registration_details: RegistrationDetails [id], RegistrationDetails,
        "/v1.0/reports/authenticationMethods/userRegistrationDetails", "AuditLog.Read.All";
    /// Registered methods of single accounts: one row per account read, break-glass accounts only.
    authentication_methods: UserAuthenticationMethods [user], AuthenticationMethods,
        "/v1.0/users/{id}/authentication/methods", "UserAuthenticationMethod.Read.All";
    /// Directory roles, built-in and custom.
    role_definitions: RoleDefinition [id], RoleDefinitions,
        "/v1.0/roleManagement/directory/roleDefinitions", "RoleManagement.Read.Directory";
    /// Active role assignments, however they came about.
    role_assignments: RoleAssignment [id], RoleAssignments,
        "/v1.0/roleManagement/directory/roleAssignments", "RoleManagement.Read.Directory";
    /// Active assignments as Privileged Identity Management sees them: tells permanent from activated.
    role_assignment_schedule_instances: RoleAssignmentScheduleInstance [id], RoleAssignmentScheduleInstances,
        "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances", "RoleAssignmentSchedule.Read.Directory";
    /// Active memberships of groups as Privileged Identity Management sees them.
    group_assignment_schedule_instances: GroupAssignmentScheduleInstance [id], GroupAssignmentScheduleInstances,
        "/v1.0/identityGovernance/privilegedAccess/group/assignmentScheduleInstances",
        "PrivilegedAssignmentSchedule.Read.AzureADGroup";
    /// Groups.
    groups: Group [id], Groups, "/v1.0/groups", "Group.Read.All";
    /// Direct members: one row per group read.
    group_members: GroupMembers [group], GroupMembers, "/v1.0/groups/{id}/members", "GroupMember.Read.All";
    /// App registrations.
    applications: Application [id], Applications, "/v1.0/applications", "Application.Read.All";
    /// Owners of app registrations: one row per application read.
    application_owners: ApplicationOwners [application], ApplicationOwners,
        "/v1.0/applications/{id}/owners", "Application.Read.All";
    /// Service principals.
    service_principals: ServicePrincipal [id], ServicePrincipals, "/v1.0/servicePrincipals", "Application.Read.All";
    /// Conditional Access policies.
    conditional_access_policies: ConditionalAccessPolicy [id], ConditionalAccessPolicies,
        "/v1.0/identity/conditionalAccess/policies", "Policy.Read.All";
    /// Named locations.
    named_locations: NamedLocation [id], NamedLocations,
        "/v1.0/identity/conditionalAccess/namedLocations", "Policy.Read.All";
    /// Authentication strengths.
    authentication_strengths: AuthenticationStrength [id], AuthenticationStrengths,
        "/v1.0/policies/authenticationStrengthPolicies", "Policy.Read.AuthenticationMethod";
    /// The policy on authentication methods, one row.
    authentication_methods_policy: AuthenticationMethodsPolicy, AuthenticationMethodsPolicy,
        "/v1.0/policies/authenticationMethodsPolicy", "Policy.Read.AuthenticationMethod";
    /// The configuration of each authentication method.
    authentication_method_configurations: MethodConfiguration, AuthenticationMethodConfigurations,
        "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations",
        "Policy.Read.AuthenticationMethod";
    /// The authorization policy, one row.
    authorization_policy: AuthorizationPolicy, AuthorizationPolicy,
        "/v1.0/policies/authorizationPolicy", "Policy.Read.All";
    /// The admin consent workflow, one row.
    admin_consent_request_policy: AdminConsentRequestPolicy, AdminConsentRequestPolicy,
        "/v1.0/policies/adminConsentRequestPolicy", "Policy.Read.All";
    /// Security defaults, one row.
    security_defaults: SecurityDefaults, SecurityDefaults,
        "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy", "Policy.Read.All";
    /// The tenant's rules on credentials of applications, one row.
    default_app_management_policy: DefaultAppManagementPolicy, DefaultAppManagementPolicy,
        "/v1.0/policies/defaultAppManagementPolicy", "Policy.Read.All";
    /// What was bought.
    subscribed_skus: SubscribedSku [id], SubscribedSkus, "/v1.0/subscribedSkus", "LicenseAssignment.Read.All";
    /// The organization, one row.
    organization: Organization [id], Organization, "/v1.0/organization", "Organization.Read.All";
    /// Domains.
    domains: Domain [id], Domains, "/v1.0/domains", "Domain.Read.All";
    /// Roles that may be activated.
    role_eligibility_schedule_instances: RoleEligibilityScheduleInstance [id], RoleEligibilityScheduleInstances,
        "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances", "RoleEligibilitySchedule.Read.Directory";
    /// Schedules behind active assignments.
    role_assignment_schedules: RoleAssignmentSchedule [id], RoleAssignmentSchedules,
        "/v1.0/roleManagement/directory/roleAssignmentSchedules", "RoleAssignmentSchedule.Read.Directory";
    /// Settings of roles in Privileged Identity Management.
    role_management_policy_assignments: RoleManagementPolicyAssignment [id], RoleManagementPolicyAssignments,
        "/v1.0/policies/roleManagementPolicyAssignments", "RoleManagement.Read.Directory";
    /// Owners of role-assignable groups: one row per group read.
    group_owners: GroupOwners [group], GroupOwners, "/v1.0/groups/{id}/owners", "Group.Read.All";
    /// Owners of privileged service principals: one row per service principal read.
    service_principal_owners: ServicePrincipalOwners [service_principal], ServicePrincipalOwners,
        "/v1.0/servicePrincipals/{id}/owners", "Application.Read.All";
    /// Application roles by who has them: one row per service principal read.
    app_role_assignments: ServicePrincipalAppRoles [service_principal], AppRoleAssignments,
        "/v1.0/servicePrincipals/{id}/appRoleAssignments", "Application.Read.All";
    /// Application roles by whose they are: one row per resource read.
    app_roles_assigned_to: ResourceAppRoles [resource], AppRolesAssignedTo,
        "/v1.0/servicePrincipals/{id}/appRoleAssignedTo", "Application.Read.All";
    /// Delegated permissions granted.
    #[serde(rename = "oauth2_permission_grants")]
    oauth2_permission_grants: OAuth2PermissionGrant [id], OAuth2PermissionGrants,
        "/v1.0/oauth2PermissionGrants", "Directory.Read.All";
    /// Directory settings; a template without settings has its defaults.
    group_settings: GroupSetting [id], GroupSettings, "/v1.0/groupSettings", "GroupSettings.Read.All";
    /// What holds towards other tenants, one row.
    cross_tenant_access_default: CrossTenantAccessDefault, CrossTenantAccessDefault,
        "/v1.0/policies/crossTenantAccessPolicy/default", "Policy.Read.All";
    /// Who may register and join devices, one row.
    device_registration_policy: DeviceRegistrationPolicy, DeviceRegistrationPolicy,
        "/v1.0/policies/deviceRegistrationPolicy", "Policy.Read.DeviceConfiguration";
    /// Devices.
    devices: Device [id], Devices, "/v1.0/devices", "Device.Read.All";
    /// Access reviews.
    access_review_definitions: AccessReviewDefinition [id], AccessReviewDefinitions,
        "/v1.0/identityGovernance/accessReviews/definitions", "AccessReview.Read.All";
    /// The newest entries of the directory's audit log.
    directory_audits: DirectoryAudit [id], DirectoryAudits, "/v1.0/auditLogs/directoryAudits", "AuditLog.Read.All";
    /// The newest sign-ins.
    sign_ins: SignIn [id], SignIns, "/v1.0/auditLogs/signIns", "AuditLog.Read.All";
    /// Sharing of files, one row.
    share_point_settings: SharePointSettings, SharePointSettings,
        "/v1.0/admin/sharepoint/settings", "SharePointTenantSettings.Read.All";
    /// Policies that end idle sessions.
    activity_based_timeout_policies: ActivityBasedTimeoutPolicy [id], ActivityBasedTimeoutPolicies,
        "/v1.0/policies/activityBasedTimeoutPolicies", "Policy.Read.All";
    /// Last uses of service principals; only beta of Graph has them (D28).
    service_principal_sign_in_activities: ServicePrincipalSignInActivity [app_id], ServicePrincipalSignInActivities,
        "/beta/reports/servicePrincipalSignInActivities", "AuditLog.Read.All";
    /// Rules of inboxes: one row per mailbox read.
    message_rules: MailboxRules [user], MessageRules,
        "/v1.0/users/{id}/mailFolders/inbox/messageRules", "MailboxSettings.Read";
    /// How a directory on-premises is synchronised; applications may not read it.
    on_premises_synchronization: OnPremisesSynchronization [id], OnPremisesSynchronization,
        "/v1.0/directory/onPremisesSynchronization", "OnPremDirectorySynchronization.Read.All";
}

impl FamilyName {
    /// Whether it is read only where a control in force needs it: it costs requests, or a
    /// permission or licence that not every tenant has.
    pub fn is_on_demand(self) -> bool {
        self >= Self::RoleEligibilityScheduleInstances
    }
}
