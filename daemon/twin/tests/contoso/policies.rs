//! Policy singletons and small collections.

use serde_json::{Value, json};

use super::Graph;
use super::facts::{days_ago, id, tenant_id};

/// All of them.
pub fn bodies(graph: &mut Graph) {
    let root = "/v1.0/policies";
    graph.insert(format!("{root}/authorizationPolicy"), authorization());
    graph.insert(format!("{root}/adminConsentRequestPolicy"), consent_requests());
    graph.insert(format!("{root}/identitySecurityDefaultsEnforcementPolicy"), security_defaults());
    graph.insert(format!("{root}/authenticationMethodsPolicy"), methods());
    graph.insert(format!("{root}/defaultAppManagementPolicy"), app_management());
    graph.insert(format!("{root}/permissionGrantPolicies"), json!({"value": grant_policies()}));
    graph.insert(
        format!("{root}/crossTenantAccessPolicy"),
        json!({"displayName": "CrossTenantAccessPolicy", "allowedCloudEndpoints": []}),
    );
    graph.insert(format!("{root}/crossTenantAccessPolicy/default"), cross_tenant());
    graph.insert(format!("{root}/crossTenantAccessPolicy/partners"), json!({"value": []}));
    graph.insert(format!("{root}/activityBasedTimeoutPolicies"), json!({"value": []}));
    graph.insert(format!("{root}/deviceRegistrationPolicy"), device_registration());
    let sharing = json!({"sharingCapability": "existingExternalUserSharingOnly"});
    graph.insert("/v1.0/admin/sharepoint/settings".into(), sharing);
    graph.insert("/v1.0/identityGovernance/accessReviews/definitions".into(), json!({"value": []}));
}

fn authorization() -> Value {
    json!({
        "id": "authorizationPolicy",
        "displayName": "Authorization Policy",
        "description": "Used to manage authorization related settings across the company.",
        "deletedDateTime": null,
        "allowInvitesFrom": "everyone",
        "allowedToSignUpEmailBasedSubscriptions": true,
        "allowedToUseSSPR": true,
        "allowEmailVerifiedUsersToJoinOrganization": false,
        "allowUserConsentForRiskyApps": false,
        "blockMsolPowerShell": false,
        "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "defaultUserRolePermissions": {
            "allowedToCreateApps": true,
            "allowedToCreateSecurityGroups": true,
            "allowedToCreateTenants": true,
            "allowedToReadBitlockerKeysForOwnedDevice": true,
            "allowedToReadOtherUsers": true,
            "permissionGrantPoliciesAssigned": [
                "ManagePermissionGrantsForSelf.microsoft-user-default-legacy",
                "ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-team",
                "ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-chat",
            ],
        },
    })
}

fn consent_requests() -> Value {
    let reviewer = id("user ingrid.halvorsen");
    json!({
        "id": "adminConsentRequestPolicy",
        "isEnabled": true,
        "notifyReviewers": true,
        "remindersEnabled": true,
        "requestDurationInDays": 30,
        "version": 3,
        "reviewers": [{"query": format!("/v1.0/users/{reviewer}"), "queryType": "MicrosoftGraph", "queryRoot": null}],
    })
}

fn security_defaults() -> Value {
    json!({
        "id": "00000000-0000-0000-0000-000000000005",
        "displayName": "Security Defaults",
        "description": "Security defaults is a set of basic identity security mechanisms recommended by Microsoft.",
        "deletedDateTime": null,
        "isEnabled": false,
    })
}

