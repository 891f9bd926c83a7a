//! Actions: POST on a name instead of a collection.

use serde_json::{Value, json};

use super::credentials::{add_key, add_password, remove_key, remove_password};
use super::deleted::{DIRECTORY_BIN, LOCATION_BIN, POLICY_BIN, restore};
use crate::graph::{Answer, GraphError};
use crate::resources::{Consent, consent};
use crate::tenant::audit::{Activity, Actor, record};
use crate::tenant::{Object, Row, Tenant};

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
pub(crate) static ACTIONS: [Action; 16] = [
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
        path: "/applications/{}/addKey",
        consent: consent::APP_WRITE,
        run: |call| add_key(call, "/v1.0/applications"),
    },
    Action {
        path: "/applications/{}/removeKey",
        consent: consent::APP_WRITE,
        run: |call| remove_key(call, "/v1.0/applications"),
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
        path: "/servicePrincipals/{}/addKey",
        consent: consent::APP_WRITE,
        run: |call| add_key(call, "/v1.0/servicePrincipals"),
    },
    Action {
        path: "/servicePrincipals/{}/removeKey",
        consent: consent::APP_WRITE,
        run: |call| remove_key(call, "/v1.0/servicePrincipals"),
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

pub(super) fn key<'k>(call: &'k ActionCall<'_>) -> &'k str {
    call.keys.first().map(String::as_str).unwrap_or_default()
}

pub(super) fn owner(call: &ActionCall<'_>, path: &str) -> Result<Object, GraphError> {
    call.tenant.find(path, key(call)).map(Row::into_owned).ok_or_else(|| GraphError::not_found(key(call)))
}

pub(super) fn audit(
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
