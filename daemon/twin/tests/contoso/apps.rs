//! 60 applications, 80 service principals, owners, credentials, grants, our own two registrations.

use serde_json::{Value, json};

use super::Graph;
use super::facts::{DOMAIN, GRAPH_APP, MICROSOFT, days_ago, id, pick, span, tenant_id};
use super::people::{Kind, Person, reference};

mod names;

use names::{APPS, FOREIGN, MANAGED, PERMISSIONS, READER, VENDORS, WRITER};

/// Applications without an owner.
const OWNERLESS: [&str; 6] = [
    "Legacy API",
    "Payroll Export",
    "Badge Printer Sync",
    "Old Intranet Search",
    "Parking Permits",
    "Canteen Menu",
];
/// Applications that only use a certificate.
const CERTIFIED: [&str; 4] =
    ["Data Warehouse Loader", "Identity Provisioning", "Backup Orchestrator", "SIEM Forwarder"];
/// Applications with the permissions that APP-03 and APP-06 flag.
const POWERFUL: [(&str, &str); 4] = [
    ("Identity Provisioning", "User.ReadWrite.All"),
    ("Backup Orchestrator", "Files.ReadWrite.All"),
    ("Newsletter Mailer", "Mail.Send"),
    ("SIEM Forwarder", "AuditLog.Read.All"),
];

/// Everything about applications; gives the clients of the twin.
pub fn bodies(graph: &mut Graph, staff: &[Person]) -> Value {
    let owners: Vec<&Person> = staff.iter().filter(|person| person.kind == Kind::Member).collect();
    let applications: Vec<Value> = APPS.iter().map(|name| application(name)).collect();
    for name in APPS {
        let list = if OWNERLESS.contains(&name) {
            Vec::new()
        } else {
            vec![reference(owners[pick(name, owners.len())])]
        };
        graph.insert(format!("/v1.0/applications/{}/owners", object_id(name)), json!({"value": list}));
    }
    graph.insert("/v1.0/applications".into(), json!({"value": applications}));
    let principals = principals();
    for principal in &principals {
        let key = principal["id"].as_str().expect("an id");
        graph.insert(format!("/v1.0/servicePrincipals/{key}/owners"), json!({"value": []}));
    }
    graph.insert("/v1.0/servicePrincipals".into(), json!({"value": principals}));
    grants(graph);
    json!([client("TrueConfig Reader", &READER), client("TrueConfig Writer", &WRITER)])
}

fn object_id(name: &str) -> String {
    id(&format!("application {name}"))
}

/// Application (client) id of one of our own registrations.
pub fn app_id(name: &str) -> String {
    id(&format!("app id {name}"))
}

/// Object id of a service principal.
pub fn principal_id(name: &str) -> String {
    id(&format!("principal {name}"))
}

fn client(name: &str, roles: &[&str]) -> Value {
    json!({
        "client_id": app_id(name),
        // Only good on loopback, for a tenant that does not exist.
        "client_secret": format!("contoso-demo-{}", name.to_lowercase().replace(' ', "-")),
        "roles": roles,
    })
}

fn application(name: &str) -> Value {
    let (passwords, keys) = credentials(name);
    json!({
        "id": object_id(name),
        "appId": app_id(name),
        "displayName": name,
        "description": null,
        "createdDateTime": days_ago(800 + i64::try_from(pick(name, 900)).expect("small"), name),
        "deletedDateTime": null,
        "publisherDomain": DOMAIN,
        "signInAudience": "AzureADMyOrg",
        "identifierUris": [],
        "tags": [],
        "passwordCredentials": passwords,
        "keyCredentials": keys,
        "requiredResourceAccess": [],
        "appRoles": [],
        "web": {"redirectUris": [format!("https://{}.contoso.example/signin", name.to_lowercase().replace(' ', "-"))],
            "homePageUrl": null, "logoutUrl": null},
        "spa": {"redirectUris": []},
        "publicClient": {"redirectUris": []},
    })
}

fn credentials(name: &str) -> (Value, Value) {
    let password = |days: i64, months: u32| {
        let (start, end) = span(days, months);
        json!([{
            "keyId": id(&format!("secret {name}")),
            "displayName": "production",
            "hint": &id(&format!("hint {name}"))[..3],
            "startDateTime": start,
            "endDateTime": end,
            "customKeyIdentifier": null,
            "secretText": null,
        }])
    };
    match name {
        "Legacy API" => (password(430, 36), json!([])),
        "Payroll Export" | "Badge Printer Sync" => (password(200, 24), json!([])),
        _ if CERTIFIED.contains(&name) => (json!([]), json!([certificate(name)])),
        _ if pick(&format!("has secret {name}"), 3) == 0 => {
            let days = i64::try_from(pick(&format!("age {name}"), 150)).expect("small");
            (password(days, 6), json!([]))
        }
        _ => (json!([]), json!([])),
    }
}