fn methods() -> Value {
    let everybody = json!([{"targetType": "group", "id": "all_users", "isRegistrationRequired": false}]);
    let method = |kind: &str, name: &str, state: &str| {
        json!({
            "@odata.type": format!("#microsoft.graph.{kind}AuthenticationMethodConfiguration"),
            "id": name,
            "state": state,
            "excludeTargets": [],
            "includeTargets": everybody,
        })
    };
    let mut fido2 = method("fido2", "Fido2", "enabled");
    fido2["isAttestationEnforced"] = json!(true);
    fido2["isSelfServiceRegistrationAllowed"] = json!(true);
    fido2["keyRestrictions"] = json!({"isEnforced": false, "enforcementType": "block", "aaGuids": []});
    let mut pass = method("temporaryAccessPass", "TemporaryAccessPass", "enabled");
    pass["defaultLength"] = json!(8);
    pass["defaultLifetimeInMinutes"] = json!(60);
    pass["isUsableOnce"] = json!(true);
    pass["minimumLifetimeInMinutes"] = json!(60);
    pass["maximumLifetimeInMinutes"] = json!(480);
    let mut email = method("email", "Email", "enabled");
    email["allowExternalIdToUseEmailOtp"] = json!("default");
    let mut authenticator = method("microsoftAuthenticator", "MicrosoftAuthenticator", "enabled");
    let shown = |state: &str| {
        let target = |id: &str| json!({"id": id, "targetType": "group"});
        let nobody = "00000000-0000-0000-0000-000000000000";
        json!({"state": state, "includeTarget": target("all_users"), "excludeTarget": target(nobody)})
    };
    authenticator["isSoftwareOathEnabled"] = json!(false);
    authenticator["featureSettings"] = json!({
        "displayAppInformationRequiredState": shown("enabled"),
        "displayLocationInformationRequiredState": shown("default"),
    });
    json!({
        "id": "authenticationMethodsPolicy",
        "displayName": "Authentication Methods Policy",
        "description": "The tenant-wide policy that controls which authentication methods are allowed in the tenant.",
        "lastModifiedDateTime": days_ago(60, "methods policy"),
        "policyVersion": "1.5",
        "policyMigrationState": "migrationInProgress",
        "registrationEnforcement": {"authenticationMethodsRegistrationCampaign": {
            "snoozeDurationInDays": 1, "state": "default",
            "excludeTargets": [],
            "includeTargets": [{"id": "all_users", "targetType": "group", "targetedAuthenticationMethod": "microsoftAuthenticator"}],
        }},
        "authenticationMethodConfigurations": [
            fido2, pass, email,
            authenticator,
            method("sms", "Sms", "enabled"),
            method("voice", "Voice", "disabled"),
            method("softwareOath", "SoftwareOath", "enabled"),
            method("x509Certificate", "X509Certificate", "disabled"),
        ],
    })
}

fn app_management() -> Value {
    json!({
        "id": "00000000-0000-0000-0000-000000000000",
        "displayName": "Default app management tenant policy",
        "description": "Default tenant policy that enforces app management restrictions on applications and service principals.",
        "deletedDateTime": null,
        "isEnabled": false,
        "applicationRestrictions": {"passwordCredentials": [], "keyCredentials": []},
        "servicePrincipalRestrictions": {"passwordCredentials": [], "keyCredentials": []},
    })
}

fn grant_policies() -> Vec<Value> {
    let policy = |key: &str, name: &str, class: &str| {
        json!({
            "id": key,
            "displayName": name,
            "description": name,
            "deletedDateTime": null,
            "includes": [{
                "id": id(&format!("condition {key}")),
                "permissionType": "delegated",
                "permissionClassification": class,
                "resourceApplication": "any",
                "permissions": ["all"],
                "clientApplicationIds": ["all"],
                "clientApplicationTenantIds": ["all"],
                "clientApplicationPublisherIds": ["all"],
                "clientApplicationsFromVerifiedPublisherOnly": class == "low",
            }],
            "excludes": [],
        })
    };
    vec![
        policy("microsoft-user-default-legacy", "Default User Legacy Policy", "all"),
        policy("microsoft-user-default-low", "Default User Low Risk Policy", "low"),
    ]
}

fn cross_tenant() -> Value {
    let targets = |target: &str, kind: &str| json!([{"target": target, "targetType": kind}]);
    let setting = |access: &str, users: &str, applications: &str| {
        json!({
            "usersAndGroups": {"accessType": access, "targets": targets(users, "user")},
            "applications": {"accessType": access, "targets": targets(applications, "application")},
        })
    };
    json!({
        "isServiceDefault": true,
        "inboundTrust": {"isMfaAccepted": false, "isCompliantDeviceAccepted": false, "isHybridAzureADJoinedDeviceAccepted": false},
        "b2bCollaborationInbound": setting("allowed", "AllUsers", "AllApplications"),
        "b2bCollaborationOutbound": setting("allowed", "AllUsers", "AllApplications"),
        "b2bDirectConnectInbound": setting("blocked", "AllUsers", "AllApplications"),
        "b2bDirectConnectOutbound": setting("blocked", "AllUsers", "AllApplications"),
        "automaticUserConsentSettings": {"inboundAllowed": null, "outboundAllowed": null},
    })
}

fn device_registration() -> Value {
    let everybody = json!({"@odata.type": "#microsoft.graph.allDeviceRegistrationMembership"});
    json!({
        "id": "deviceRegistrationPolicy",
        "displayName": "Device Registration Policy",
        "description": format!("Tenant-wide policy of {}", tenant_id()),
        "userDeviceQuota": 50,
        "multiFactorAuthConfiguration": "notRequired",
        "azureADRegistration": {"isAdminConfigurable": false, "allowedToRegister": everybody},
        "azureADJoin": {"isAdminConfigurable": true, "allowedToJoin": everybody,
            "localAdmins": {"enableGlobalAdmins": true, "registeringUsers": everybody}},
        "localAdminPassword": {"isEnabled": false},
    })
}
