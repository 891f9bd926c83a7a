//! What is asked for each family: exactly the fields its rows hold, in the largest pages Graph gives.

use trueconfig_core::snapshot::FamilyName;

/// How a family is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A list, page by page.
    List(&'static str),
    /// One object.
    Single(&'static str),
    /// Once per object of another family.
    PerObject,
}

/// Where a family's rows come from. Policies are read whole: changes write whole blocks back.
pub(super) fn source(family: FamilyName) -> Source {
    use FamilyName as F;
    match family {
        F::Users => Source::List(
            "/v1.0/users?$select=id,userPrincipalName,displayName,userType,accountEnabled,\
             onPremisesSyncEnabled,createdDateTime,externalUserState,assignedLicenses&$top=999",
        ),
        // Graph gives at most 500 of these in a page.
        F::SignInActivity => Source::List("/v1.0/users?$select=id,signInActivity&$top=500"),
        F::RegistrationDetails => Source::List("/v1.0/reports/authenticationMethods/userRegistrationDetails"),
        F::RoleDefinitions => Source::List(
            "/v1.0/roleManagement/directory/roleDefinitions\
             ?$select=id,displayName,templateId,isBuiltIn,isEnabled,rolePermissions",
        ),
        F::RoleAssignments => Source::List("/v1.0/roleManagement/directory/roleAssignments"),
        F::RoleAssignmentScheduleInstances => {
            Source::List("/v1.0/roleManagement/directory/roleAssignmentScheduleInstances")
        }
        F::Groups => Source::List(
            "/v1.0/groups?$select=id,displayName,groupTypes,isAssignableToRole,isManagementRestricted,securityEnabled,\
             membershipRule,visibility&$top=999",
        ),
        // Graph expands at most twenty owners; whoever has that many is asked again for all of them.
        F::Applications => Source::List(
            "/v1.0/applications?$select=id,appId,displayName,signInAudience,createdDateTime,\
             passwordCredentials,keyCredentials,requiredResourceAccess&$expand=owners($select=id,displayName)&$top=999",
        ),
        F::ServicePrincipals => Source::List(
            "/v1.0/servicePrincipals?$select=id,appId,displayName,servicePrincipalType,\
             appOwnerOrganizationId,accountEnabled,tags,passwordCredentials,keyCredentials&$top=999",
        ),
        F::ConditionalAccessPolicies => Source::List("/v1.0/identity/conditionalAccess/policies"),
        F::NamedLocations => Source::List("/v1.0/identity/conditionalAccess/namedLocations"),
        F::AuthenticationStrengths => Source::List("/v1.0/policies/authenticationStrengthPolicies"),
        F::AuthenticationMethodsPolicy => Source::Single("/v1.0/policies/authenticationMethodsPolicy"),
        F::AuthenticationMethodConfigurations => {
            Source::List("/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations")
        }
        F::SubscribedSkus => Source::List("/v1.0/subscribedSkus"),
        F::Organization => Source::List(
            "/v1.0/organization?$select=id,displayName,onPremisesSyncEnabled,onPremisesLastSyncDateTime,tenantType",
        ),
        F::Domains => Source::List("/v1.0/domains"),
        F::AuthorizationPolicy => Source::Single("/v1.0/policies/authorizationPolicy"),
        F::AdminConsentRequestPolicy => Source::Single("/v1.0/policies/adminConsentRequestPolicy"),
        F::SecurityDefaults => Source::Single("/v1.0/policies/identitySecurityDefaultsEnforcementPolicy"),
        F::DefaultAppManagementPolicy => Source::Single("/v1.0/policies/defaultAppManagementPolicy"),
        F::AuthenticationMethods
        | F::GroupAssignmentScheduleInstances
        | F::GroupMembers
        | F::ApplicationOwners => Source::PerObject,
    }
}