fn certificate(name: &str) -> Value {
    let (start, end) = span(90, 12);
    json!({
        "keyId": id(&format!("certificate {name}")),
        "customKeyIdentifier": null,
        "displayName": format!("CN={name}"),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "key": null,
        "startDateTime": start,
        "endDateTime": end,
    })
}

fn principals() -> Vec<Value> {
    let own = APPS.iter().take(54).map(|name| principal(name, &app_id(name), &tenant_id(), "Application"));
    let first_party = VENDORS.iter().map(|(name, key)| principal(name, key, MICROSOFT, "Application"));
    let foreign = FOREIGN
        .iter()
        .map(|name| principal(name, &app_id(name), &id(&format!("vendor {name}")), "Application"));
    let managed = MANAGED.iter().map(|name| principal(name, &app_id(name), &tenant_id(), "ManagedIdentity"));
    own.chain(first_party).chain(foreign).chain(managed).collect()
}

fn principal(name: &str, key: &str, owner: &str, kind: &str) -> Value {
    let roles: Vec<Value> = if key == GRAPH_APP {
        PERMISSIONS.iter().map(|(name, key)| app_role(name, key)).collect()
    } else {
        Vec::new()
    };
    json!({
        "id": principal_id(name),
        "appId": key,
        "displayName": name,
        "appDisplayName": name,
        "description": null,
        "appOwnerOrganizationId": if kind == "ManagedIdentity" { Value::Null } else { json!(owner) },
        "servicePrincipalType": kind,
        "accountEnabled": true,
        "appRoleAssignmentRequired": false,
        "deletedDateTime": null,
        "servicePrincipalNames": [key],
        "replyUrls": [],
        "tags": if kind == "Application" { json!(["WindowsAzureActiveDirectoryIntegratedApp"]) } else { json!([]) },
        "appRoles": roles,
        "oauth2PermissionScopes": [],
        "passwordCredentials": [],
        "keyCredentials": [],
    })
}

fn app_role(name: &str, key: &str) -> Value {
    json!({
        "id": key,
        "value": name,
        "displayName": name,
        "description": name,
        "allowedMemberTypes": ["Application"],
        "isEnabled": true,
        "origin": "Application",
    })
}

fn grants(graph: &mut Graph) {
    let mut held: Vec<(&str, Vec<&str>)> =
        vec![("TrueConfig Reader", READER.to_vec()), ("TrueConfig Writer", WRITER.to_vec())];
    held.extend(POWERFUL.iter().map(|(name, permission)| (*name, vec![*permission])));
    held.push(("Contoso Survey Cloud", vec!["User.Read.All", "Mail.Read"]));
    for (name, permissions) in held {
        let known = |permission: &&&str| PERMISSIONS.iter().any(|(known, _)| known == *permission);
        let rows: Vec<Value> =
            permissions.iter().filter(known).map(|permission| assigned(name, permission)).collect();
        graph.insert(
            format!("/v1.0/servicePrincipals/{}/appRoleAssignments", principal_id(name)),
            json!({"value": rows}),
        );
    }
    graph.insert("/v1.0/oauth2PermissionGrants".into(), json!({"value": []}));
    granted_nothing(graph);
}

/// Whoever holds no permission is said to hold none: a list the file lacks would be one that nobody has read.
fn granted_nothing(graph: &mut Graph) {
    let rows = graph["/v1.0/servicePrincipals"]["value"].as_array().expect("service principals").clone();
    for id in rows.iter().filter_map(|row| row["id"].as_str()) {
        let path = format!("/v1.0/servicePrincipals/{id}/appRoleAssignments");
        graph.entry(path).or_insert_with(|| json!({"value": []}));
    }
}

fn assigned(name: &str, permission: &str) -> Value {
    let role = PERMISSIONS.iter().find(|(known, _)| *known == permission).expect("a known permission").1;
    json!({
        "id": id(&format!("grant {name} {permission}")),
        "deletedDateTime": null,
        "appRoleId": role,
        "createdDateTime": days_ago(300, &format!("{name} {permission}")),
        "principalDisplayName": name,
        "principalId": principal_id(name),
        "principalType": "ServicePrincipal",
        "resourceDisplayName": "Microsoft Graph",
        "resourceId": principal_id("Microsoft Graph"),
    })
}
