//! Conditional Access: policies, named locations, authentication strengths.

use serde_json::{Value, json};

use super::{Rules, default_to, nested, required, shallow, timestamp};
use crate::graph::GraphError;
use crate::resources::Place;
use crate::tenant::{Object, Row, Tenant, text_of};

/// Where policies stand.
pub(crate) const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";
/// Where named locations stand.
const LOCATIONS: &str = "/v1.0/identity/conditionalAccess/namedLocations";
/// Where authentication strengths stand.
const STRENGTHS: &str = "/v1.0/policies/authenticationStrengthPolicies";
/// Security defaults exclude enabled policies.
pub(crate) const SECURITY_DEFAULTS: &str = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";
/// Most policies of a tenant, Graph's own number.
const MAX_POLICIES: usize = 240;
/// Words that stand for more than one object.
const KEYWORDS: [&str; 3] = ["All", "None", "GuestsOrExternalUsers"];

/// `conditionalAccess/policies`.
pub(crate) struct Policies;

impl Rules for Policies {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        required(row, "displayName")?;
        required(row, "state")?;
        if tenant.rows(POLICIES).is_some_and(|rows| rows.len() >= MAX_POLICIES) {
            return Err(invalid("1040", "The tenant has reached its limit of Conditional Access policies."));
        }
        check(tenant, row, None)?;
        complete(row);
        show_strength(tenant, row);
        row.insert("createdDateTime".into(), timestamp(tenant));
        row.insert("modifiedDateTime".into(), Value::Null);
        default_to(row, "templateId", Value::Null);
        Ok(())
    }

    fn merge(&self, tenant: &Tenant, before: &Object, patch: &Object) -> Object {
        if tenant.twin.switches.conditional_access_merges {
            nested(before, patch)
        } else {
            shallow(before, patch)
        }
    }

    fn update(&self, tenant: &Tenant, before: &Object, after: &mut Object) -> Result<(), GraphError> {
        check(tenant, after, Some(before))?;
        complete(after);
        show_strength(tenant, after);
        after.insert("modifiedDateTime".into(), timestamp(tenant));
        Ok(())
    }
}

fn invalid(code: &str, message: &str) -> GraphError {
    GraphError::invalid(format!("{code}: {message}"))
}

fn check(tenant: &Tenant, row: &Object, before: Option<&Object>) -> Result<(), GraphError> {
    let enabled = |row: &Object| text_of(row, "state") == "enabled";
    let turned_on = enabled(row) && !before.is_some_and(enabled);
    let defaults = tenant.single(SECURITY_DEFAULTS).and_then(|policy| policy.get("isEnabled"));
    if turned_on && defaults == Some(&Value::Bool(true)) {
        let message = "Security Defaults is enabled in the tenant. You must disable Security defaults before enabling a Conditional Access policy.";
        return Err(GraphError::invalid(message));
    }
    let conditions = row.get("conditions").and_then(Value::as_object);
    let Some(conditions) = conditions else { return Err(invalid("1001", "Policy must have conditions.")) };
    check_users(tenant, conditions)?;
    check_applications(conditions)?;
    check_locations(tenant, conditions)?;
    check_controls(tenant, row)
}

