//! The fields that predicates and settings may name, per family.

use crate::snapshot::FamilyName;

/// The shape of a value.
#[derive(Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text, number or truth value.
    Scalar,
    /// A moment; predicates see it as text of fixed width.
    Time,
    /// A list.
    List(&'static Shape),
    /// An object with these fields and no others.
    Object(&'static [(&'static str, Shape)]),
}

impl Shape {
    /// The shape of a field.
    pub fn field(&self, name: &str) -> Option<&Shape> {
        match self {
            Self::Object(fields) => fields.iter().find(|(field, _)| *field == name).map(|(_, shape)| shape),
            _ => None,
        }
    }

    /// The shape of a list's entries.
    pub fn items(&self, list: &str) -> Option<&'static Shape> {
        match self.field(list) {
            Some(Self::List(item)) => Some(item),
            _ => None,
        }
    }

    /// The shape at a dotted path.
    pub fn at(&self, path: &str) -> Option<&Shape> {
        crate::checks::setting::segments(path).try_fold(self, |shape, name| shape.field(name))
    }
}

const SECRET: Shape = Shape::Object(&[
    ("keyId", Shape::Scalar),
    ("displayName", Shape::Scalar),
    ("customKeyIdentifier", Shape::Scalar),
    ("startDateTime", Shape::Time),
    ("endDateTime", Shape::Time),
]);
const CERTIFICATE: Shape = Shape::Object(&[
    ("keyId", Shape::Scalar),
    ("displayName", Shape::Scalar),
    ("type", Shape::Scalar),
    ("usage", Shape::Scalar),
    ("customKeyIdentifier", Shape::Scalar),
    ("startDateTime", Shape::Time),
    ("endDateTime", Shape::Time),
]);
const REFERENCE: Shape = Shape::Object(&[("id", Shape::Scalar), ("displayName", Shape::Scalar)]);
const TEXTS: Shape = Shape::List(&Shape::Scalar);

