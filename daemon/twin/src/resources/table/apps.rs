//! Applications, service principals and what is granted to them.

use super::super::fields::{Kind, any, field, flag, text, texts};
use super::super::{Field, Resource, Verb, consent};
use super::people::APP_ROLE;
use super::{derived, many, references};
use crate::rules::applications::{Applications, ServicePrincipals};
use crate::rules::deleted::DIRECTORY_BIN;
use crate::rules::derived::{GrantsOfClient, MemberOf, TransitiveMemberOf};
use crate::rules::grants::{AppRoles, Delegated};

static APPLICATION: [Field; 20] = [
    text("displayName"),
    text("description"),
    text("notes"),
    text("signInAudience"),
    texts("identifierUris"),
    texts("tags"),
    any("web"),
    any("spa"),
    any("publicClient"),
    any("api"),
    any("info"),
    any("appRoles"),
    any("optionalClaims"),
    field("requiredResourceAccess", Kind::List(&Kind::Object(&ACCESS))),
    field("passwordCredentials", Kind::List(&Kind::Any)),
    field("keyCredentials", Kind::List(&Kind::Any)),
    flag("isFallbackPublicClient"),
    text("groupMembershipClaims"),
    text("serviceManagementReference"),
    any("servicePrincipalLockConfiguration"),
];
static ACCESS: [Field; 2] =
    [text("resourceAppId"), field("resourceAccess", Kind::List(&Kind::Object(&PERMISSION)))];
static PERMISSION: [Field; 2] = [text("id"), text("type")];
static PRINCIPAL: [Field; 14] = [
    flag("accountEnabled"),
    text("appId"),
    text("displayName"),
    text("description"),
    text("notes"),
    flag("appRoleAssignmentRequired"),
    texts("tags"),
    texts("replyUrls"),
    texts("servicePrincipalNames"),
    texts("notificationEmailAddresses"),
    text("preferredSingleSignOnMode"),
    field("passwordCredentials", Kind::List(&Kind::Any)),
    field("keyCredentials", Kind::List(&Kind::Any)),
    text("homepage"),
];
static CREDENTIAL: [Field; 5] =
    [text("name"), text("issuer"), text("subject"), text("description"), texts("audiences")];
static GRANT: [Field; 5] =
    [text("clientId"), text("consentType"), text("principalId"), text("resourceId"), text("scope")];
const CPD: &[Verb] = &[Verb::Create, Verb::Patch, Verb::Delete];
const CATEGORY: &str = "ApplicationManagement";

pub(super) static RESOURCES: [Resource; 12] = [
    many("/applications", "application", consent::APP_READ)
        .writes(consent::APP_WRITE, CPD, &APPLICATION)
        .ruled(&Applications)
        .audited(CATEGORY, "Application")
        .directory()
        .delta()
        .binned(DIRECTORY_BIN),
    references("/applications/{}/owners", consent::APP_READ, consent::OWNER_WRITE)
        .audited(CATEGORY, "Application"),
    many("/applications/{}/federatedIdentityCredentials", "federatedIdentityCredential", consent::APP_READ)
        .writes(consent::APP_WRITE, CPD, &CREDENTIAL)
        .audited(CATEGORY, "Application"),
    many("/servicePrincipals", "servicePrincipal", consent::APP_READ)
        .writes(consent::APP_WRITE, CPD, &PRINCIPAL)
        .ruled(&ServicePrincipals)
        .audited(CATEGORY, "ServicePrincipal")
        .directory()
        .delta()
        .binned(DIRECTORY_BIN),
    references("/servicePrincipals/{}/owners", consent::APP_READ, consent::OWNER_WRITE)
        .audited(CATEGORY, "ServicePrincipal"),
    many("/servicePrincipals/{}/appRoleAssignments", "appRoleAssignment", consent::APP_READ)
        .writes(consent::APP_ROLE_WRITE, &[Verb::Create, Verb::Delete], &APP_ROLE)
        .ruled(&AppRoles)
        .audited(CATEGORY, "ServicePrincipal"),
    derived("/servicePrincipals/{}/appRoleAssignedTo", "appRoleAssignment", consent::APP_READ, &AppRoles)
        .writes(consent::APP_ROLE_WRITE, &[Verb::Create, Verb::Delete], &APP_ROLE)
        .audited(CATEGORY, "ServicePrincipal"),
    derived(
        "/servicePrincipals/{}/oauth2PermissionGrants",
        "oAuth2PermissionGrant",
        consent::GRANT_READ,
        &GrantsOfClient,
    ),
    derived("/servicePrincipals/{}/memberOf", "directoryObject", consent::APP_READ, &MemberOf).directory(),
    derived(
        "/servicePrincipals/{}/transitiveMemberOf",
        "directoryObject",
        consent::APP_READ,
        &TransitiveMemberOf,
    )
    .directory(),
    many(
        "/servicePrincipals/{}/federatedIdentityCredentials",
        "federatedIdentityCredential",
        consent::APP_READ,
    ),
    many("/oauth2PermissionGrants", "oAuth2PermissionGrant", consent::GRANT_READ)
        .writes(consent::GRANT_WRITE, CPD, &GRANT)
        .ruled(&Delegated)
        .delta()
        .audited(CATEGORY, "ServicePrincipal"),
];
