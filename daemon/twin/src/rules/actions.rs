//! Actions: POST on a name instead of a collection.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Months, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::deleted::{DIRECTORY_BIN, LOCATION_BIN, POLICY_BIN, restore};
use super::required;
use crate::graph::{Answer, GraphError};
use crate::resources::{Consent, consent};
use crate::tenant::audit::{Activity, Actor, record};
use crate::tenant::{Object, Row, Tenant};

/// Most password credentials of one application; Graph refuses more.
const MAX_PASSWORDS: usize = 100;
/// Most users of one risk action, Graph's own number.
const MAX_RISKY: usize = 60;
/// Most ids of one `getByIds`, Graph's own number.
const MAX_IDS: usize = 1_000;

/// One call of an action.
pub(crate) struct ActionCall<'c> {
    pub(crate) tenant: &'c mut Tenant,
    /// Keys of the path, resolved.
    pub(crate) keys: Vec<String>,
    pub(crate) body: Object,
    pub(crate) actor: &'c Actor,
    pub(crate) client_request_id: &'c str,
    /// Scheme and host as the client addressed us.
    pub(crate) base: &'c str,
}

/// One action.
pub(crate) struct Action {
    /// Path below the version, `{}` for a key.
    pub(crate) path: &'static str,
    pub(crate) consent: Consent,
    pub(crate) run: fn(&mut ActionCall<'_>) -> Result<Answer, GraphError>,
}

/// Every action the twin knows.
pub(crate) static ACTIONS: [Action; 12] = [
    Action {
        path: "/applications/{}/addPassword",
        consent: consent::APP_WRITE,
        run: |call| add_password(call, "/v1.0/applications"),
    },
    Action {
        path: "/applications/{}/removePassword",
        consent: consent::APP_WRITE,
        run: |call| remove_password(call, "/v1.0/applications"),
    },
    Action {
        path: "/servicePrincipals/{}/addPassword",
        consent: consent::APP_WRITE,
        run: |call| add_password(call, "/v1.0/servicePrincipals"),
    },
    Action {
        path: "/servicePrincipals/{}/removePassword",
        consent: consent::APP_WRITE,
        run: |call| remove_password(call, "/v1.0/servicePrincipals"),
    },
    Action {
        path: "/directory/deletedItems/{}/restore",
        consent: RESTORE,
        run: |call| undelete(call, DIRECTORY_BIN),
    },
    Action {
        path: "/identity/conditionalAccess/deletedItems/policies/{}/restore",
        consent: consent::CONDITIONAL_ACCESS_WRITE,
        run: |call| undelete_policy(call, POLICY_BIN),
    },
    Action {
        path: "/identity/conditionalAccess/deletedItems/namedLocations/{}/restore",
        consent: consent::CONDITIONAL_ACCESS_WRITE,
        run: |call| undelete_policy(call, LOCATION_BIN),
    },
    Action { path: "/users/{}/revokeSignInSessions", consent: REVOKE, run: revoke_sessions },
    Action { path: "/directoryObjects/getByIds", consent: consent::DIRECTORY_READ, run: by_ids },
    Action {
        path: "/policies/crossTenantAccessPolicy/default/resetToSystemDefault",
        consent: consent::CROSS_TENANT_WRITE,
        run: reset_cross_tenant,
    },
    Action {
        path: "/identityProtection/riskyUsers/dismiss",
        consent: RISKY,
        run: |call| set_risk(call, "dismissed", "none"),
    },
    Action {
        path: "/identityProtection/riskyUsers/confirmCompromised",
        consent: RISKY,
        run: |call| set_risk(call, "confirmedCompromised", "high"),
    },
];

const RESTORE: Consent = &[
    &["Directory.ReadWrite.All"],
    &["User.ReadWrite.All"],
    &["Application.ReadWrite.All"],
    &["Group.ReadWrite.All"],
];
const REVOKE: Consent =
    &[&["User.RevokeSessions.All"], &["User.ReadWrite.All"], &["Directory.ReadWrite.All"]];
const RISKY: Consent = &[&["IdentityRiskyUser.ReadWrite.All"]];

fn key<'k>(call: &'k ActionCall<'_>) -> &'k str {
    call.keys.first().map(String::as_str).unwrap_or_default()
}

fn owner(call: &ActionCall<'_>, path: &str) -> Result<Object, GraphError> {
    call.tenant.find(path, key(call)).map(Row::into_owned).ok_or_else(|| GraphError::not_found(key(call)))
}

fn passwords(row: &Object) -> Vec<Value> {
    row.get("passwordCredentials").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn add_password(call: &mut ActionCall<'_>, path: &str) -> Result<Answer, GraphError> {
    let before = owner(call, path)?;
    let mut held = passwords(&before);
    if held.len() >= MAX_PASSWORDS {
        return Err(GraphError::new(
            400,
            "Directory_QuotaExceeded",
            "The application has too many credentials.",
        ));
    }
    let (credential, secret) = new_credential(call.tenant, call.body.get("passwordCredential"))?;
    held.push(credential.clone());
    let context = format!("{}/v1.0/$metadata#microsoft.graph.passwordCredential", call.base);
    change_passwords(call, path, before, held);
    // The only time the value is shown.
    let mut shown = credential;
    shown["secretText"] = json!(secret);
    shown["@odata.context"] = json!(context);
    Ok(Answer::json(200, &shown))
}

fn new_credential(tenant: &Tenant, wanted: Option<&Value>) -> Result<(Value, String), GraphError> {
    let time = |name: &str| match wanted.and_then(|wanted| wanted.get(name)) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let parsed = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
            let message =
                format!("Invalid value specified for property '{name}' of resource 'passwordCredential'.");
            parsed.map(|time| Some(time.with_timezone(&Utc))).ok_or_else(|| GraphError::bad_request(message))
        }
    };
    let start = time("startDateTime")?.unwrap_or_else(|| tenant.now());
    // Two years is what the service gives when no end is named.
    let end = time("endDateTime")?.or_else(|| start.checked_add_months(Months::new(24))).unwrap_or(start);
    if end <= start {
        return Err(GraphError::bad_request("Credential end date must be after its start date."));
    }
    let secret = new_secret();
    let written = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let name = wanted.and_then(|wanted| wanted.get("displayName")).filter(|name| name.is_string()).cloned();
    let credential = json!({
        "keyId": tenant.new_id().to_string(),
        "displayName": name,
        "hint": &secret[..3],
        "startDateTime": written(start),
        "endDateTime": written(end),
        "customKeyIdentifier": null,
        "secretText": null,
    });
    Ok((credential, secret))
}

