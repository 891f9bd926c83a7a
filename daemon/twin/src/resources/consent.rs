//! Which application permissions a request needs: alternatives, each a set of permissions.

/// Any of these sets is enough; all permissions of a set are needed together.
pub(crate) type Consent = &'static [&'static [&'static str]];

/// Whether a token with these roles may pass.
pub(crate) fn allows(consent: Consent, roles: &[String]) -> bool {
    let held = |permission: &&str| roles.iter().any(|role| role == permission);
    consent.iter().any(|set| set.iter().all(held))
}

/// Nobody with an application token.
pub(crate) const NOBODY: Consent = &[];

pub(crate) const USER_READ: Consent =
    &[&["User.Read.All"], &["User.ReadWrite.All"], &["Directory.Read.All"], &["Directory.ReadWrite.All"]];
pub(crate) const USER_WRITE: Consent = &[
    &["User.ReadWrite.All"],
    &["Directory.ReadWrite.All"],
    &["User.EnableDisableAccount.All", "User.Read.All"],
];
pub(crate) const AUDIT_READ: Consent = &[&["AuditLog.Read.All"]];
pub(crate) const METHODS_READ: Consent =
    &[&["UserAuthenticationMethod.Read.All"], &["UserAuthenticationMethod.ReadWrite.All"]];
pub(crate) const METHODS_WRITE: Consent = &[&["UserAuthenticationMethod.ReadWrite.All"]];
pub(crate) const GROUP_READ: Consent =
    &[&["Group.Read.All"], &["Group.ReadWrite.All"], &["Directory.Read.All"], &["Directory.ReadWrite.All"]];
pub(crate) const MEMBER_READ: Consent = &[
    &["GroupMember.Read.All"],
    &["Group.Read.All"],
    &["Group.ReadWrite.All"],
    &["Directory.Read.All"],
    &["Directory.ReadWrite.All"],
];
pub(crate) const GROUP_WRITE: Consent = &[&["Group.ReadWrite.All"], &["Directory.ReadWrite.All"]];
pub(crate) const MEMBER_WRITE: Consent =
    &[&["GroupMember.ReadWrite.All"], &["Group.ReadWrite.All"], &["Directory.ReadWrite.All"]];
pub(crate) const APP_READ: Consent = &[
    &["Application.Read.All"],
    &["Application.ReadWrite.All"],
    &["Directory.Read.All"],
    &["Directory.ReadWrite.All"],
];
pub(crate) const APP_WRITE: Consent = &[&["Application.ReadWrite.All"]];
/// Adding an owner also needs to read the directory.
pub(crate) const OWNER_WRITE: Consent = &[
    &["Application.ReadWrite.All", "Directory.Read.All"],
    &["Application.ReadWrite.All", "Directory.ReadWrite.All"],
];
pub(crate) const APP_ROLE_WRITE: Consent = &[
    &["AppRoleAssignment.ReadWrite.All", "Application.Read.All"],
    &["AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All"],
    &["AppRoleAssignment.ReadWrite.All", "Directory.Read.All"],
];
pub(crate) const GRANT_READ: Consent =
    &[&["Directory.Read.All"], &["Directory.ReadWrite.All"], &["DelegatedPermissionGrant.ReadWrite.All"]];
pub(crate) const GRANT_WRITE: Consent =
    &[&["DelegatedPermissionGrant.ReadWrite.All"], &["Directory.ReadWrite.All"]];
pub(crate) const ROLE_READ: Consent = &[
    &["RoleManagement.Read.Directory"],
    &["RoleManagement.Read.All"],
    &["RoleManagement.ReadWrite.Directory"],
    &["Directory.Read.All"],
    &["Directory.ReadWrite.All"],
];
pub(crate) const ROLE_WRITE: Consent = &[&["RoleManagement.ReadWrite.Directory"]];
pub(crate) const ACTIVE_READ: Consent = &[
    &["RoleAssignmentSchedule.Read.Directory"],
    &["RoleAssignmentSchedule.ReadWrite.Directory"],
    &["RoleManagement.Read.All"],
    &["RoleManagement.Read.Directory"],
    &["RoleManagement.ReadWrite.Directory"],
];
pub(crate) const ACTIVE_WRITE: Consent =
    &[&["RoleAssignmentSchedule.ReadWrite.Directory"], &["RoleManagement.ReadWrite.Directory"]];
pub(crate) const ELIGIBLE_READ: Consent = &[
    &["RoleEligibilitySchedule.Read.Directory"],
    &["RoleEligibilitySchedule.ReadWrite.Directory"],
    &["RoleManagement.Read.All"],
    &["RoleManagement.Read.Directory"],
    &["RoleManagement.ReadWrite.Directory"],
];
pub(crate) const ELIGIBLE_WRITE: Consent =
    &[&["RoleEligibilitySchedule.ReadWrite.Directory"], &["RoleManagement.ReadWrite.Directory"]];
pub(crate) const GROUP_ACTIVE_READ: Consent = &[
    &["PrivilegedAssignmentSchedule.Read.AzureADGroup"],
    &["PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup"],
];
pub(crate) const GROUP_ELIGIBLE_READ: Consent = &[
    &["PrivilegedEligibilitySchedule.Read.AzureADGroup"],
    &["PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup"],
];
pub(crate) const ROLE_SETTINGS_READ: Consent = &[
    &["RoleManagementPolicy.Read.Directory"],
    &["RoleManagementPolicy.ReadWrite.Directory"],
    &["RoleManagement.Read.Directory"],
    &["RoleManagement.Read.All"],
    &["RoleManagement.ReadWrite.Directory"],
];
pub(crate) const ROLE_SETTINGS_WRITE: Consent =
    &[&["RoleManagementPolicy.ReadWrite.Directory"], &["RoleManagement.ReadWrite.Directory"]];
pub(crate) const POLICY_READ: Consent = &[&["Policy.Read.All"]];
pub(crate) const CONDITIONAL_ACCESS_READ: Consent =
    &[&["Policy.Read.All"], &["Policy.Read.ConditionalAccess"]];
/// Both are needed, whatever permissions.json says.
pub(crate) const CONDITIONAL_ACCESS_WRITE: Consent =
    &[&["Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"]];
pub(crate) const AUTHORIZATION_WRITE: Consent = &[&["Policy.ReadWrite.Authorization"]];
pub(crate) const CONSENT_REQUEST_WRITE: Consent = &[&["Policy.ReadWrite.ConsentRequest"]];
pub(crate) const SECURITY_DEFAULTS_WRITE: Consent = &[
    &["Policy.Read.All", "Policy.ReadWrite.SecurityDefaults"],
    &["Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"],
];
pub(crate) const METHODS_POLICY_READ: Consent = &[
    &["Policy.Read.AuthenticationMethod"],
    &["Policy.ReadWrite.AuthenticationMethod"],
    &["Policy.Read.All"],
];
pub(crate) const METHODS_POLICY_WRITE: Consent = &[&["Policy.ReadWrite.AuthenticationMethod"]];
pub(crate) const STRENGTH_WRITE: Consent =
    &[&["Policy.ReadWrite.ConditionalAccess"], &["Policy.ReadWrite.AuthenticationMethod"]];
pub(crate) const APP_POLICY_WRITE: Consent = &[&["Policy.ReadWrite.ApplicationConfiguration"]];
pub(crate) const GRANT_POLICY_READ: Consent =
    &[&["Policy.Read.PermissionGrant"], &["Policy.Read.All"], &["Policy.ReadWrite.PermissionGrant"]];
pub(crate) const GRANT_POLICY_WRITE: Consent = &[&["Policy.ReadWrite.PermissionGrant"]];
pub(crate) const CROSS_TENANT_WRITE: Consent = &[&["Policy.ReadWrite.CrossTenantAccess"]];
pub(crate) const DEVICE_POLICY_READ: Consent =
    &[&["Policy.Read.DeviceConfiguration"], &["Policy.Read.All"], &["Policy.ReadWrite.DeviceConfiguration"]];
pub(crate) const DEVICE_POLICY_WRITE: Consent = &[&["Policy.ReadWrite.DeviceConfiguration"]];
pub(crate) const ORGANIZATION_READ: Consent = &[
    &["Organization.Read.All"],
    &["Organization.ReadWrite.All"],
    &["Directory.Read.All"],
    &["Directory.ReadWrite.All"],
];
pub(crate) const LICENCE_READ: Consent = &[
    &["LicenseAssignment.Read.All"],
    &["Organization.Read.All"],
    &["Organization.ReadWrite.All"],
    &["Directory.Read.All"],
    &["Directory.ReadWrite.All"],
];
pub(crate) const DOMAIN_READ: Consent =
    &[&["Domain.Read.All"], &["Domain.ReadWrite.All"], &["Directory.Read.All"], &["Directory.ReadWrite.All"]];
pub(crate) const DOMAIN_WRITE: Consent = &[&["Domain.ReadWrite.All"]];
pub(crate) const GROUP_SETTINGS_READ: Consent = &[
    &["GroupSettings.Read.All"],
    &["GroupSettings.ReadWrite.All"],
    &["Directory.Read.All"],
    &["Directory.ReadWrite.All"],
];
pub(crate) const GROUP_SETTINGS_WRITE: Consent =
    &[&["GroupSettings.ReadWrite.All"], &["Directory.ReadWrite.All"]];
pub(crate) const DEVICE_READ: Consent =
    &[&["Device.Read.All"], &["Device.ReadWrite.All"], &["Directory.Read.All"], &["Directory.ReadWrite.All"]];
pub(crate) const DEVICE_WRITE: Consent = &[&["Device.ReadWrite.All"], &["Directory.ReadWrite.All"]];
pub(crate) const UNIT_READ: Consent = &[
    &["AdministrativeUnit.Read.All"],
    &["AdministrativeUnit.ReadWrite.All"],
    &["Directory.Read.All"],
    &["Directory.ReadWrite.All"],
];
pub(crate) const RISKY_READ: Consent =
    &[&["IdentityRiskyUser.Read.All"], &["IdentityRiskyUser.ReadWrite.All"]];
pub(crate) const SCORE_READ: Consent = &[&["SecurityEvents.Read.All"], &["SecurityEvents.ReadWrite.All"]];
pub(crate) const REVIEW_READ: Consent = &[&["AccessReview.Read.All"], &["AccessReview.ReadWrite.All"]];
pub(crate) const REVIEW_WRITE: Consent = &[&["AccessReview.ReadWrite.All"]];
pub(crate) const SHAREPOINT_READ: Consent =
    &[&["SharePointTenantSettings.Read.All"], &["SharePointTenantSettings.ReadWrite.All"]];
/// Documented for signed-in people only: every application is refused.
pub(crate) const DELEGATED_ONLY: Consent = NOBODY;
pub(crate) const MAILBOX_READ: Consent = &[&["MailboxSettings.Read"], &["MailboxSettings.ReadWrite"]];
pub(crate) const MAILBOX_WRITE: Consent = &[&["MailboxSettings.ReadWrite"]];
pub(crate) const DETECTION_READ: Consent =
    &[&["IdentityRiskEvent.Read.All"], &["IdentityRiskyUser.Read.All"], &["IdentityRiskyUser.ReadWrite.All"]];
/// Any directory object: reading the directory or one of its families.
pub(crate) const DIRECTORY_READ: Consent = &[
    &["Directory.Read.All"],
    &["Directory.ReadWrite.All"],
    &["User.Read.All", "Application.Read.All"],
    &["User.Read.All"],
];
/// Paths of the file that the table does not know: any reading role will do.
pub(crate) const HELD: Consent =
    &[&["Directory.Read.All"], &["Policy.Read.All"], &["User.Read.All"], &["AuditLog.Read.All"]];