const APPLICATION: Shape = Shape::Object(&[
    ("id", Shape::Scalar),
    ("appId", Shape::Scalar),
    ("displayName", Shape::Scalar),
    ("signInAudience", Shape::Scalar),
    ("createdDateTime", Shape::Time),
    ("passwordCredentials", Shape::List(&SECRET)),
    ("keyCredentials", Shape::List(&CERTIFICATE)),
    ("owners", Shape::List(&REFERENCE)),
    ("web", REDIRECTS),
    ("spa", REDIRECTS),
]);
const REDIRECTS: Shape = Shape::Object(&[("redirectUris", TEXTS)]);
const USER: Shape = Shape::Object(&[
    ("id", Shape::Scalar),
    ("userPrincipalName", Shape::Scalar),
    ("displayName", Shape::Scalar),
    ("userType", Shape::Scalar),
    ("accountEnabled", Shape::Scalar),
    ("onPremisesSyncEnabled", Shape::Scalar),
    ("createdDateTime", Shape::Time),
    ("externalUserState", Shape::Scalar),
    ("assignedLicenses", Shape::List(&Shape::Object(&[("skuId", Shape::Scalar)]))),
]);
const SERVICE_PRINCIPAL: Shape = Shape::Object(&[
    ("id", Shape::Scalar),
    ("appId", Shape::Scalar),
    ("displayName", Shape::Scalar),
    ("servicePrincipalType", Shape::Scalar),
    ("appOwnerOrganizationId", Shape::Scalar),
    ("accountEnabled", Shape::Scalar),
    ("appRoleAssignmentRequired", Shape::Scalar),
    ("tags", TEXTS),
    ("passwordCredentials", Shape::List(&SECRET)),
    ("keyCredentials", Shape::List(&CERTIFICATE)),
]);
const GROUP: Shape = Shape::Object(&[
    ("id", Shape::Scalar),
    ("displayName", Shape::Scalar),
    ("groupTypes", TEXTS),
    ("isAssignableToRole", Shape::Scalar),
    ("securityEnabled", Shape::Scalar),
    ("membershipRule", Shape::Scalar),
    ("membershipRuleProcessingState", Shape::Scalar),
    ("visibility", Shape::Scalar),
]);
const ROLE_ASSIGNMENT: Shape = Shape::Object(&[
    ("id", Shape::Scalar),
    ("principalId", Shape::Scalar),
    ("roleDefinitionId", Shape::Scalar),
    ("directoryScopeId", Shape::Scalar),
]);
const DOMAIN: Shape = Shape::Object(&[
    ("id", Shape::Scalar),
    ("authenticationType", Shape::Scalar),
    ("isVerified", Shape::Scalar),
    ("isDefault", Shape::Scalar),
    ("isInitial", Shape::Scalar),
    ("isRoot", Shape::Scalar),
    ("passwordValidityPeriodInDays", Shape::Scalar),
]);
const POLICY: Shape = Shape::Object(&[
    ("id", Shape::Scalar),
    ("displayName", Shape::Scalar),
    ("state", Shape::Scalar),
    ("createdDateTime", Shape::Time),
    ("modifiedDateTime", Shape::Time),
]);
const NAMED_LOCATION: Shape = Shape::Object(&[
    ("id", Shape::Scalar),
    ("displayName", Shape::Scalar),
    ("isTrusted", Shape::Scalar),
    ("ipRanges", Shape::List(&Shape::Object(&[("cidrAddress", Shape::Scalar)]))),
    ("countriesAndRegions", TEXTS),
]);
const AUTHORIZATION_POLICY: Shape = Shape::Object(&[
    ("allowInvitesFrom", Shape::Scalar),
    ("guestUserRoleId", Shape::Scalar),
    ("blockMsolPowerShell", Shape::Scalar),
    ("allowUserConsentForRiskyApps", Shape::Scalar),
    ("allowedToUseSSPR", Shape::Scalar),
    ("allowEmailVerifiedUsersToJoinOrganization", Shape::Scalar),
    (
        "defaultUserRolePermissions",
        Shape::Object(&[
            ("allowedToCreateApps", Shape::Scalar),
            ("allowedToCreateSecurityGroups", Shape::Scalar),
            ("allowedToCreateTenants", Shape::Scalar),
            ("allowedToReadOtherUsers", Shape::Scalar),
            ("allowedToReadBitlockerKeysForOwnedDevice", Shape::Scalar),
            ("permissionGrantPoliciesAssigned", TEXTS),
        ]),
    ),
]);
const ADMIN_CONSENT: Shape = Shape::Object(&[
    ("isEnabled", Shape::Scalar),
    ("notifyReviewers", Shape::Scalar),
    ("remindersEnabled", Shape::Scalar),
    ("requestDurationInDays", Shape::Scalar),
    ("reviewers", Shape::List(&Shape::Object(&[]))),
]);
const TARGETS: Shape = Shape::Object(&[
    ("accessType", Shape::Scalar),
    ("targets", Shape::List(&Shape::Object(&[("target", Shape::Scalar)]))),
]);
const CROSS_TENANT: Shape = Shape::Object(&[
    ("isServiceDefault", Shape::Scalar),
    ("b2bDirectConnectInbound", Shape::Object(&[("usersAndGroups", TARGETS), ("applications", TARGETS)])),
    (
        "inboundTrust",
        Shape::Object(&[
            ("isMfaAccepted", Shape::Scalar),
            ("isCompliantDeviceAccepted", Shape::Scalar),
            ("isHybridAzureADJoinedDeviceAccepted", Shape::Scalar),
        ]),
    ),
]);
const MEMBERSHIP: Shape = Shape::Object(&[("@odata.type", Shape::Scalar)]);
const DEVICE_REGISTRATION: Shape = Shape::Object(&[
    ("userDeviceQuota", Shape::Scalar),
    ("multiFactorAuthConfiguration", Shape::Scalar),
    (
        "azureADJoin",
        Shape::Object(&[
            ("allowedToJoin", MEMBERSHIP),
            (
                "localAdmins",
                Shape::Object(&[("enableGlobalAdmins", Shape::Scalar), ("registeringUsers", MEMBERSHIP)]),
            ),
        ]),
    ),
    ("localAdminPassword", Shape::Object(&[("isEnabled", Shape::Scalar)])),
]);
const SHARE_POINT: Shape = Shape::Object(&[("sharingCapability", Shape::Scalar)]);
const DEVICE: Shape = Shape::Object(&[
    ("id", Shape::Scalar),
    ("displayName", Shape::Scalar),
    ("accountEnabled", Shape::Scalar),
    ("operatingSystem", Shape::Scalar),
    ("trustType", Shape::Scalar),
    ("approximateLastSignInDateTime", Shape::Time),
]);
const DELEGATED_GRANT: Shape = Shape::Object(&[
    ("id", Shape::Scalar),
    ("clientId", Shape::Scalar),
    ("consentType", Shape::Scalar),
    ("resourceId", Shape::Scalar),
    ("scope", Shape::Scalar),
]);
const SECURITY_DEFAULTS: Shape = Shape::Object(&[("isEnabled", Shape::Scalar)]);