/// Text without a meaning, of the length Entra gives.
pub(crate) fn new_secret() -> String {
    let random: Vec<u8> = [Uuid::new_v4(), Uuid::new_v4()].iter().flat_map(|id| id.into_bytes()).collect();
    URL_SAFE_NO_PAD.encode(random).chars().take(40).collect()
}

fn remove_password(call: &mut ActionCall<'_>, path: &str) -> Result<Answer, GraphError> {
    let before = owner(call, path)?;
    let wanted = required(&call.body, "keyId")?.to_owned();
    let mut held = passwords(&before);
    let count = held.len();
    held.retain(|credential| credential.get("keyId").and_then(Value::as_str) != Some(&wanted));
    if held.len() == count {
        return Err(GraphError::bad_request(format!("No password credential found with keyId {wanted}.")));
    }
    change_passwords(call, path, before, held);
    Ok(Answer::empty(204))
}

fn change_passwords(call: &mut ActionCall<'_>, path: &str, before: Object, held: Vec<Value>) {
    let mut after = before.clone();
    after.insert("passwordCredentials".into(), Value::Array(held));
    call.tenant.put(path, after.clone());
    let kind = if path.ends_with("applications") { "Application" } else { "ServicePrincipal" };
    audit(
        call,
        &format!("Update {} – Certificates and secrets management", kind.to_lowercase()),
        "ApplicationManagement",
        kind,
        Some(&before),
        &after,
    );
}

fn audit(
    call: &mut ActionCall<'_>,
    name: &str,
    category: &str,
    kind: &str,
    before: Option<&Object>,
    after: &Object,
) {
    let activity = Activity {
        name: name.to_owned(),
        category,
        operation: "Update",
        target_type: kind,
        subject: after,
        before,
        after: Some(after),
        client_request_id: call.client_request_id,
    };
    record(call.tenant, call.actor, &activity);
}

