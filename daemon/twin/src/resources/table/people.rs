//! Users, groups, devices, the directory's own objects, reports.

use super::super::fields::{Kind, any, field, flag, text, texts};
use super::super::{Field, Premium, Resource, Verb, consent};
use super::{derived, many, references, single};
use crate::rules::Rules;
use crate::rules::deleted::{DIRECTORY_BIN, DeletedOfType};
use crate::rules::derived::{MemberOf, TransitiveMemberOf, TransitiveMembers};
use crate::rules::directory::{Domains, GroupSettings, Groups, MessageRules, Methods, Users};
use crate::rules::grants::AppRoles;

static USER: [Field; 27] = [
    flag("accountEnabled"),
    text("displayName"),
    text("userPrincipalName"),
    text("mailNickname"),
    text("givenName"),
    text("surname"),
    text("jobTitle"),
    text("department"),
    text("companyName"),
    text("city"),
    text("state"),
    text("country"),
    text("postalCode"),
    text("streetAddress"),
    text("officeLocation"),
    text("mobilePhone"),
    text("usageLocation"),
    text("preferredLanguage"),
    text("employeeId"),
    text("employeeType"),
    text("userType"),
    text("mail"),
    text("passwordPolicies"),
    texts("businessPhones"),
    texts("otherMails"),
    any("passwordProfile"),
    any("onPremisesExtensionAttributes"),
];
static GROUP: [Field; 13] = [
    text("displayName"),
    text("description"),
    text("mailNickname"),
    flag("mailEnabled"),
    flag("securityEnabled"),
    texts("groupTypes"),
    text("visibility"),
    flag("isAssignableToRole"),
    text("membershipRule"),
    text("membershipRuleProcessingState"),
    text("classification"),
    text("preferredLanguage"),
    text("theme"),
];
static SETTING: [Field; 3] =
    [text("templateId"), text("displayName"), field("values", Kind::List(&Kind::Object(&VALUE)))];
static VALUE: [Field; 2] = [text("name"), text("value")];
static DOMAIN: [Field; 4] = [
    flag("isDefault"),
    field("passwordValidityPeriodInDays", Kind::Any),
    field("passwordNotificationWindowInDays", Kind::Any),
    texts("supportedServices"),
];
static MESSAGE_RULE: [Field; 6] = [
    text("displayName"),
    field("sequence", Kind::Number),
    flag("isEnabled"),
    any("conditions"),
    any("actions"),
    any("exceptions"),
];
static DEVICE: [Field; 1] = [flag("accountEnabled")];
pub(super) static APP_ROLE: [Field; 3] = [text("principalId"), text("resourceId"), text("appRoleId")];
const USER_SHOWN: [&str; 11] = [
    "id",
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];
const CPD: &[Verb] = &[Verb::Create, Verb::Patch, Verb::Delete];

const fn users() -> Resource {
    let mut entry = many("/users", "user", consent::USER_READ);
    entry.shown = &USER_SHOWN;
    entry.on_demand = &["signInActivity"];
    entry
        .writes(consent::USER_WRITE, CPD, &USER)
        .ruled(&Users)
        .audited("UserManagement", "User")
        .directory()
        .delta()
        .binned(DIRECTORY_BIN)
}

const fn methods(path: &'static str, entity: &'static str, rules: &'static dyn Rules) -> Resource {
    derived(path, entity, consent::METHODS_READ, rules)
        .writes(consent::METHODS_WRITE, &[Verb::Delete], &[])
        .audited("UserManagement", "User")
}

