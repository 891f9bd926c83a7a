//! Further settings of the tenant as a whole: directory settings, collaboration with other
//! tenants, sharing, time-outs, and what its logs last wrote.

use super::{
    Id,
    text::{nullable, objects, optional_object},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Directory settings made of one template; a template without settings has its defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupSetting {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// Name of the template.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// The template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<Id>,
    /// The values.
    #[serde(default, deserialize_with = "objects")]
    pub values: Vec<SettingValue>,
}

/// A value of a directory setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingValue {
    /// Its name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// The value; always a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl GroupSetting {
    /// The value of a name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|one| one.name.eq_ignore_ascii_case(name))
            .and_then(|one| one.value.as_deref())
    }
}

/// What holds towards other tenants that have no settings of their own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CrossTenantAccessDefault {
    /// Whether nobody ever changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_service_default: Option<bool>,
    /// Who of other tenants may take part in shared channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b2b_direct_connect_inbound: Option<B2bSetting>,
    /// What is taken on trust from other tenants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound_trust: Option<InboundTrust>,
}

/// Users and applications that may or may not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct B2bSetting {
    /// Users and groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users_and_groups: Option<B2bTargets>,
    /// Applications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applications: Option<B2bTargets>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Some targets, allowed or blocked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct B2bTargets {
    /// `allowed` or `blocked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_type: Option<String>,
    /// Which; `AllUsers`, `AllApplications`, or ids.
    #[serde(default, deserialize_with = "nullable")]
    pub targets: Vec<B2bTarget>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct B2bTarget {
    /// Id or keyword.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What is taken on trust from other tenants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundTrust {
    /// Their second factors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_mfa_accepted: Option<bool>,
    /// Their compliant devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_compliant_device_accepted: Option<bool>,
    /// Their hybrid joined devices.
    #[serde(
        rename = "isHybridAzureADJoinedDeviceAccepted",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub is_hybrid_joined_device_accepted: Option<bool>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// How files may be shared with people outside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharePointSettings {
    /// `disabled`, `externalUserSharingOnly`, `externalUserAndGuestSharing`, `existingExternalUserSharingOnly`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing_capability: Option<String>,
}

/// After how long an idle session ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityBasedTimeoutPolicy {
    /// Its id.
    pub id: Id,
    /// Name in the tenant, untrusted.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// JSON inside of texts.
    #[serde(default, deserialize_with = "nullable")]
    pub definition: Vec<String>,
    /// Whether it has effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_organization_default: Option<bool>,
}

/// An entry of the directory's audit log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryAudit {
    /// Its id.
    pub id: Id,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity_date_time: Option<DateTime<Utc>>,
}

/// A sign-in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// Its id.
    pub id: Id,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_date_time: Option<DateTime<Utc>>,
}

/// How a directory on-premises is synchronised. Graph never shows it to an application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnPremisesSynchronization {
    /// Its id.
    pub id: Id,
    /// What is switched on.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub features: Option<SynchronizationFeatures>,
}

/// What of synchronisation is switched on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SynchronizationFeatures {
    /// Whether objects are not matched by address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_soft_match_enabled: Option<bool>,
    /// Whether objects of the cloud cannot be taken over by their immutable id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_cloud_object_takeover_through_hard_match_enabled: Option<bool>,
}
