//! Conditional Access and access reviews.

use super::super::fields::{Kind, any, field, flag, text, texts};
use super::super::{Field, Premium, Resource, Verb, consent};
use super::many;
use crate::rules::conditional_access::{NamedLocations, Policies, Strengths};
use crate::rules::deleted::{LOCATION_BIN, POLICY_BIN};
use crate::rules::policies::Reviews;

static POLICY: [Field; 6] = [
    text("displayName"),
    text("description"),
    field("state", Kind::Choice(&["enabled", "disabled", "enabledForReportingButNotEnforced"])),
    field("conditions", Kind::Object(&CONDITIONS)),
    field("grantControls", Kind::Object(&GRANT)),
    field("sessionControls", Kind::Object(&SESSION)),
];
static RISK: Kind = Kind::Choice(&["low", "medium", "high", "hidden", "none"]);
static CONDITIONS: [Field; 12] = [
    field("users", Kind::Object(&USERS)),
    field("applications", Kind::Object(&APPLICATIONS)),
    field("clientAppTypes", Kind::List(&CLIENT)),
    field("platforms", Kind::Object(&PLATFORMS)),
    field("locations", Kind::Object(&LOCATIONS)),
    field("devices", Kind::Object(&DEVICES)),
    field("signInRiskLevels", Kind::List(&RISK)),
    field("userRiskLevels", Kind::List(&RISK)),
    field("servicePrincipalRiskLevels", Kind::List(&RISK)),
    text("insiderRiskLevels"),
    field("authenticationFlows", Kind::Object(&FLOWS)),
    field("clientApplications", Kind::Object(&CLIENT_APPLICATIONS)),
];
static CLIENT: Kind = Kind::Choice(&[
    "all",
    "browser",
    "mobileAppsAndDesktopClients",
    "exchangeActiveSync",
    "easSupported",
    "other",
]);
static PLATFORM: Kind = Kind::Choice(&["all", "android", "iOS", "windows", "windowsPhone", "macOS", "linux"]);
static USERS: [Field; 8] = [
    texts("includeUsers"),
    texts("excludeUsers"),
    texts("includeGroups"),
    texts("excludeGroups"),
    texts("includeRoles"),
    texts("excludeRoles"),
    field("includeGuestsOrExternalUsers", Kind::Object(&GUESTS)),
    field("excludeGuestsOrExternalUsers", Kind::Object(&GUESTS)),
];
static GUESTS: [Field; 2] = [text("guestOrExternalUserTypes"), any("externalTenants")];
static APPLICATIONS: [Field; 5] = [
    texts("includeApplications"),
    texts("excludeApplications"),
    texts("includeUserActions"),
    texts("includeAuthenticationContextClassReferences"),
    field("applicationFilter", Kind::Object(&FILTER)),
];
static FILTER: [Field; 2] = [field("mode", Kind::Choice(&["include", "exclude"])), text("rule")];
static PLATFORMS: [Field; 2] =
    [field("includePlatforms", Kind::List(&PLATFORM)), field("excludePlatforms", Kind::List(&PLATFORM))];