pub(super) static RESOURCES: [Resource; 47] = [
    users(),
    many("/users/{}/authentication/methods", "authenticationMethod", consent::METHODS_READ),
    methods("/users/{}/authentication/fido2Methods", "fido2AuthenticationMethod", &Methods("fido2")),
    methods("/users/{}/authentication/phoneMethods", "phoneAuthenticationMethod", &Methods("phone")),
    methods("/users/{}/authentication/emailMethods", "emailAuthenticationMethod", &Methods("email")),
    methods(
        "/users/{}/authentication/microsoftAuthenticatorMethods",
        "microsoftAuthenticatorAuthenticationMethod",
        &Methods("microsoftAuthenticator"),
    ),
    methods(
        "/users/{}/authentication/softwareOathMethods",
        "softwareOathAuthenticationMethod",
        &Methods("softwareOath"),
    ),
    methods(
        "/users/{}/authentication/temporaryAccessPassMethods",
        "temporaryAccessPassAuthenticationMethod",
        &Methods("temporaryAccessPass"),
    ),
    methods(
        "/users/{}/authentication/windowsHelloForBusinessMethods",
        "windowsHelloForBusinessAuthenticationMethod",
        &Methods("windowsHelloForBusiness"),
    ),
    // A password can be read about but not taken away.
    derived(
        "/users/{}/authentication/passwordMethods",
        "passwordAuthenticationMethod",
        consent::METHODS_READ,
        &Methods("password"),
    ),
    many("/users/{}/appRoleAssignments", "appRoleAssignment", consent::APP_READ)
        .writes(consent::APP_ROLE_WRITE, &[Verb::Create, Verb::Delete], &APP_ROLE)
        .ruled(&AppRoles)
        .audited("UserManagement", "User"),
    derived("/users/{}/memberOf", "directoryObject", consent::USER_READ, &MemberOf).directory(),
    derived("/users/{}/transitiveMemberOf", "directoryObject", consent::USER_READ, &TransitiveMemberOf)
        .directory(),
    many("/groups", "group", consent::GROUP_READ)
        .writes(consent::GROUP_WRITE, CPD, &GROUP)
        .ruled(&Groups)
        .audited("GroupManagement", "Group")
        .directory()
        .delta()
        .binned(DIRECTORY_BIN),
    references("/groups/{}/members", consent::MEMBER_READ, consent::MEMBER_WRITE)
        .audited("GroupManagement", "Group"),
    references("/groups/{}/owners", consent::GROUP_READ, consent::GROUP_WRITE)
        .audited("GroupManagement", "Group"),
    many("/groups/{}/appRoleAssignments", "appRoleAssignment", consent::APP_READ)
        .writes(consent::APP_ROLE_WRITE, &[Verb::Create, Verb::Delete], &APP_ROLE)
        .ruled(&AppRoles)
        .audited("GroupManagement", "Group"),
    derived("/groups/{}/transitiveMembers", "directoryObject", consent::MEMBER_READ, &TransitiveMembers)
        .directory(),
    derived("/groups/{}/memberOf", "directoryObject", consent::MEMBER_READ, &MemberOf).directory(),
    derived("/groups/{}/transitiveMemberOf", "directoryObject", consent::MEMBER_READ, &TransitiveMemberOf)
        .directory(),
    many("/devices", "device", consent::DEVICE_READ)
        .writes(consent::DEVICE_WRITE, &[Verb::Patch], &DEVICE)
        .audited("Device", "Device")
        .directory(),
    many("/directory/administrativeUnits", "administrativeUnit", consent::UNIT_READ).directory().delta(),
    references("/directory/administrativeUnits/{}/members", consent::UNIT_READ, consent::NOBODY).writes(
        consent::NOBODY,
        &[],
        &[],
    ),
    many("/directory/administrativeUnits/{}/scopedRoleMembers", "scopedRoleMembership", consent::ROLE_READ),
    many("/directory/deletedItems", "directoryObject", consent::DIRECTORY_READ)
        .writes(consent::USER_WRITE, &[Verb::Delete], &[])
        .directory(),
    derived("/directory/deletedItems/user", "user", consent::USER_READ, &DeletedOfType("user")),
    derived("/directory/deletedItems/group", "group", consent::GROUP_READ, &DeletedOfType("group")),
    derived(
        "/directory/deletedItems/application",
        "application",
        consent::APP_READ,
        &DeletedOfType("application"),
    ),
    derived(
        "/directory/deletedItems/servicePrincipal",
        "servicePrincipal",
        consent::APP_READ,
        &DeletedOfType("servicePrincipal"),
    ),
    derived("/directory/deletedItems/device", "device", consent::DEVICE_READ, &DeletedOfType("device")),
    derived(
        "/directory/deletedItems/administrativeUnit",
        "administrativeUnit",
        consent::UNIT_READ,
        &DeletedOfType("administrativeUnit"),
    ),
    many(
        "/directory/onPremisesSynchronization",
        "onPremisesDirectorySynchronization",
        consent::DELEGATED_ONLY,
    ),
    many("/organization", "organization", consent::ORGANIZATION_READ),
    many("/subscribedSkus", "subscribedSku", consent::LICENCE_READ),
    many("/domains", "domain", consent::DOMAIN_READ)
        .writes(consent::DOMAIN_WRITE, &[Verb::Patch], &DOMAIN)
        .ruled(&Domains)
        .audited("DirectoryManagement", "Domain"),
    many("/groupSettings", "groupSetting", consent::GROUP_SETTINGS_READ)
        .writes(consent::GROUP_SETTINGS_WRITE, CPD, &SETTING)
        .ruled(&GroupSettings),
    many("/groupSettingTemplates", "groupSettingTemplate", consent::GROUP_SETTINGS_READ),
    many("/auditLogs/directoryAudits", "directoryAudit", consent::AUDIT_READ),
    many("/auditLogs/signIns", "signIn", consent::AUDIT_READ).premium(Premium::Report),
    many(
        "/reports/authenticationMethods/userRegistrationDetails",
        "userRegistrationDetails",
        consent::AUDIT_READ,
    )
    .premium(Premium::Report),
    many("/identityProtection/riskyUsers", "riskyUser", consent::RISKY_READ).premium(Premium::Risk),
    many("/identityProtection/riskDetections", "riskDetection", consent::DETECTION_READ)
        .premium(Premium::Risk),
    many("/security/secureScores", "secureScore", consent::SCORE_READ),
    many("/security/secureScoreControlProfiles", "secureScoreControlProfile", consent::SCORE_READ),
    single("/admin/sharepoint/settings", "sharepointSettings", consent::SHAREPOINT_READ),
    many("/users/{}/mailFolders/inbox/messageRules", "messageRule", consent::MAILBOX_READ)
        .writes(consent::MAILBOX_WRITE, CPD, &MESSAGE_RULE)
        .ruled(&MessageRules)
        .audited("UserManagement", "User"),
    many("/users/{}/licenseDetails", "licenseDetails", consent::USER_READ),
];