fn undelete(call: &mut ActionCall<'_>, bin: &str) -> Result<Answer, GraphError> {
    let id = key(call).to_owned();
    let row = restore(call.tenant, bin, &id)?;
    audit(call, "Restore object", "DirectoryManagement", "Directory", None, &row);
    Ok(Answer::json(200, &Value::Object(row)))
}

fn undelete_policy(call: &mut ActionCall<'_>, bin: &str) -> Result<Answer, GraphError> {
    // Microsoft's own table shows "not supported" for every kind of token; a switch, until somebody knows.
    if !call.tenant.twin.switches.restore_with_application {
        return Err(GraphError::denied());
    }
    undelete(call, bin)
}

fn revoke_sessions(call: &mut ActionCall<'_>) -> Result<Answer, GraphError> {
    let before = owner(call, "/v1.0/users")?;
    let mut after = before.clone();
    after.insert("signInSessionsValidFromDateTime".into(), super::timestamp(call.tenant));
    call.tenant.put("/v1.0/users", after.clone());
    audit(call, "Update StsRefreshTokenValidFrom Timestamp", "UserManagement", "User", Some(&before), &after);
    let context = format!("{}/v1.0/$metadata#Edm.Boolean", call.base);
    Ok(Answer::json(200, &json!({"@odata.context": context, "value": true})))
}

fn by_ids(call: &mut ActionCall<'_>) -> Result<Answer, GraphError> {
    let ids = call.body.get("ids").and_then(Value::as_array).cloned().unwrap_or_default();
    if ids.is_empty() || ids.len() > MAX_IDS {
        return Err(GraphError::bad_request("The ids must hold between 1 and 1000 values."));
    }
    let found = |id: &str| {
        let (kind, row) = call.tenant.directory_object(id)?;
        let mut row = row.into_owned();
        row.insert("@odata.type".into(), json!(kind));
        row.remove("signInActivity");
        Some(Value::Object(row))
    };
    let rows: Vec<Value> = ids.iter().filter_map(Value::as_str).filter_map(found).collect();
    let context = format!("{}/v1.0/$metadata#directoryObjects", call.base);
    Ok(Answer::json(200, &json!({"@odata.context": context, "value": rows})))
}

fn reset_cross_tenant(call: &mut ActionCall<'_>) -> Result<Answer, GraphError> {
    let path = "/v1.0/policies/crossTenantAccessPolicy/default";
    let Some(before) = call.tenant.single(path).cloned() else {
        return Err(GraphError::not_found("default"));
    };
    let mut after = before.clone();
    after.extend(super::policies::cross_tenant_defaults());
    call.tenant.set_single(path, after.clone());
    audit(call, "Reset the cross-tenant access default setting", "Policy", "Policy", Some(&before), &after);
    Ok(Answer::empty(204))
}

fn set_risk(call: &mut ActionCall<'_>, state: &str, level: &str) -> Result<Answer, GraphError> {
    let path = "/v1.0/identityProtection/riskyUsers";
    let ids = call.body.get("userIds").and_then(Value::as_array).cloned().unwrap_or_default();
    let ids: Vec<&str> = ids.iter().filter_map(Value::as_str).collect();
    if ids.is_empty() || ids.len() > MAX_RISKY {
        return Err(GraphError::bad_request("The userIds must hold between 1 and 60 values."));
    }
    // All or none: a user that is not there must not leave half of them changed.
    let found = |id: &&str| {
        let row = call.tenant.find(path, id).map(std::borrow::Cow::into_owned);
        row.ok_or_else(|| GraphError::not_found(id))
    };
    let rows: Vec<Object> = ids.iter().map(found).collect::<Result<_, _>>()?;
    for before in rows {
        let mut after = before.clone();
        after.insert("riskState".into(), json!(state));
        after.insert("riskLevel".into(), json!(level));
        after.insert("riskLastUpdatedDateTime".into(), super::timestamp(call.tenant));
        call.tenant.put(path, after.clone());
        audit(call, "Update risky user", "UserManagement", "User", Some(&before), &after);
    }
    Ok(Answer::empty(204))
}
