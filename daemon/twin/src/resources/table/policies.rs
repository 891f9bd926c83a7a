//! Policy singletons and the small collections below them.

use super::super::fields::{Kind, any, field, flag, text, texts};
use super::super::{Field, Resource, Verb, consent};
use super::{many, single};
use crate::rules::policies::{
    ConsentRequests, CrossTenantDefault, GrantPolicies, Nested, Partners, SecurityDefaults, Typed,
};

static AUTHORIZATION: [Field; 10] = [
    flag("allowedToSignUpEmailBasedSubscriptions"),
    flag("allowedToUseSSPR"),
    flag("allowEmailVerifiedUsersToJoinOrganization"),
    field(
        "allowInvitesFrom",
        Kind::Choice(&["none", "adminsAndGuestInviters", "adminsGuestInvitersAndAllMembers", "everyone"]),
    ),
    flag("allowUserConsentForRiskyApps"),
    flag("blockMsolPowerShell"),
    field("defaultUserRolePermissions", Kind::Object(&ROLE_PERMISSIONS)),
    text("guestUserRoleId"),
    text("displayName"),
    text("description"),
];
static ROLE_PERMISSIONS: [Field; 6] = [
    flag("allowedToCreateApps"),
    flag("allowedToCreateSecurityGroups"),
    flag("allowedToCreateTenants"),
    flag("allowedToReadBitlockerKeysForOwnedDevice"),
    flag("allowedToReadOtherUsers"),
    texts("permissionGrantPoliciesAssigned"),
];
static CONSENT_REQUEST: [Field; 5] = [
    flag("isEnabled"),
    flag("notifyReviewers"),
    flag("remindersEnabled"),
    field("requestDurationInDays", Kind::Number),
    field("reviewers", Kind::List(&Kind::Object(&REVIEWER))),
];
static REVIEWER: [Field; 3] = [text("query"), text("queryType"), text("queryRoot")];
static DEFAULTS: [Field; 1] = [flag("isEnabled")];
static METHODS: [Field; 5] = [
    text("displayName"),
    text("description"),
    field(
        "policyMigrationState",
        Kind::Choice(&["preMigration", "migrationInProgress", "migrationComplete"]),
    ),
    field("reconfirmationInDays", Kind::Number),
    any("registrationEnforcement"),
];
static METHOD: [Field; 22] = [
    field("state", Kind::Choice(&["enabled", "disabled"])),
    any("excludeTargets"),
    any("includeTargets"),
    any("featureSettings"),
    any("keyRestrictions"),
    flag("isAttestationEnforced"),
    flag("isSelfServiceRegistrationAllowed"),
    any("passkeyProfiles"),
    text("defaultPasskeyProfile"),
    flag("isSoftwareOathEnabled"),
    flag("isUsableOnce"),
    field("defaultLength", Kind::Number),
    field("defaultLifetimeInMinutes", Kind::Number),
    field("minimumLifetimeInMinutes", Kind::Number),
    field("maximumLifetimeInMinutes", Kind::Number),
    text("allowExternalIdToUseEmailOtp"),
    any("authenticationModeConfiguration"),
    any("certificateUserBindings"),
    any("crlValidationConfiguration"),
    any("certificateAuthorityScopes"),
    flag("isOfficePhoneAllowed"),
    any("issuerHintsConfiguration"),
];
static APP_MANAGEMENT: [Field; 5] = [
    flag("isEnabled"),
    text("displayName"),
    text("description"),
    any("applicationRestrictions"),
    any("servicePrincipalRestrictions"),
];
static GRANT_POLICY: [Field; 3] = [text("id"), text("displayName"), text("description")];
static CONDITION_SET: [Field; 9] = [
    text("permissionType"),
    text("permissionClassification"),
    text("resourceApplication"),
    texts("permissions"),
    texts("clientApplicationIds"),
    texts("clientApplicationTenantIds"),
    texts("clientApplicationPublisherIds"),
    flag("clientApplicationsFromVerifiedPublisherOnly"),
    any("certifiedClientApplicationsOnly"),
];
static CROSS_TENANT: [Field; 1] = [texts("allowedCloudEndpoints")];
static CONFIGURATION: [Field; 12] = [
    text("tenantId"),
    any("automaticUserConsentSettings"),
    any("b2bCollaborationInbound"),
    any("b2bCollaborationOutbound"),
    any("b2bDirectConnectInbound"),
    any("b2bDirectConnectOutbound"),
    any("inboundTrust"),
    any("invitationRedemptionIdentityProviderConfiguration"),
    any("m365CollaborationInbound"),
    any("m365CollaborationOutbound"),
    any("tenantRestrictions"),
    any("isServiceProvider"),
];
static DEVICE_REGISTRATION: [Field; 8] = [
    text("id"),
    text("displayName"),
    text("description"),
    field("userDeviceQuota", Kind::Number),
    text("multiFactorAuthConfiguration"),
    any("azureADRegistration"),
    any("azureADJoin"),
    any("localAdminPassword"),
];
static DEFINITION: [Field; 4] =
    [texts("definition"), text("displayName"), text("description"), flag("isOrganizationDefault")];
