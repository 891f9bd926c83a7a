//! Conditional Access policies: whom they are for, and when. A policy keeps its whole JSON beside
//! the typed view, because a change writes whole blocks back; conditions that this code does not
//! know are kept too, so that they count as narrowing.

use super::{
    GrantControls, Id, SessionControls,
    text::{flags, nullable, object, optional_object},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// A Conditional Access policy.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionalAccessPolicy {
    /// Its id.
    pub id: Id,
    /// Name in the tenant, untrusted.
    pub display_name: String,
    /// Whether it has effect.
    pub state: PolicyState,
    /// When it applies.
    pub conditions: Conditions,
    /// What it asks for; none for policies that only control the session.
    pub grant_controls: Option<GrantControls>,
    /// What it asks for during the session.
    pub session_controls: SessionControls,
    /// When it was made.
    pub created_date_time: Option<DateTime<Utc>>,
    /// When it was last changed; none if it never was.
    pub modified_date_time: Option<DateTime<Utc>>,
    /// The whole object as Graph gave it.
    pub raw: Value,
}

/// Whether a policy has effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum PolicyState {
    /// It does.
    Enabled,
    /// It is only reported on.
    ReportOnly,
    /// It does not.
    Disabled,
    /// A state this code does not know.
    Unknown(String),
}

/// When a policy applies. Absent, null and empty mean the same: no such condition.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Conditions {
    /// Who.
    #[serde(deserialize_with = "nullable")]
    pub users: Users,
    /// Which applications or user actions.
    #[serde(deserialize_with = "nullable")]
    pub applications: Applications,
    /// Which clients; `all`, or a narrower list.
    #[serde(deserialize_with = "nullable")]
    pub client_app_types: Vec<String>,
    /// Which platforms.
    #[serde(deserialize_with = "object")]
    pub platforms: Platforms,
    /// From where.
    #[serde(deserialize_with = "object")]
    pub locations: Locations,
    /// Which devices.
    #[serde(deserialize_with = "nullable")]
    pub devices: Devices,
    /// At which risk of the sign-in.
    #[serde(deserialize_with = "nullable")]
    pub sign_in_risk_levels: Vec<String>,
    /// At which risk of the user.
    #[serde(deserialize_with = "nullable")]
    pub user_risk_levels: Vec<String>,
    /// At which risk of the service principal.
    #[serde(deserialize_with = "nullable")]
    pub service_principal_risk_levels: Vec<String>,
    /// At which insider risk.
    #[serde(deserialize_with = "flags")]
    pub insider_risk_levels: Vec<String>,
    /// Which authentication flows.
    #[serde(deserialize_with = "object")]
    pub authentication_flows: AuthenticationFlows,
    /// Which service principals.
    #[serde(deserialize_with = "services")]
    pub client_applications: Option<Value>,
    /// Conditions this code does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Who a policy is for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Users {
    /// Users, or `All`, `None`, `GuestsOrExternalUsers`.
    #[serde(deserialize_with = "nullable")]
    pub include_users: Vec<Id>,
    /// Users left out, or `GuestsOrExternalUsers`.
    #[serde(deserialize_with = "nullable")]
    pub exclude_users: Vec<Id>,
    /// Groups.
    #[serde(deserialize_with = "nullable")]
    pub include_groups: Vec<Id>,
    /// Groups left out.
    #[serde(deserialize_with = "nullable")]
    pub exclude_groups: Vec<Id>,
    /// Built-in roles by template id.
    #[serde(deserialize_with = "nullable")]
    pub include_roles: Vec<Id>,
    /// Roles left out.
    #[serde(deserialize_with = "nullable")]
    pub exclude_roles: Vec<Id>,
    /// Guests by type.
    #[serde(deserialize_with = "optional_object")]
    pub include_guests_or_external_users: Option<GuestsOrExternalUsers>,
    /// Guests left out.
    #[serde(deserialize_with = "optional_object")]
    pub exclude_guests_or_external_users: Option<GuestsOrExternalUsers>,
    /// Keys this code does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Guests by type and home.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GuestsOrExternalUsers {
    /// Types such as `b2bCollaborationGuest`.
    #[serde(deserialize_with = "flags")]
    pub guest_or_external_user_types: Vec<String>,
    /// Which home tenants; none means all.
    #[serde(deserialize_with = "optional_object")]
    pub external_tenants: Option<ExternalTenants>,
}

/// Home tenants of guests.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExternalTenants {
    /// Its type, which tells the same as the kind.
    #[serde(rename = "@odata.type", deserialize_with = "nullable")]
    pub odata_type: String,
    /// `all` or `enumerated`.
    pub membership_kind: Option<String>,
}

impl ExternalTenants {
    /// Whether it is for guests of every home; where that is not said it may be for some.
    pub fn is_for_all(&self) -> bool {
        match &self.membership_kind {
            Some(kind) => kind.eq_ignore_ascii_case("all"),
            None => self.odata_type.to_ascii_lowercase().ends_with(".conditionalaccessallexternaltenants"),
        }
    }
}

