//! Conditional Access policies: whom they are for, and when. A policy keeps its whole JSON beside
//! the typed view, because a change writes whole blocks back; conditions that this code does not
//! know are kept too, so that they count as narrowing.

use super::{
    GrantControls, Id, SessionControls,
    text::{flags, nullable},
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
    #[serde(deserialize_with = "nullable")]
    pub platforms: Platforms,
    /// From where.
    #[serde(deserialize_with = "nullable")]
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
    #[serde(deserialize_with = "nullable")]
    pub authentication_flows: AuthenticationFlows,
    /// Which service principals.
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
    pub include_guests_or_external_users: Option<GuestsOrExternalUsers>,
    /// Guests left out.
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
    pub external_tenants: Option<ExternalTenants>,
}

/// Home tenants of guests.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExternalTenants {
    /// `all` or `enumerated`.
    pub membership_kind: Option<String>,
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
            #[serde(default, deserialize_with = "nullable")]
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
