//! Settings of the tenant: policies, methods, devices, directory settings, credentials, domains.

use crate::table::{put, rounds, row};
use crate::tenant;
use serde_json::{Value, json};
use trueconfig_twin::TenantFile;

const METHODS: &str = "/v1.0/policies/authenticationMethodsPolicy";
const CROSS_TENANT: &str = "/v1.0/policies/crossTenantAccessPolicy/default";
const APP_MANAGEMENT: &str = "/v1.0/policies/defaultAppManagementPolicy";
const DOMAINS: &str = "/v1.0/domains";
const REGISTRATION: &str = "/v1.0/reports/authenticationMethods/userRegistrationDetails";
const PASSWORD_RULES: &str = "5cf42378-d67d-4f36-ba46-e8b86229381d";
const GROUPS: &str = "62375ab9-6b52-47ed-826b-58e47e0e304b";

/// Every enabled account has an app beside its phone, so that ID-20 strands nobody.
fn with_apps(file: &mut TenantFile) {
    let users = file.graph["/v1.0/users"]["value"].as_array().expect("users").clone();
    let report = users.iter().map(|user| {
        json!({
            "id": user["id"], "userPrincipalName": user["userPrincipalName"],
            "userType": tenant::text(user, "userType").to_lowercase(),
            "isAdmin": false, "isMfaCapable": true, "isMfaRegistered": true, "isSsprCapable": true, "isSsprEnabled": true,
            "isSsprRegistered": true, "isPasswordlessCapable": false,
            "methodsRegistered": ["mobilePhone", "microsoftAuthenticatorPush"],
        })
    });
    let report: Vec<Value> = report.collect();
    put(file, REGISTRATION, "", json!({"value": report}));
}

fn method(file: &mut TenantFile, id: &str, field: &str, value: Value) {
    let rows = file
        .graph
        .get_mut(METHODS)
        .and_then(|policy| policy["authenticationMethodConfigurations"].as_array_mut());
    let row = rows.into_iter().flatten().find(|row| row["id"] == id).expect("the method is configured");
    row[field] = value;
}

/// R24-R27, R63-R68 for each: nothing was set so far.
#[tokio::test]
async fn r66_settings_that_were_never_set_are_set_and_taken_back() {
    let mut file = tenant::contoso();
    with_apps(&mut file);
    put(&mut file, METHODS, "/policyMigrationState", json!("migrationInProgress"));
    method(&mut file, "TemporaryAccessPass", "isUsableOnce", json!(false));
    method(&mut file, "TemporaryAccessPass", "maximumLifetimeInMinutes", json!(1440));
    method(&mut file, "TemporaryAccessPass", "defaultLifetimeInMinutes", json!(720));
    method(&mut file, "Fido2", "isAttestationEnforced", json!(false));
    put(&mut file, CROSS_TENANT, "/isServiceDefault", json!(false));
    put(&mut file, CROSS_TENANT, "/b2bDirectConnectInbound/usersAndGroups/accessType", json!("allowed"));
    put(&mut file, DOMAINS, "/value/0/passwordValidityPeriodInDays", json!(90));
    put(&mut file, "/v1.0/policies/adminConsentRequestPolicy", "/reviewers", json!([]));
    let group = tenant::text(&file.graph["/v1.0/groups"]["value"][0], "id").to_owned();
    let reviewer = "40069d16-c057-4b0a-acc2-7990b21ffe13";
    let parameters = [
        ("GOV-24", json!({"groups": [group.clone()]})),
        ("ID-23", json!({"banned_words": ["contoso", "hamburg"]})),
        ("APP-04", json!({"reviewers": [reviewer]})),
    ];
    let first = vec![
        row("GOV-24", "/azureADJoin/allowedToJoin/groups", json!([group])),
        row("GOV-22", "/values/0/value", json!("false")),
        row("ID-23", "/templateId", json!(PASSWORD_RULES)),
        row("ID-06", "/policyMigrationState", json!("migrationComplete")),
        row("ID-20", "/state", json!("disabled")),
        row("ID-21", "/featureSettings/displayLocationInformationRequiredState/state", json!("enabled")),
        row("ID-27", "/defaultLifetimeInMinutes", json!(480)),
        row("ID-28", "/isAttestationEnforced", json!(true)),
        row("EXT-21", "/b2bDirectConnectInbound/usersAndGroups/accessType", json!("blocked")),
        row("EXT-23", "/allowExternalIdToUseEmailOtp", json!("disabled")),
        row("APP-21", "/applicationRestrictions/passwordCredentials/0/maxLifetime", json!("P180D")),
        row("DATA-20", "/isOrganizationDefault", json!(true)),
        row("ID-25", "/passwordValidityPeriodInDays", json!(2_147_483_647)),
        row("APP-04", "/reviewers/0/query", json!(format!("/users/{reviewer}"))),
    ];
    let devices = [
        row("GOV-25", "/userDeviceQuota", json!(20)),
        row("GOV-26", "/azureADJoin/localAdmins/enableGlobalAdmins", json!(false)),
        row("GOV-28", "/localAdminPassword/isEnabled", json!(true)),
    ];
    let devices = devices.into_iter().map(|row| vec![row]);
    rounds(file, &parameters, |_| {}, [first].into_iter().chain(devices).collect()).await;
}

