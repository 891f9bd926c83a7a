//! Devices, and who may register and join them.

use super::{Id, text::nullable};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A device of the directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Object id.
    pub id: Id,
    /// Name in the tenant, untrusted.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// Whether it can sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_enabled: Option<bool>,
    /// Its system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operating_system: Option<String>,
    /// `AzureAd`, `ServerAd`, `Workplace`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_type: Option<String>,
    /// When it was last seen, to within two weeks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approximate_last_sign_in_date_time: Option<DateTime<Utc>>,
}

/// Who may register and join devices, one per tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceRegistrationPolicy {
    /// Devices per user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_device_quota: Option<i64>,
    /// `required` or `notRequired`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_factor_auth_configuration: Option<String>,
    /// Joining.
    #[serde(rename = "azureADJoin", default, skip_serializing_if = "Option::is_none")]
    pub join: Option<DeviceJoin>,
    /// Windows LAPS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_admin_password: Option<LocalAdminPassword>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Who may join devices, and who is an administrator on them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceJoin {
    /// Who may join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_to_join: Option<DeviceMembership>,
    /// Who is an administrator on joined devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_admins: Option<LocalAdmins>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Who is an administrator on joined devices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LocalAdmins {
    /// Whether Global Administrators are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_global_admins: Option<bool>,
    /// Which of those who join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registering_users: Option<DeviceMembership>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// All, some, or nobody, told by the type alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeviceMembership {
    /// `#microsoft.graph.allDeviceRegistrationMembership`, `…enumerated…`, `…no…`.
    #[serde(rename = "@odata.type", default, skip_serializing_if = "Option::is_none")]
    pub odata_type: Option<String>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Windows LAPS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LocalAdminPassword {
    /// Whether devices may keep their local administrator's password in the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