/// Texts of a list inside an object, none if there is no such list.
pub(crate) fn list<'v>(holder: Option<&'v Value>, name: &str) -> Vec<&'v str> {
    let items = holder.and_then(|holder| holder.get(name)).and_then(Value::as_array);
    items.map(|items| items.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

fn check_users(tenant: &Tenant, conditions: &Object) -> Result<(), GraphError> {
    let users = conditions.get("users");
    let workload = conditions.get("clientApplications").is_some_and(Value::is_object);
    let named =
        ["includeUsers", "includeGroups", "includeRoles"].iter().any(|name| !list(users, name).is_empty());
    let guests =
        users.and_then(|users| users.get("includeGuestsOrExternalUsers")).is_some_and(Value::is_object);
    if !named && !guests && !workload {
        return Err(invalid(
            "1011",
            "Policy must include at least one user, group, role or workload identity.",
        ));
    }
    for name in ["includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"] {
        let tenants =
            users.and_then(|users| users.get(name)).and_then(|guests| guests.get("externalTenants"));
        if tenants.is_some_and(|tenants| tenants.is_object() && tenants.get("@odata.type").is_none()) {
            return Err(GraphError::invalid("The property '@odata.type' is required for externalTenants."));
        }
    }
    for name in ["includeUsers", "excludeUsers", "includeGroups", "excludeGroups"] {
        for id in list(users, name) {
            if !KEYWORDS.contains(&id) && tenant.directory_object(id).is_none() && !was_deleted(tenant, id) {
                return Err(invalid("1033", &format!("Invalid user or group identifier '{id}' in {name}.")));
            }
        }
    }
    Ok(())
}

/// A policy may go on naming what has been deleted since.
fn was_deleted(tenant: &Tenant, id: &str) -> bool {
    let named =
        |row: Row<'_>| row.get("conditions").is_some_and(|conditions| conditions.to_string().contains(id));
    tenant.find("/v1.0/directory/deletedItems", id).is_some() || tenant.each(POLICIES).any(named)
}

fn check_applications(conditions: &Object) -> Result<(), GraphError> {
    let applications = conditions.get("applications");
    let names = ["includeApplications", "includeUserActions", "includeAuthenticationContextClassReferences"];
    let filter =
        applications.and_then(|holder| holder.get("applicationFilter")).is_some_and(Value::is_object);
    if filter || names.iter().any(|name| !list(applications, name).is_empty()) {
        return Ok(());
    }
    Err(invalid(
        "1020",
        "Policy must include at least one application, user action or authentication context.",
    ))
}

fn check_locations(tenant: &Tenant, conditions: &Object) -> Result<(), GraphError> {
    for name in ["includeLocations", "excludeLocations"] {
        for id in list(conditions.get("locations"), name) {
            let keyword = matches!(id, "All" | "AllTrusted" | "00000000-0000-0000-0000-000000000000");
            if !keyword && tenant.find(LOCATIONS, id).is_none() {
                return Err(invalid(
                    "1039",
                    &format!("Named location with id {id} does not exist in the directory."),
                ));
            }
        }
    }
    Ok(())
}

fn check_controls(tenant: &Tenant, row: &Object) -> Result<(), GraphError> {
    let grant = row.get("grantControls").filter(|grant| grant.is_object());
    let session = row.get("sessionControls").is_some_and(Value::is_object);
    let Some(grant) = grant else {
        return if session {
            Ok(())
        } else {
            Err(invalid("1007", "Policy must have grant or session controls."))
        };
    };
    let built_in = list(Some(grant), "builtInControls");
    let strength = grant.get("authenticationStrength").filter(|strength| strength.is_object());
    if built_in.contains(&"block") && (built_in.len() > 1 || strength.is_some()) {
        return Err(invalid("1009", "The block control cannot be combined with other controls."));
    }
    if built_in.contains(&"mfa") && strength.is_some() {
        return Err(invalid("1129", "The mfa control cannot be combined with an authentication strength."));
    }
    if grant.get("operator").and_then(Value::as_str).is_none_or(|operator| !["AND", "OR"].contains(&operator))
    {
        return Err(invalid("1008", "The operator of grant controls must be AND or OR."));
    }
    let id = strength.and_then(|strength| strength.get("id")).and_then(Value::as_str);
    match (strength, id) {
        (None, _) => Ok(()),
        (Some(_), Some(id)) if tenant.find(STRENGTHS, id).is_some() => Ok(()),
        (Some(_), id) => Err(invalid(
            "1128",
            &format!("Authentication strength {} does not exist.", id.unwrap_or("without id")),
        )),
    }
}

/// Graph answers with every property of the blocks, whatever the body named.
fn complete(row: &mut Object) {
    const LISTS: [&str; 6] =
        ["includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles"];
    for name in ["grantControls", "sessionControls"] {
        default_to(row, name, Value::Null);
    }
    let Some(Value::Object(conditions)) = row.get_mut("conditions") else { return };
    for name in ["userRiskLevels", "signInRiskLevels", "servicePrincipalRiskLevels"] {
        default_to(conditions, name, json!([]));
    }
    for name in [
        "platforms",
        "locations",
        "devices",
        "clientApplications",
        "authenticationFlows",
        "insiderRiskLevels",
    ] {
        default_to(conditions, name, Value::Null);
    }
    default_to(conditions, "clientAppTypes", json!(["all"]));
    if let Some(Value::Object(users)) = conditions.get_mut("users") {
        for name in LISTS {
            default_to(users, name, json!([]));
        }
        default_to(users, "includeGuestsOrExternalUsers", Value::Null);
        default_to(users, "excludeGuestsOrExternalUsers", Value::Null);
    }
    if let Some(Value::Object(applications)) = conditions.get_mut("applications") {
        for name in ["includeApplications", "excludeApplications", "includeUserActions"] {
            default_to(applications, name, json!([]));
        }
        default_to(applications, "includeAuthenticationContextClassReferences", json!([]));
        default_to(applications, "applicationFilter", Value::Null);
    }
}

/// Answers show the whole strength under a context of its own; bodies name its id alone.
fn show_strength(tenant: &Tenant, row: &mut Object) {
    let policy = text_of(row, "id").to_owned();
    let Some(Value::Object(grant)) = row.get_mut("grantControls") else { return };
    let context = "authenticationStrength@odata.context";
    grant.remove(context);
    let id =
        grant.get("authenticationStrength").and_then(|strength| strength.get("id")).and_then(Value::as_str);
    let Some(strength) = id.and_then(|id| tenant.find(STRENGTHS, id)) else { return };
    let place = format!(
        "identity/conditionalAccess/policies('{policy}')/grantControls/authenticationStrength/$entity"
    );
    grant.insert(context.into(), json!(format!("https://graph.microsoft.com/v1.0/$metadata#{place}")));
    grant.insert("authenticationStrength".into(), Value::Object(strength.into_owned()));
}

/// `conditionalAccess/namedLocations`: polymorphic, so bodies must say their type.
pub(crate) struct NamedLocations;

impl NamedLocations {
    fn check(row: &Object) -> Result<(), GraphError> {
        match text_of(row, "@odata.type") {
            "#microsoft.graph.ipNamedLocation" | "#microsoft.graph.countryNamedLocation" => Ok(()),
            _ => Err(GraphError::invalid("The property '@odata.type' is required for a named location.")),
        }
    }
}

impl Rules for NamedLocations {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        Self::check(row)?;
        required(row, "displayName")?;
        row.insert("createdDateTime".into(), timestamp(tenant));
        row.insert("modifiedDateTime".into(), timestamp(tenant));
        Ok(())
    }

    fn merge(&self, _tenant: &Tenant, before: &Object, patch: &Object) -> Object {
        let mut after = shallow(before, patch);
        // Its absence in the patch must be seen by `update`, so it is never inherited.
        if !patch.contains_key("@odata.type") {
            after.remove("@odata.type");
        }
        after
    }

    fn update(&self, tenant: &Tenant, before: &Object, after: &mut Object) -> Result<(), GraphError> {
        Self::check(after)?;
        if text_of(before, "@odata.type") != text_of(after, "@odata.type") {
            return Err(GraphError::invalid("The type of a named location cannot be changed."));
        }
        after.insert("modifiedDateTime".into(), timestamp(tenant));
        Ok(())
    }

    fn delete(&self, tenant: &Tenant, row: &Object) -> Result<(), GraphError> {
        let id = text_of(row, "id");
        let names = |policy: Row<'_>| {
            let locations = policy.get("conditions").and_then(|conditions| conditions.get("locations"));
            ["includeLocations", "excludeLocations"].iter().any(|name| list(locations, name).contains(&id))
        };
        if row.get("isTrusted") == Some(&Value::Bool(true)) {
            return Err(GraphError::invalid("1135: A trusted named location cannot be deleted."));
        }
        if tenant.each(POLICIES).any(names) {
            return Err(GraphError::invalid(
                "1136: The named location is used by a Conditional Access policy.",
            ));
        }
        Ok(())
    }
}

