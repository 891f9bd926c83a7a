//! Secrets and keys of applications and service principals, which change through actions.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Months, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::actions::{ActionCall, audit, key, owner};
use super::required;
use crate::graph::{Answer, GraphError};
use crate::login::proves;
use crate::tenant::{Object, Tenant};

/// Most credentials of one application; Graph refuses more.
const MAX_CREDENTIALS: usize = 100;
const PASSWORDS: &str = "passwordCredentials";
const KEYS: &str = "keyCredentials";

fn held(row: &Object, list: &str) -> Vec<Value> {
    row.get(list).and_then(Value::as_array).cloned().unwrap_or_default()
}

pub(super) fn add_password(call: &mut ActionCall<'_>, path: &str) -> Result<Answer, GraphError> {
    let before = owner(call, path)?;
    let mut credentials = held(&before, PASSWORDS);
    if credentials.len() >= MAX_CREDENTIALS {
        return Err(too_many());
    }
    let (credential, secret) = new_credential(call.tenant, call.body.get("passwordCredential"))?;
    credentials.push(credential.clone());
    let context = format!("{}/v1.0/$metadata#microsoft.graph.passwordCredential", call.base);
    change(call, path, before, (PASSWORDS, credentials));
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

pub(super) fn remove_password(call: &mut ActionCall<'_>, path: &str) -> Result<Answer, GraphError> {
    let before = owner(call, path)?;
    let wanted = required(&call.body, "keyId")?.to_owned();
    let mut credentials = held(&before, PASSWORDS);
    let count = credentials.len();
    credentials.retain(|credential| credential.get("keyId").and_then(Value::as_str) != Some(&wanted));
    if credentials.len() == count {
        return Err(GraphError::bad_request(format!("No password credential found with keyId {wanted}.")));
    }
    change(call, path, before, (PASSWORDS, credentials));
    Ok(Answer::empty(204))
}

/// A new key, proven by one that is there: the first certificate of an application comes by PATCH.
pub(super) fn add_key(call: &mut ActionCall<'_>, path: &str) -> Result<Answer, GraphError> {
    let before = owner(call, path)?;
    let mut credentials = held(&before, KEYS);
    let wanted = call.body.get("keyCredential").and_then(Value::as_object).cloned().unwrap_or_default();
    check_key(&wanted)?;
    check_proof(call, &credentials)?;
    if credentials.len() >= MAX_CREDENTIALS {
        return Err(too_many());
    }
    let mut credential = wanted;
    credential.insert("keyId".into(), json!(call.tenant.new_id().to_string()));
    credentials.push(Value::Object(credential.clone()));
    change(call, path, before, (KEYS, credentials));
    let context = format!("{}/v1.0/$metadata#microsoft.graph.keyCredential", call.base);
    credential.insert("@odata.context".into(), json!(context));
    credential.insert("key".into(), Value::Null);
    Ok(Answer::json(200, &Value::Object(credential)))
}

pub(super) fn remove_key(call: &mut ActionCall<'_>, path: &str) -> Result<Answer, GraphError> {
    let before = owner(call, path)?;
    let wanted = required(&call.body, "keyId")?.to_owned();
    let mut credentials = held(&before, KEYS);
    check_proof(call, &credentials)?;
    let count = credentials.len();
    credentials.retain(|credential| credential.get("keyId").and_then(Value::as_str) != Some(&wanted));
    if credentials.len() == count {
        return Err(GraphError::bad_request(format!("No key credential found with keyId {wanted}.")));
    }
    change(call, path, before, (KEYS, credentials));
    Ok(Answer::empty(204))
}

fn check_key(wanted: &Object) -> Result<(), GraphError> {
    for (name, allowed) in
        [("type", ["AsymmetricX509Cert", "X509CertAndPassword"]), ("usage", ["Verify", "Sign"])]
    {
        if !allowed.contains(&required(wanted, name)?) {
            let message =
                format!("Invalid value specified for property '{name}' of resource 'keyCredential'.");
            return Err(GraphError::bad_request(message));
        }
    }
    match STANDARD.decode(required(wanted, "key")?) {
        Ok(_) => Ok(()),
        Err(_) => Err(GraphError::bad_request("Key credential is invalid: the key is not base64.")),
    }
}

/// A JWT by the object itself, signed with a certificate it has. Snapshots hold no certificates, for Graph
/// shows them on demand only; a signature is judged where one is known.
fn check_proof(call: &ActionCall<'_>, keys: &[Value]) -> Result<(), GraphError> {
    let proof = required(&call.body, "proof")?;
    let known = keys.iter().filter_map(|key| STANDARD.decode(key.get("key")?.as_str()?).ok());
    let known: Vec<Vec<u8>> = known.collect();
    if !keys.is_empty() && proves(call.tenant, key(call), &known, proof) {
        return Ok(());
    }
    Err(GraphError::bad_request("The proof of possession of an existing key is missing, wrong or expired."))
}

fn too_many() -> GraphError {
    GraphError::new(400, "Directory_QuotaExceeded", "The application has too many credentials.")
}

fn change(call: &mut ActionCall<'_>, path: &str, before: Object, (list, credentials): (&str, Vec<Value>)) {
    let mut after = before.clone();
    after.insert(list.into(), Value::Array(credentials));
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