/// The same where something else was set: what the fix does not name stays.
#[tokio::test]
async fn r66_settings_that_were_set_are_changed_and_restored() {
    let mut file = tenant::contoso();
    let values = |pairs: &[(&str, &str)]| -> Value {
        pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
    };
    let rules = [
        ("LockoutThreshold", "50"),
        ("LockoutDurationInSeconds", "60"),
        ("BannedPasswordList", "contoso"),
        ("BannedPasswordCheckOnPremisesMode", "Audit"),
        ("EnableBannedPasswordCheckOnPremises", "False"),
    ];
    let groups = [("EnableGroupCreation", "true"), ("AllowToAddGuests", "true")];
    let settings = json!({"value": [
        {"id": "aaaaaaaa-0000-0000-0000-000000000001", "templateId": PASSWORD_RULES, "values": values(&rules)},
        {"id": "aaaaaaaa-0000-0000-0000-000000000002", "templateId": GROUPS, "values": values(&groups)},
    ]});
    put(&mut file, "/v1.0/groupSettings", "", settings);
    let definition = r#"{"ActivityBasedTimeoutPolicy":{"ApplicationPolicies":[{"ApplicationId":"default","WebSessionIdleTimeout":"12:00:00"}],"Version":1}}"#;
    let idle = json!({"id": "aaaaaaaa-0000-0000-0000-000000000003", "displayName": "Idle", "description": null,
        "definition": [definition], "isOrganizationDefault": true});
    put(&mut file, "/v1.0/policies/activityBasedTimeoutPolicies", "", json!({"value": [idle]}));
    put(&mut file, CROSS_TENANT, "/isServiceDefault", json!(false));
    put(&mut file, CROSS_TENANT, "/inboundTrust/isMfaAccepted", json!(true));
    let secrets = json!([{"restrictionType": "passwordLifetime", "state": "enabled", "maxLifetime": "P90D"}]);
    put(&mut file, APP_MANAGEMENT, "/isEnabled", json!(true));
    put(&mut file, APP_MANAGEMENT, "/applicationRestrictions/passwordCredentials", secrets);
    let campaign = json!({"authenticationMethodsRegistrationCampaign": {"snoozeDurationInDays": 1, "state": "disabled",
        "excludeTargets": [], "includeTargets": [{"id": "all_users", "targetType": "group",
            "targetedAuthenticationMethod": "microsoftAuthenticator"}]}});
    put(&mut file, METHODS, "/registrationEnforcement", campaign);
    method(&mut file, "X509Certificate", "state", json!("enabled"));
    let mode =
        json!({"x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor", "rules": []});
    method(&mut file, "X509Certificate", "authenticationModeConfiguration", mode);
    put(&mut file, "/v1.0/organization", "/value/0/onPremisesSyncEnabled", json!(true));
    let first = vec![
        row("ID-05", "/values/0/value", json!("10")),
        row("GOV-22", "/values/0/value", json!("false")),
        row("DATA-20", "/definition/0", json!(definition.replace("12:00", "03:00"))),
        row("EXT-22", "/inboundTrust/isMfaAccepted", json!(false)),
        row("APP-22", "/applicationRestrictions/passwordCredentials/0/maxLifetime", json!("P90D")),
        row(
            "ID-31",
            "/registrationEnforcement/authenticationMethodsRegistrationCampaign/state",
            json!("enabled"),
        ),
        row(
            "ID-32",
            "/authenticationModeConfiguration/x509CertificateAuthenticationDefaultMode",
            json!("x509CertificateMultiFactor"),
        ),
        row("GOV-27", "/azureADJoin/localAdmins/registeringUsers/@odata.type", json!(NOBODY)),
    ];
    let second = vec![row("ID-24", "/values/4/value", json!("True"))];
    rounds(file, &[], |_| {}, vec![first, second]).await;
}

const NOBODY: &str = "#microsoft.graph.noDeviceRegistrationMembership";