/// Which applications or user actions.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Applications {
    /// Client ids, or `All`, `None`, `Office365`, `MicrosoftAdminPortals`.
    #[serde(deserialize_with = "nullable")]
    pub include_applications: Vec<Id>,
    /// Applications left out.
    #[serde(deserialize_with = "nullable")]
    pub exclude_applications: Vec<Id>,
    /// User actions such as `urn:user:registersecurityinfo`.
    #[serde(deserialize_with = "nullable")]
    pub include_user_actions: Vec<String>,
    /// Authentication contexts.
    #[serde(deserialize_with = "nullable")]
    pub include_authentication_context_class_references: Vec<String>,
    /// A filter on applications' attributes.
    #[serde(deserialize_with = "optional_object")]
    pub application_filter: Option<Value>,
    /// Keys this code does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Which platforms.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Platforms {
    /// `all`, `android`, `iOS`, `windows`, `macOS`, `linux`, `windowsPhone`.
    #[serde(deserialize_with = "nullable")]
    pub include_platforms: Vec<String>,
    /// Platforms left out.
    #[serde(deserialize_with = "nullable")]
    pub exclude_platforms: Vec<String>,
}

/// From where.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Locations {
    /// Named locations, or `All`, `AllTrusted`.
    #[serde(deserialize_with = "nullable")]
    pub include_locations: Vec<Id>,
    /// Locations left out.
    #[serde(deserialize_with = "nullable")]
    pub exclude_locations: Vec<Id>,
}

/// Which devices.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Devices {
    /// A filter on devices' attributes.
    #[serde(deserialize_with = "optional_object")]
    pub device_filter: Option<Value>,
    /// Retired device conditions and keys this code does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Which authentication flows.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuthenticationFlows {
    /// `deviceCodeFlow`, `authenticationTransfer`.
    #[serde(deserialize_with = "flags")]
    pub transfer_methods: Vec<String>,
}

/// Service principals by id, kept as Graph gave them.
fn services<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    let found: Option<Value> = optional_object(deserializer)?;
    for name in ["includeServicePrincipals", "excludeServicePrincipals"] {
        let list = found.as_ref().and_then(|one| one.get(name)).filter(|list| !list.is_null());
        if list.is_some_and(|list| !list.as_array().is_some_and(|ids| ids.iter().all(Value::is_string))) {
            return Err(serde::de::Error::custom(format!("{name} is no list of ids")));
        }
    }
    Ok(found)
}

impl From<String> for PolicyState {
    fn from(text: String) -> Self {
        match text.as_str() {
            "enabled" => Self::Enabled,
            "disabled" => Self::Disabled,
            "enabledForReportingButNotEnforced" => Self::ReportOnly,
            _ => Self::Unknown(text),
        }
    }
}

impl From<PolicyState> for String {
    fn from(state: PolicyState) -> Self {
        state.as_str().to_owned()
    }
}

impl PolicyState {
    /// Graph's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::ReportOnly => "enabledForReportingButNotEnforced",
            Self::Unknown(text) => text,
        }
    }
}

impl ConditionalAccessPolicy {
    /// The field that would say for whom or for what it is, if Graph left it out: then it may be for anybody.
    pub fn silent_on(&self) -> Option<&'static str> {
        let says = |field: &str, names: &[&str]| {
            let found = self.raw.pointer(field);
            names
                .iter()
                .any(|name| found.and_then(|one| one.get(*name)).is_some_and(|value| !value.is_null()))
        };
        let users = ["includeUsers", "includeGroups", "includeRoles", "includeGuestsOrExternalUsers"];
        let services = ["includeServicePrincipals", "servicePrincipalFilter"];
        let applications = &self.conditions.applications;
        let typed =
            ["includeApplications", "includeUserActions", "includeAuthenticationContextClassReferences"];
        if !says("/conditions/users", &users) && !says("/conditions/clientApplications", &services) {
            return Some("conditions.users");
        }
        let said = says("/conditions/applications", &typed)
            || applications.application_filter.is_some()
            || !applications.extra.is_empty();
        (!said).then_some("conditions.applications")
    }
}

impl Serialize for ConditionalAccessPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ConditionalAccessPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Typed {
            id: Id,
            #[serde(default, deserialize_with = "nullable")]
            display_name: String,
            #[serde(default, deserialize_with = "nullable")]
            state: String,
            #[serde(default, deserialize_with = "nullable")]
            conditions: Conditions,
            #[serde(default)]
            grant_controls: Option<GrantControls>,
            #[serde(default, deserialize_with = "object")]
            session_controls: SessionControls,
            #[serde(default)]
            created_date_time: Option<DateTime<Utc>>,
            #[serde(default)]
            modified_date_time: Option<DateTime<Utc>>,
        }
        let raw = Value::deserialize(deserializer)?;
        let typed = Typed::deserialize(&raw).map_err(serde::de::Error::custom)?;
        Ok(Self {
            id: typed.id,
            display_name: typed.display_name,
            state: typed.state.into(),
            conditions: typed.conditions,
            grant_controls: typed.grant_controls,
            session_controls: typed.session_controls,
            created_date_time: typed.created_date_time,
            modified_date_time: typed.modified_date_time,
            raw,
        })
    }
}
