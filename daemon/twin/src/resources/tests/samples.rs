//! The demo tenant with a row of every kind that can be written, and a body for everything that can be made.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::{Resource, inline_of, key_of, place_of};
use crate::graph::path::parse;
use crate::rules::roles::SETTINGS;
use crate::{Options, TenantFile, Twin, serve};

/// Something that can be made: `{user}` and its kind stand for ids of the tenant.
pub(super) struct Sample {
    pub(super) path: &'static str,
    pub(super) body: &'static str,
}

const fn sample(path: &'static str, body: &'static str) -> Sample {
    Sample { path, body }
}

const ROLE: &str =
    r#"{"principalId":"{user}","resourceId":"{sp}","appRoleId":"00000000-0000-0000-0000-000000000000"}"#;
const OF_PRINCIPAL: &str =
    r#"{"principalId":"{sp2}","resourceId":"{sp}","appRoleId":"00000000-0000-0000-0000-000000000000"}"#;
const OF_GROUP: &str =
    r#"{"principalId":"{group}","resourceId":"{sp}","appRoleId":"00000000-0000-0000-0000-000000000000"}"#;
const REFERENCE: &str = r#"{"@odata.id":"{base}/v1.0/directoryObjects/{user2}"}"#;
const CONDITION: &str = r#"{"permissionType":"delegated","permissions":["all"]}"#;
const RULE: &str = r#"{"displayName":"N","sequence":3,"isEnabled":true}"#;

