//! Users, groups and what hangs on them.

use serde_json::{Value, json};

use super::{Rules, default_to, required, timestamp};
use crate::graph::GraphError;
use crate::resources::Place;
use crate::tenant::{Object, Row, Tenant, text_of};

/// Where users stand.
pub(crate) const USERS: &str = "/v1.0/users";
/// Where groups stand.
pub(crate) const GROUPS: &str = "/v1.0/groups";
/// Properties of a synchronised user that are mastered on premises.
const MASTERED: [&str; 6] =
    ["accountEnabled", "displayName", "givenName", "surname", "userPrincipalName", "mail"];

/// `users`.
pub(crate) struct Users;

impl Rules for Users {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        for name in ["displayName", "userPrincipalName", "mailNickname"] {
            required(row, name)?;
        }
        if !row.get("accountEnabled").is_some_and(Value::is_boolean) {
            return Err(required(row, "accountEnabled").err().unwrap_or_else(GraphError::denied));
        }
        let profile = row.remove("passwordProfile");
        if profile.as_ref().and_then(|profile| profile.get("password")).is_none() {
            return Err(GraphError::bad_request("The password profile of a new user must hold a password."));
        }
        free_name(tenant, row, None)?;
        default_to(row, "userType", json!("Member"));
        row.insert("createdDateTime".into(), timestamp(tenant));
        for name in ["businessPhones", "assignedLicenses", "otherMails", "proxyAddresses"] {
            default_to(row, name, json!([]));
        }
        for name in ["mail", "onPremisesSyncEnabled", "externalUserState", "givenName", "surname", "jobTitle"]
        {
            default_to(row, name, Value::Null);
        }
        Ok(())
    }

    fn update(&self, tenant: &Tenant, before: &Object, after: &mut Object) -> Result<(), GraphError> {
        after.remove("passwordProfile");
        let synchronised = before.get("onPremisesSyncEnabled") == Some(&Value::Bool(true));
        if synchronised && MASTERED.iter().any(|name| before.get(*name) != after.get(*name)) {
            let message = "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.";
            return Err(GraphError::bad_request(message));
        }
        free_name(tenant, after, Some(text_of(before, "id")))
    }
}

fn free_name(tenant: &Tenant, row: &Object, own: Option<&str>) -> Result<(), GraphError> {
    let holder = tenant.find_by(USERS, "userPrincipalName", text_of(row, "userPrincipalName"));
    if holder.is_none_or(|holder| Some(text_of(&holder, "id")) == own) {
        return Ok(());
    }
    let message = "Another object with the same value for property userPrincipalName already exists.";
    Err(GraphError::bad_request(message).with_detail("ObjectConflict", message, "userPrincipalName"))
}

/// Authentication methods of one kind; the rows are those of `authentication/methods`.
pub(crate) struct Methods(pub(crate) &'static str);

impl Rules for Methods {
    fn derive(&self, tenant: &Tenant, place: &Place) -> Vec<Object> {
        let kind = format!("#microsoft.graph.{}AuthenticationMethod", self.0);
        let rows = tenant.each(&methods_of(place));
        rows.filter(|row| text_of(row, "@odata.type") == kind).map(Row::into_owned).collect()
    }

    fn home(&self, place: &Place, _row: &Object) -> String {
        methods_of(place)
    }
}

fn methods_of(place: &Place) -> String {
    format!("{USERS}/{}/authentication/methods", place.key(0))
}

/// `groups`: Microsoft 365 groups go to the bin; whether security groups do, too, is a switch.
pub(crate) struct Groups;

impl Rules for Groups {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        for name in ["displayName", "mailNickname"] {
            required(row, name)?;
        }
        for name in ["mailEnabled", "securityEnabled"] {
            if !row.get(name).is_some_and(Value::is_boolean) {
                return Err(required(row, name).err().unwrap_or_else(GraphError::denied));
            }
        }
        row.insert("createdDateTime".into(), timestamp(tenant));
        default_to(row, "groupTypes", json!([]));
        for name in
            ["description", "isAssignableToRole", "membershipRule", "onPremisesSyncEnabled", "visibility"]
        {
            default_to(row, name, Value::Null);
        }
        Ok(())
    }

    fn update(&self, _tenant: &Tenant, before: &Object, after: &mut Object) -> Result<(), GraphError> {
        if before.get("isAssignableToRole") != after.get("isAssignableToRole") {
            return Err(GraphError::bad_request(
                "Property 'isAssignableToRole' is read-only and cannot be set.",
            ));
        }
        Ok(())
    }

    fn keeps_deleted(&self, row: &Object) -> bool {
        row.get("groupTypes").is_some_and(|types| types.to_string().contains("Unified"))
    }
}

/// `groupSettings`: one per template; values are texts.
pub(crate) struct GroupSettings;

impl Rules for GroupSettings {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        let template = required(row, "templateId")?;
        if tenant.find_by("/v1.0/groupSettings", "templateId", template).is_some() {
            let message = "A conflicting object with one or more of the specified property values is present in the directory.";
            return Err(GraphError::bad_request(message).with_detail(
                "ConflictingObjects",
                message,
                "templateId",
            ));
        }
        default_to(row, "displayName", Value::Null);
        Ok(())
    }

    fn merge(&self, tenant: &Tenant, before: &Object, patch: &Object) -> Object {
        let mut after = super::shallow(before, patch);
        if tenant.twin.switches.group_settings_merge {
            after.insert("values".into(), merged_values(before, patch));
        }
        after
    }

    fn update(&self, _tenant: &Tenant, before: &Object, after: &mut Object) -> Result<(), GraphError> {
        if before.get("templateId") != after.get("templateId") {
            return Err(GraphError::bad_request("Property 'templateId' is read-only and cannot be set."));
        }
        Ok(())
    }
}

fn merged_values(before: &Object, patch: &Object) -> Value {
    let list = |object: &Object| object.get("values").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut values = list(before);
    for new in list(patch) {
        match values.iter_mut().find(|old| old.get("name") == new.get("name")) {
            Some(old) => *old = new,
            None => values.push(new),
        }
    }
    Value::Array(values)
}

/// `messageRules` of an inbox.
pub(crate) struct MessageRules;

impl Rules for MessageRules {
    fn create(&self, _tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        required(row, "displayName")?;
        if !row.get("sequence").is_some_and(Value::is_number) {
            return Err(GraphError::new(400, "ErrorInvalidRequest", "The rule must have a sequence."));
        }
        for (name, value) in
            [("isEnabled", json!(true)), ("hasError", json!(false)), ("isReadOnly", json!(false))]
        {
            default_to(row, name, value);
        }
        Ok(())
    }

    fn update(&self, _tenant: &Tenant, before: &Object, _after: &mut Object) -> Result<(), GraphError> {
        if before.get("isReadOnly") == Some(&Value::Bool(true)) {
            return Err(GraphError::new(403, "ErrorAccessDenied", "The rule is read-only."));
        }
        Ok(())
    }
}

/// `domains`: a validity that was set cannot be unset.
pub(crate) struct Domains;

impl Rules for Domains {
    fn update(&self, _tenant: &Tenant, before: &Object, after: &mut Object) -> Result<(), GraphError> {
        if before.get("isVerified") != Some(&Value::Bool(true)) {
            return Err(GraphError::bad_request("The domain is not verified."));
        }
        let name = "passwordValidityPeriodInDays";
        if after.get(name) == Some(&Value::Null) && before.get(name) != after.get(name) {
            return Err(GraphError::bad_request(format!(
                "Invalid value specified for property '{name}' of resource 'Domain'."
            )));
        }
        Ok(())
    }
}