static LOCATIONS: [Field; 2] = [texts("includeLocations"), texts("excludeLocations")];
static DEVICES: [Field; 1] = [field("deviceFilter", Kind::Object(&FILTER))];
static FLOWS: [Field; 1] = [text("transferMethods")];
static CLIENT_APPLICATIONS: [Field; 3] = [
    texts("includeServicePrincipals"),
    texts("excludeServicePrincipals"),
    field("servicePrincipalFilter", Kind::Object(&FILTER)),
];
static CONTROL: Kind = Kind::Choice(&[
    "block",
    "mfa",
    "compliantDevice",
    "domainJoinedDevice",
    "approvedApplication",
    "compliantApplication",
    "passwordChange",
    "riskRemediation",
]);
static GRANT: [Field; 5] = [
    text("operator"),
    field("builtInControls", Kind::List(&CONTROL)),
    texts("customAuthenticationFactors"),
    texts("termsOfUse"),
    field("authenticationStrength", Kind::Object(&STRENGTH_ID)),
];
/// Answers carry the whole strength, bodies its id alone.
static STRENGTH_ID: [Field; 1] = [text("id")];
static SESSION: [Field; 6] = [
    any("applicationEnforcedRestrictions"),
    any("cloudAppSecurity"),
    any("disableResilienceDefaults"),
    any("persistentBrowser"),
    any("secureSignInSession"),
    any("signInFrequency"),
];
static LOCATION: [Field; 6] = [
    text("displayName"),
    flag("isTrusted"),
    any("ipRanges"),
    texts("countriesAndRegions"),
    text("countryLookupMethod"),
    flag("includeUnknownCountriesAndRegions"),
];
static STRENGTH: [Field; 3] = [text("displayName"), text("description"), texts("allowedCombinations")];
static REVIEW: [Field; 10] = [
    text("displayName"),
    text("descriptionForAdmins"),
    text("descriptionForReviewers"),
    any("scope"),
    any("instanceEnumerationScope"),
    any("settings"),
    any("reviewers"),
    any("fallbackReviewers"),
    any("stageSettings"),
    any("additionalNotificationRecipients"),
];
const CPD: &[Verb] = &[Verb::Create, Verb::Patch, Verb::Delete];

pub(super) static RESOURCES: [Resource; 8] = [
    many("/identity/conditionalAccess/policies", "conditionalAccessPolicy", consent::CONDITIONAL_ACCESS_READ)
        .writes(consent::CONDITIONAL_ACCESS_WRITE, CPD, &POLICY)
        .premium(Premium::Policies)
        .ruled(&Policies)
        .audited("Policy", "Policy")
        .binned(POLICY_BIN),
    many(
        "/identity/conditionalAccess/deletedItems/policies",
        "conditionalAccessPolicy",
        consent::CONDITIONAL_ACCESS_READ,
    )
    .writes(consent::CONDITIONAL_ACCESS_WRITE, &[Verb::Delete], &[])
    .audited("Policy", "Policy"),
    many("/identity/conditionalAccess/namedLocations", "namedLocation", consent::CONDITIONAL_ACCESS_READ)
        .writes(consent::CONDITIONAL_ACCESS_WRITE, CPD, &LOCATION)
        .premium(Premium::Policies)
        .ruled(&NamedLocations)
        .audited("Policy", "Policy")
        .binned(LOCATION_BIN),
    many(
        "/identity/conditionalAccess/deletedItems/namedLocations",
        "namedLocation",
        consent::CONDITIONAL_ACCESS_READ,
    )
    .writes(consent::CONDITIONAL_ACCESS_WRITE, &[Verb::Delete], &[])
    .audited("Policy", "Policy"),
    many(
        "/policies/authenticationStrengthPolicies",
        "authenticationStrengthPolicy",
        consent::METHODS_POLICY_READ,
    )
    .writes(consent::STRENGTH_WRITE, CPD, &STRENGTH)
    .premium(Premium::Policies)
    .ruled(&Strengths)
    .audited("Policy", "Policy"),
    many(
        "/identityGovernance/accessReviews/definitions",
        "accessReviewScheduleDefinition",
        consent::REVIEW_READ,
    )
    .writes(consent::REVIEW_WRITE, &[Verb::Create, Verb::Put, Verb::Delete], &REVIEW)
    .premium(Premium::Pim)
    .ruled(&Reviews)
    .audited("Policy", "AccessReview"),
    many(
        "/identityGovernance/accessReviews/definitions/{}/instances",
        "accessReviewInstance",
        consent::REVIEW_READ,
    )
    .premium(Premium::Pim),
    many(
        "/identityGovernance/accessReviews/definitions/{}/instances/{}/decisions",
        "accessReviewInstanceDecisionItem",
        consent::REVIEW_READ,
    )
    .premium(Premium::Pim),
];