/// Everything that can be created.
pub(super) static CREATED: [Sample; 28] = [
    sample(
        "/v1.0/users",
        r#"{"displayName":"N","userPrincipalName":"n@contoso.onmicrosoft.com","mailNickname":"n","accountEnabled":true,"passwordProfile":{"password":"x"}}"#,
    ),
    sample(
        "/v1.0/groups",
        r#"{"displayName":"N","mailNickname":"n","mailEnabled":false,"securityEnabled":true}"#,
    ),
    sample(
        "/v1.0/groups",
        r#"{"displayName":"N","mailNickname":"n","mailEnabled":true,"securityEnabled":false,"groupTypes":["Unified"]}"#,
    ),
    sample("/v1.0/groups/{group}/members/$ref", REFERENCE),
    sample("/v1.0/groups/{group}/owners/$ref", REFERENCE),
    sample("/v1.0/applications", r#"{"displayName":"N"}"#),
    sample("/v1.0/applications/{app}/owners/$ref", REFERENCE),
    sample(
        "/v1.0/applications/{app}/federatedIdentityCredentials",
        r#"{"name":"n","issuer":"https://i","subject":"s","audiences":["api://AzureADTokenExchange"]}"#,
    ),
    sample("/v1.0/servicePrincipals", r#"{"appId":"fb78d390-0c51-40cd-8e17-fdbfab77341b"}"#),
    sample("/v1.0/servicePrincipals/{sp}/owners/$ref", REFERENCE),
    sample("/v1.0/servicePrincipals/{sp2}/appRoleAssignments", OF_PRINCIPAL),
    sample("/v1.0/users/{user}/appRoleAssignments", ROLE),
    sample("/v1.0/groups/{group}/appRoleAssignments", OF_GROUP),
    sample(
        "/v1.0/oauth2PermissionGrants",
        r#"{"clientId":"{sp}","resourceId":"{sp2}","consentType":"AllPrincipals","scope":"User.Read"}"#,
    ),
    sample(
        "/v1.0/identity/conditionalAccess/policies",
        r#"{"displayName":"N","state":"disabled","conditions":{"users":{"includeUsers":["All"]},"applications":{"includeApplications":["All"]}},"grantControls":{"operator":"OR","builtInControls":["mfa"]}}"#,
    ),
    sample(
        "/v1.0/identity/conditionalAccess/namedLocations",
        r##"{"@odata.type":"#microsoft.graph.countryNamedLocation","displayName":"N","countriesAndRegions":["KP"]}"##,
    ),
    sample(
        "/v1.0/policies/authenticationStrengthPolicies",
        r#"{"displayName":"N","allowedCombinations":["fido2"]}"#,
    ),
    sample("/v1.0/identityGovernance/accessReviews/definitions", r#"{"displayName":"N"}"#),
    sample(
        "/v1.0/roleManagement/directory/roleDefinitions",
        r#"{"displayName":"N","rolePermissions":[],"isEnabled":true}"#,
    ),
    sample(
        "/v1.0/roleManagement/directory/roleAssignments",
        r#"{"principalId":"{user2}","roleDefinitionId":"194ae4cb-b126-40b2-bd5b-6091b380977d","directoryScopeId":"/"}"#,
    ),
    sample(
        "/v1.0/groupSettings",
        r#"{"templateId":"5cf42378-d67d-4f36-ba46-e8b86229381d","values":[{"name":"LockoutThreshold","value":"10"}]}"#,
    ),
    sample("/v1.0/policies/appManagementPolicies", r#"{"displayName":"N","isEnabled":true}"#),
    sample("/v1.0/policies/permissionGrantPolicies", r#"{"id":"n","displayName":"N"}"#),
    sample(
        "/v1.0/policies/crossTenantAccessPolicy/partners",
        r#"{"tenantId":"11111111-2222-3333-4444-555555555555"}"#,
    ),
    sample("/v1.0/policies/permissionGrantPolicies/own/includes", CONDITION),
    sample("/v1.0/policies/permissionGrantPolicies/own/excludes", CONDITION),
    sample("/v1.0/users/{user}/mailFolders/inbox/messageRules", RULE),
    sample("/v1.0/policies/activityBasedTimeoutPolicies", r#"{"displayName":"N","definition":["{}"]}"#),
];

/// What is replaced as a whole.
pub(super) const REPLACED: [&str; 3] = [
    "/v1.0/policies/adminConsentRequestPolicy",
    "/v1.0/policies/deviceRegistrationPolicy",
    "/v1.0/identityGovernance/accessReviews/definitions/review1",
];

/// A twin with a row of every kind, and the ids that bodies name.
pub(super) struct Samples {
    pub(super) twin: Twin,
    names: BTreeMap<&'static str, String>,
}

impl Samples {
    /// The demo tenant and what it lacks.
    pub(super) async fn new() -> Self {
        let mut file = TenantFile::contoso().expect("the demo tenant");
        // What no write touches is left out, for the whole tenant is compared after each.
        file.graph.retain(|path, _| !path.contains("/auditLogs/") && !path.contains("/reports/"));
        file.graph.retain(|path, _| !path.ends_with("/owners") && !path.ends_with("/members"));
        for (path, kept) in [("/v1.0/users", 40), ("/v1.0/applications", 20), ("/v1.0/servicePrincipals", 30)]
        {
            let body = file.graph.get_mut(path).expect("a collection");
            body["value"].as_array_mut().expect("rows").truncate(kept);
        }
        // Security defaults can be switched on only where no policy is enabled.
        let policies = file.graph.get_mut("/v1.0/identity/conditionalAccess/policies").expect("policies");
        for policy in policies["value"].as_array_mut().expect("rows") {
            policy["state"] = json!("disabled");
        }
        let twin = serve(Options::new(file)).await.expect("a twin");
        let id = |query: &str, position: usize| {
            let body = twin.edit("GET", &format!("/v1.0/{query}"), None).expect("rows");
            body["value"][position]["id"].as_str().expect("an id").to_owned()
        };
        let names = BTreeMap::from([
            ("{user}", id("users?$select=id", 30)),
            ("{user2}", id("users?$select=id", 31)),
            ("{group}", id("groups", 0)),
            ("{app}", id("applications", 5)),
            ("{sp}", id("servicePrincipals", 10)),
            ("{sp2}", id("servicePrincipals", 11)),
            ("{base}", format!("http://{}", twin.http)),
        ]);
        let samples = Self { twin, names };
        for (path, body) in added() {
            let body = serde_json::from_str(&samples.filled(&body.to_string())).expect("JSON");
            samples.twin.overwrite(&samples.filled(path), body);
        }
        samples.spare();
        samples
    }

    /// What can be deleted although nothing in the demo tenant can: a location that is not trusted, a
    /// Microsoft 365 group, custom roles and strengths.
    fn spare(&self) {
        let bodies = [
            (
                "identity/conditionalAccess/namedLocations",
                json!({"@odata.type": "#microsoft.graph.countryNamedLocation",
                "displayName": "Spare", "countriesAndRegions": ["KP"], "includeUnknownCountriesAndRegions": false}),
            ),
            (
                "groups",
                json!({"displayName": "Spare", "mailNickname": "s", "mailEnabled": true,
                "securityEnabled": false, "groupTypes": ["Unified"]}),
            ),
            (
                "roleManagement/directory/roleDefinitions",
                json!({"displayName": "Spare", "isEnabled": true,
                "rolePermissions": []}),
            ),
            (
                "policies/authenticationStrengthPolicies",
                json!({"displayName": "Spare", "allowedCombinations": ["fido2"]}),
            ),
        ];
        for (path, body) in bodies {
            self.twin.edit("POST", &format!("/v1.0/{path}"), Some(&body)).expect("made");
        }
    }

    /// A text with the ids of this tenant.
    pub(super) fn filled(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, id)| text.replace(name, id))
    }

    /// Every row and singleton with the path of its collection, those that stand inside others too.
    pub(super) fn rows(&self) -> Vec<(String, Map<String, Value>)> {
        let mut rows = Vec::new();
        for (path, body) in self.twin.export().graph {
            let (inline, key) = (inline_of(&path), key_of(&path));
            let held: Vec<Value> = body["value"].as_array().cloned().unwrap_or_else(|| vec![body.clone()]);
            for row in held {
                let row = row.as_object().cloned().unwrap_or_default();
                let name = row.get(key).and_then(Value::as_str).unwrap_or_default();
                let below = if body["value"].is_array() { format!("{path}/{name}") } else { path.clone() };
                for child in inline {
                    let children = row.get(*child).and_then(Value::as_array).cloned().unwrap_or_default();
                    let children = children.into_iter().filter_map(|child| child.as_object().cloned());
                    rows.extend(children.map(|row| (format!("{below}/{child}"), row)));
                }
                rows.extend(rules_in(&row));
                rows.push((path.clone(), row));
            }
        }
        rows
    }
}

/// The rules of role settings stand in the assignment of these.
fn rules_in(row: &Map<String, Value>) -> Vec<(String, Map<String, Value>)> {
    let Some(policy) = row.get("policy").filter(|policy| policy["rules"].is_array()) else {
        return Vec::new();
    };
    let path = format!("{SETTINGS}/{}/rules", policy["id"].as_str().unwrap_or_default());
    let rules = policy["rules"].as_array().into_iter().flatten().filter_map(|rule| rule.as_object().cloned());
    rules.map(|rule| (path.clone(), rule)).collect()
}

/// Rows of kinds that the demo tenant has none of.
fn added() -> Vec<(&'static str, Value)> {
    vec![
        ("/v1.0/devices", json!({"value": [{"id": "device1", "displayName": "PC", "accountEnabled": true}]})),
        (
            "/v1.0/groupSettings",
            json!({"value": [{"id": "setting1", "displayName": "Group.Unified",
            "templateId": "62375ab9-6b52-47ed-826b-58e47e0e304b", "values": [{"name": "EnableGroupCreation", "value": "true"}]}]}),
        ),
        (
            "/v1.0/oauth2PermissionGrants",
            json!({"value": [{"id": "grant1", "clientId": "{sp2}", "resourceId": "{sp}",
            "consentType": "AllPrincipals", "principalId": null, "scope": "User.Read"}]}),
        ),
        (
            "/v1.0/policies/crossTenantAccessPolicy/partners",
            json!({"value": [
            {"tenantId": "99999999-2222-3333-4444-555555555555", "isServiceProvider": false, "inboundTrust": {"isMfaAccepted": false}}]}),
        ),
        (
            "/v1.0/policies/appManagementPolicies",
            json!({"value": [{"id": "own", "displayName": "Own", "isEnabled": true}]}),
        ),
        (
            "/v1.0/policies/activityBasedTimeoutPolicies",
            json!({"value": [
            {"id": "own", "displayName": "Own", "definition": ["{}"], "isOrganizationDefault": false}]}),
        ),
        (
            "/v1.0/policies/permissionGrantPolicies",
            json!({"value": [
            {"id": "own", "displayName": "Own", "description": "Own", "includes": [], "excludes": []}]}),
        ),
        (
            "/v1.0/identityGovernance/accessReviews/definitions",
            json!({"value": [{"id": "review1",
            "displayName": "Guests", "descriptionForAdmins": "x", "status": "InProgress"}]}),
        ),
        (
            "/v1.0/applications/{app}/federatedIdentityCredentials",
            json!({"value": [{"id": "f1", "name": "f",
            "issuer": "https://i", "subject": "s", "audiences": ["a"], "description": "d"}]}),
        ),
        (
            "/v1.0/users/{user}/mailFolders/inbox/messageRules",
            json!({"value": [{"id": "r1", "displayName": "Move",
            "sequence": 1, "isEnabled": true}]}),
        ),
    ]
}

/// The paths of [`REPLACED`] with their entries.
pub(super) fn replaced() -> Vec<(&'static str, &'static Resource)> {
    let entry = |path: &&'static str| {
        let whole = path.trim_end_matches("/review1");
        let place = parse(whole).ok().and_then(|path| place_of(&path)).expect("an entry");
        (*path, place.resource)
    };
    REPLACED.iter().map(entry).collect()
}
