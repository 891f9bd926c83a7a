//! Policy singletons and the small collections under `/policies`.

use serde_json::{Value, json};

use super::conditional_access::POLICIES;
use super::{Rules, nested, required, shallow, timestamp};
use crate::graph::GraphError;
use crate::resources::Place;
use crate::tenant::{Object, Tenant, object, text_of};

/// A policy whose nested objects are merged: `authorizationPolicy` and its kind.
pub(crate) struct Nested;

impl Rules for Nested {
    fn merge(&self, _tenant: &Tenant, before: &Object, patch: &Object) -> Object {
        nested(before, patch)
    }
}

/// `crossTenantAccessPolicy/default`: touched once, it is no longer what the service gives.
pub(crate) struct CrossTenantDefault;

impl Rules for CrossTenantDefault {
    fn merge(&self, _tenant: &Tenant, before: &Object, patch: &Object) -> Object {
        nested(before, patch)
    }

    fn update(&self, _tenant: &Tenant, _before: &Object, after: &mut Object) -> Result<(), GraphError> {
        after.insert("isServiceDefault".into(), json!(false));
        Ok(())
    }
}

/// What the service gives a tenant that has touched nothing.
pub(crate) fn cross_tenant_defaults() -> Object {
    let setting = |access: &str| {
        let side = |target: &str, kind: &str| json!({"accessType": access, "targets": [{"target": target, "targetType": kind}]});
        json!({"usersAndGroups": side("AllUsers", "user"), "applications": side("AllApplications", "application")})
    };
    object(json!({
        "isServiceDefault": true,
        "inboundTrust": {
            "isMfaAccepted": false,
            "isCompliantDeviceAccepted": false,
            "isHybridAzureADJoinedDeviceAccepted": false,
        },
        "b2bCollaborationInbound": setting("allowed"),
        "b2bCollaborationOutbound": setting("allowed"),
        "b2bDirectConnectInbound": setting("blocked"),
        "b2bDirectConnectOutbound": setting("blocked"),
        "automaticUserConsentSettings": {"inboundAllowed": null, "outboundAllowed": null},
    }))
}

/// `adminConsentRequestPolicy`: PUT of the whole; the service counts versions.
pub(crate) struct ConsentRequests;

impl Rules for ConsentRequests {
    fn update(&self, _tenant: &Tenant, before: &Object, after: &mut Object) -> Result<(), GraphError> {
        for name in ["isEnabled", "notifyReviewers", "remindersEnabled", "requestDurationInDays", "reviewers"]
        {
            if after.get(name).is_none_or(Value::is_null) {
                return Err(GraphError::bad_request(format!(
                    "A value is required for property '{name}' of resource 'AdminConsentRequestPolicy'."
                )));
            }
        }
        let version = before.get("version").and_then(Value::as_i64).unwrap_or_default();
        after.insert("version".into(), json!(version + 1));
        Ok(())
    }
}

/// `identitySecurityDefaultsEnforcementPolicy`: excluded by enabled Conditional Access policies.
pub(crate) struct SecurityDefaults;

impl Rules for SecurityDefaults {
    fn update(&self, tenant: &Tenant, _before: &Object, after: &mut Object) -> Result<(), GraphError> {
        let on = after.get("isEnabled") == Some(&Value::Bool(true));
        if on && tenant.each(POLICIES).any(|policy| text_of(&policy, "state") == "enabled") {
            let message =
                "Security defaults cannot be enabled while Conditional Access policies are enabled.";
            return Err(GraphError::invalid(message));
        }
        Ok(())
    }
}

/// Polymorphic bodies must say the type that stands there; nested objects are merged.
pub(crate) struct Typed;

impl Rules for Typed {
    fn merge(&self, _tenant: &Tenant, before: &Object, patch: &Object) -> Object {
        let mut after = nested(before, patch);
        if !patch.contains_key("@odata.type") {
            after.remove("@odata.type");
        }
        after
    }

    fn update(&self, _tenant: &Tenant, before: &Object, after: &mut Object) -> Result<(), GraphError> {
        if text_of(before, "@odata.type") != text_of(after, "@odata.type") {
            return Err(GraphError::invalid(
                "The property '@odata.type' is required and must be that of the object.",
            ));
        }
        Ok(())
    }
}

/// Rules of PIM role settings; whether an application may change them is not settled, hence a switch.
pub(crate) struct RoleSettings;

impl Rules for RoleSettings {
    fn merge(&self, tenant: &Tenant, before: &Object, patch: &Object) -> Object {
        Typed.merge(tenant, before, patch)
    }

    fn update(&self, tenant: &Tenant, before: &Object, after: &mut Object) -> Result<(), GraphError> {
        if !tenant.twin.switches.role_settings_with_application {
            return Err(GraphError::denied());
        }
        Typed.update(tenant, before, after)
    }
}

/// `permissionGrantPolicies`: the built-in ones stay as they are; ids are given by the caller.
pub(crate) struct GrantPolicies;

impl GrantPolicies {
    fn refuse_built_in(row: &Object) -> Result<(), GraphError> {
        if text_of(row, "id").starts_with("microsoft-") {
            return Err(GraphError::bad_request("Built-in permission grant policies cannot be changed."));
        }
        Ok(())
    }
}

impl Rules for GrantPolicies {
    fn create(&self, _tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        required(row, "displayName")?;
        Self::refuse_built_in(row)
    }

    fn update(&self, _tenant: &Tenant, before: &Object, _after: &mut Object) -> Result<(), GraphError> {
        Self::refuse_built_in(before)
    }

    fn delete(&self, _tenant: &Tenant, row: &Object) -> Result<(), GraphError> {
        Self::refuse_built_in(row)
    }
}

/// `accessReviews/definitions`: PUT replaces what the caller may set.
pub(crate) struct Reviews;

impl Rules for Reviews {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        required(row, "displayName")?;
        row.insert("createdDateTime".into(), timestamp(tenant));
        row.insert("lastModifiedDateTime".into(), timestamp(tenant));
        row.insert("status".into(), json!("NotStarted"));
        Ok(())
    }

    fn merge(&self, tenant: &Tenant, before: &Object, patch: &Object) -> Object {
        let mut after = shallow(before, patch);
        after.insert("lastModifiedDateTime".into(), timestamp(tenant));
        after
    }
}

/// `crossTenantAccessPolicy/partners`: keyed by the other tenant. Deleted for good: the documentation calls them
/// deletable items, but the metadata of v1.0 has no bin for them and no way to restore one.
pub(crate) struct Partners;

impl Rules for Partners {
    fn create(&self, tenant: &Tenant, place: &Place, row: &mut Object) -> Result<(), GraphError> {
        let id = required(row, "tenantId")?.to_owned();
        if tenant.find(&place.path, &id).is_some() {
            return Err(GraphError::new(
                409,
                "Request_MultipleObjectsWithSameKeyValue",
                "The partner is already configured.",
            ));
        }
        row.remove("id");
        Ok(())
    }

    fn merge(&self, _tenant: &Tenant, before: &Object, patch: &Object) -> Object {
        nested(before, patch)
    }
}