/// `policies/authenticationStrengthPolicies`: the built-in ones stay as they are.
pub(crate) struct Strengths;

impl Strengths {
    fn refuse_built_in(row: &Object) -> Result<(), GraphError> {
        if text_of(row, "policyType") == "builtIn" {
            return Err(GraphError::invalid("Built-in authentication strength policies cannot be changed."));
        }
        Ok(())
    }
}

impl Rules for Strengths {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        required(row, "displayName")?;
        row.insert("policyType".into(), json!("custom"));
        row.insert("requirementsSatisfied".into(), json!("mfa"));
        row.insert("createdDateTime".into(), timestamp(tenant));
        row.insert("modifiedDateTime".into(), timestamp(tenant));
        Ok(())
    }

    fn update(&self, tenant: &Tenant, before: &Object, after: &mut Object) -> Result<(), GraphError> {
        Self::refuse_built_in(before)?;
        after.insert("modifiedDateTime".into(), timestamp(tenant));
        Ok(())
    }

    fn delete(&self, tenant: &Tenant, row: &Object) -> Result<(), GraphError> {
        Self::refuse_built_in(row)?;
        let id = text_of(row, "id");
        let named =
            |policy: Row<'_>| policy.get("grantControls").is_some_and(|grant| grant.to_string().contains(id));
        if tenant.each(POLICIES).any(named) {
            return Err(GraphError::invalid(
                "The authentication strength is used by a Conditional Access policy.",
            ));
        }
        Ok(())
    }
}