const CPD: &[Verb] = &[Verb::Create, Verb::Patch, Verb::Delete];
const PATCH: &[Verb] = &[Verb::Patch];
const PUT: &[Verb] = &[Verb::Put];

const fn methods_policy() -> Resource {
    let mut entry = single(
        "/policies/authenticationMethodsPolicy",
        "authenticationMethodsPolicy",
        consent::METHODS_POLICY_READ,
    );
    entry.inline = &["authenticationMethodConfigurations"];
    entry.writes(consent::METHODS_POLICY_WRITE, PATCH, &METHODS).ruled(&Nested).audited("Policy", "Policy")
}

const fn partners() -> Resource {
    let mut entry = many(
        "/policies/crossTenantAccessPolicy/partners",
        "crossTenantAccessPolicyConfigurationPartner",
        consent::POLICY_READ,
    );
    entry.key = "tenantId";
    entry
        .writes(consent::CROSS_TENANT_WRITE, CPD, &CONFIGURATION)
        .ruled(&Partners)
        .audited("CrossTenantAccessSettings", "Policy")
}

const fn grant_policies() -> Resource {
    let mut entry =
        many("/policies/permissionGrantPolicies", "permissionGrantPolicy", consent::GRANT_POLICY_READ);
    entry.inline = &["includes", "excludes"];
    entry
        .writes(consent::GRANT_POLICY_WRITE, CPD, &GRANT_POLICY)
        .ruled(&GrantPolicies)
        .audited("Policy", "Policy")
}

const fn conditions(path: &'static str) -> Resource {
    many(path, "permissionGrantConditionSet", consent::GRANT_POLICY_READ)
        .writes(consent::GRANT_POLICY_WRITE, &[Verb::Create, Verb::Delete], &CONDITION_SET)
        .audited("Policy", "Policy")
}

pub(super) static RESOURCES: [Resource; 17] = [
    single("/policies/authorizationPolicy", "authorizationPolicy", consent::POLICY_READ)
        .writes(consent::AUTHORIZATION_WRITE, PATCH, &AUTHORIZATION)
        .ruled(&Nested)
        .audited("AuthorizationPolicy", "Policy"),
    single("/policies/adminConsentRequestPolicy", "adminConsentRequestPolicy", consent::POLICY_READ)
        .writes(consent::CONSENT_REQUEST_WRITE, PUT, &CONSENT_REQUEST)
        .ruled(&ConsentRequests)
        .audited("Policy", "Policy"),
    single(
        "/policies/identitySecurityDefaultsEnforcementPolicy",
        "identitySecurityDefaultsEnforcementPolicy",
        consent::POLICY_READ,
    )
    .writes(consent::SECURITY_DEFAULTS_WRITE, PATCH, &DEFAULTS)
    .ruled(&SecurityDefaults)
    .audited("Policy", "Policy"),
    methods_policy(),
    many(
        "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations",
        "authenticationMethodConfiguration",
        consent::METHODS_POLICY_READ,
    )
    .writes(consent::METHODS_POLICY_WRITE, PATCH, &METHOD)
    .ruled(&Typed)
    .audited("Policy", "Policy"),
    single("/policies/defaultAppManagementPolicy", "tenantAppManagementPolicy", consent::POLICY_READ)
        .writes(consent::APP_POLICY_WRITE, PATCH, &APP_MANAGEMENT)
        .ruled(&Nested)
        .audited("Policy", "Policy"),
    many("/policies/appManagementPolicies", "appManagementPolicy", consent::POLICY_READ)
        .writes(consent::APP_POLICY_WRITE, CPD, &APP_MANAGEMENT)
        .audited("Policy", "Policy"),
    grant_policies(),
    conditions("/policies/permissionGrantPolicies/{}/includes"),
    conditions("/policies/permissionGrantPolicies/{}/excludes"),
    single("/policies/crossTenantAccessPolicy", "crossTenantAccessPolicy", consent::POLICY_READ)
        .writes(consent::CROSS_TENANT_WRITE, PATCH, &CROSS_TENANT)
        .audited("CrossTenantAccessSettings", "Policy"),
    single(
        "/policies/crossTenantAccessPolicy/default",
        "crossTenantAccessPolicyConfigurationDefault",
        consent::POLICY_READ,
    )
    .writes(consent::CROSS_TENANT_WRITE, PATCH, &CONFIGURATION)
    .ruled(&CrossTenantDefault)
    .audited("CrossTenantAccessSettings", "Policy"),
    partners(),
    single("/policies/deviceRegistrationPolicy", "deviceRegistrationPolicy", consent::DEVICE_POLICY_READ)
        .writes(consent::DEVICE_POLICY_WRITE, PUT, &DEVICE_REGISTRATION)
        .audited("Policy", "Policy"),
    many("/policies/activityBasedTimeoutPolicies", "activityBasedTimeoutPolicy", consent::POLICY_READ)
        .writes(consent::APP_POLICY_WRITE, CPD, &DEFINITION)
        .audited("Policy", "Policy"),
    many("/policies/tokenLifetimePolicies", "tokenLifetimePolicy", consent::POLICY_READ),
    single("/policies/authenticationFlowsPolicy", "authenticationFlowsPolicy", consent::POLICY_READ),
];
