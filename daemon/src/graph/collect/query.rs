//! What is asked for each family: exactly the fields its rows hold, in the largest pages Graph gives.

use trueconfig_core::snapshot::FamilyName;

/// How a family is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A list, page by page.
    List(&'static str),
    /// The first page of a list, newest first.
    Newest(&'static str),
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
             membershipRule,membershipRuleProcessingState,visibility&$top=999",
        ),
        // Graph expands at most twenty owners; whoever has that many is asked again for all of them.
        F::Applications => Source::List(
            "/v1.0/applications?$select=id,appId,displayName,signInAudience,createdDateTime,\
             passwordCredentials,keyCredentials,requiredResourceAccess,web,spa,tags,identifierUris&$expand=owners($select=id,displayName)&$top=999",
        ),
        F::ServicePrincipals => Source::List(
            "/v1.0/servicePrincipals?$select=id,appId,displayName,servicePrincipalType,\
             appOwnerOrganizationId,accountEnabled,appRoleAssignmentRequired,tags,passwordCredentials,keyCredentials&$top=999",
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
        other => on_demand(other),
    }
}

/// Where the delta query of a family begins, from this moment on and with the fields its rows hold;
/// none where Graph has no delta, or one that does not tell of everything a row holds.
pub(super) fn delta_of(family: FamilyName) -> Option<String> {
    use FamilyName as F;
    let (F::Users | F::Groups | F::Applications | F::ServicePrincipals | F::OAuth2PermissionGrants) = family
    else {
        return None;
    };
    let Source::List(path) = source(family) else { return None };
    let (bare, query) = path.split_once('?')?;
    let select = query.split('&').find(|option| option.starts_with("$select="));
    let select = select.map(|select| format!("&{select}")).unwrap_or_default();
    Some(format!("{bare}/delta?$deltatoken=latest{select}"))
}

/// Families whose first page is small enough to be asked for together with others.
pub(super) fn is_small(family: FamilyName) -> bool {
    let many = [FamilyName::SignInActivity, FamilyName::RegistrationDetails, FamilyName::Devices];
    let beta = family.path().starts_with("/beta/");
    !beta && !many.contains(&family) && delta_of(family).is_none()
}

/// The same for families that are read only where a control in force needs them.
fn on_demand(family: FamilyName) -> Source {
    use FamilyName as F;
    match family {
        F::RoleEligibilityScheduleInstances => {
            Source::List("/v1.0/roleManagement/directory/roleEligibilityScheduleInstances")
        }
        F::RoleAssignmentSchedules => Source::List("/v1.0/roleManagement/directory/roleAssignmentSchedules"),
        // Graph refuses to list these without the filter.
        F::RoleManagementPolicyAssignments => Source::List(
            "/v1.0/policies/roleManagementPolicyAssignments\
             ?$filter=scopeId%20eq%20'/'%20and%20scopeType%20eq%20'DirectoryRole'\
             &$expand=policy($expand=rules)",
        ),
        F::OAuth2PermissionGrants => Source::List("/v1.0/oauth2PermissionGrants?$top=999"),
        F::GroupSettings => Source::List("/v1.0/groupSettings"),
        F::Devices => Source::List(
            "/v1.0/devices?$select=id,displayName,accountEnabled,operatingSystem,trustType,\
             approximateLastSignInDateTime&$top=999",
        ),
        F::AccessReviewDefinitions => {
            Source::List("/v1.0/identityGovernance/accessReviews/definitions?$top=100")
        }
        F::ActivityBasedTimeoutPolicies => Source::List("/v1.0/policies/activityBasedTimeoutPolicies"),
        F::ServicePrincipalSignInActivities => Source::List("/beta/reports/servicePrincipalSignInActivities"),
        F::DirectoryAudits => Source::Newest("/v1.0/auditLogs/directoryAudits?$top=10"),
        F::SignIns => Source::Newest("/v1.0/auditLogs/signIns?$top=10"),
        F::CrossTenantAccessDefault => Source::Single("/v1.0/policies/crossTenantAccessPolicy/default"),
        F::DeviceRegistrationPolicy => Source::Single("/v1.0/policies/deviceRegistrationPolicy"),
        F::SharePointSettings => Source::Single("/v1.0/admin/sharepoint/settings"),
        _ => Source::PerObject,
    }
}