/// The shape of a family's objects; none if controls may not name its fields.
pub fn shape_of(family: FamilyName) -> Option<&'static Shape> {
    match family {
        FamilyName::Users => Some(&USER),
        FamilyName::Groups => Some(&GROUP),
        FamilyName::Applications => Some(&APPLICATION),
        FamilyName::ServicePrincipals => Some(&SERVICE_PRINCIPAL),
        FamilyName::RoleAssignments => Some(&ROLE_ASSIGNMENT),
        FamilyName::Domains => Some(&DOMAIN),
        FamilyName::ConditionalAccessPolicies => Some(&POLICY),
        FamilyName::NamedLocations => Some(&NAMED_LOCATION),
        FamilyName::AuthorizationPolicy => Some(&AUTHORIZATION_POLICY),
        FamilyName::AdminConsentRequestPolicy => Some(&ADMIN_CONSENT),
        FamilyName::SecurityDefaults => Some(&SECURITY_DEFAULTS),
        FamilyName::CrossTenantAccessDefault => Some(&CROSS_TENANT),
        FamilyName::DeviceRegistrationPolicy => Some(&DEVICE_REGISTRATION),
        FamilyName::SharePointSettings => Some(&SHARE_POINT),
        FamilyName::Devices => Some(&DEVICE),
        FamilyName::OAuth2PermissionGrants => Some(&DELEGATED_GRANT),
        FamilyName::SignInActivity
        | FamilyName::RegistrationDetails
        | FamilyName::AuthenticationMethods
        | FamilyName::RoleDefinitions
        | FamilyName::RoleAssignmentScheduleInstances
        | FamilyName::GroupAssignmentScheduleInstances
        | FamilyName::GroupMembers
        | FamilyName::ApplicationOwners
        | FamilyName::AuthenticationStrengths
        | FamilyName::AuthenticationMethodsPolicy
        | FamilyName::AuthenticationMethodConfigurations
        | FamilyName::DefaultAppManagementPolicy
        | FamilyName::SubscribedSkus
        | FamilyName::Organization
        | FamilyName::RoleEligibilityScheduleInstances
        | FamilyName::RoleAssignmentSchedules
        | FamilyName::RoleManagementPolicyAssignments
        | FamilyName::GroupOwners
        | FamilyName::ServicePrincipalOwners
        | FamilyName::AppRoleAssignments
        | FamilyName::AppRolesAssignedTo
        | FamilyName::GroupSettings
        | FamilyName::AccessReviewDefinitions
        | FamilyName::DirectoryAudits
        | FamilyName::SignIns
        | FamilyName::ActivityBasedTimeoutPolicies
        | FamilyName::ServicePrincipalSignInActivities
        | FamilyName::MessageRules
        | FamilyName::OnPremisesSynchronization => None,
    }
}
