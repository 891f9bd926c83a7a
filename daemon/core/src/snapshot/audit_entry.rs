//! Entries of the directory's audit log: who did what to which object. They are no part of a
//! snapshot; they tell who changed what two snapshots differ in.

use super::{
    Id,
    text::{nullable, objects, optional_object},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Its id.
    pub id: Id,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity_date_time: Option<DateTime<Utc>>,
    /// What, such as `Update conditional access policy`.
    #[serde(default, deserialize_with = "nullable")]
    pub activity_display_name: String,
    /// `success`, `failure` and others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// By whom.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub initiated_by: Option<Initiator>,
    /// To what.
    #[serde(default, deserialize_with = "objects")]
    pub target_resources: Vec<AuditTarget>,
}

/// A person or an application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Initiator {
    /// The person.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub user: Option<AuditUser>,
    /// The application.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub app: Option<AuditApp>,
}

/// A person in the audit log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditUser {
    /// Object id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Sign-in name, untrusted.
    #[serde(default, deserialize_with = "nullable")]
    pub user_principal_name: String,
    /// From which address.
    #[serde(default, deserialize_with = "nullable")]
    pub ip_address: String,
}

/// An application in the audit log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditApp {
    /// Client id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Name in the tenant, untrusted.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// Object id of its service principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_principal_id: Option<String>,
}

/// What something was done to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditTarget {
    /// Its id, empty for some.
    #[serde(default, deserialize_with = "nullable")]
    pub id: String,
    /// Name in the tenant, untrusted.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// Sign-in name of a user.
    #[serde(default, deserialize_with = "nullable")]
    pub user_principal_name: String,
    /// What changed of it.
    #[serde(default, deserialize_with = "objects")]
    pub modified_properties: Vec<ModifiedProperty>,
}

/// A property that changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModifiedProperty {
    /// Which.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// Before, as JSON text.
    #[serde(default, deserialize_with = "nullable")]
    pub old_value: String,
    /// After, as JSON text.
    #[serde(default, deserialize_with = "nullable")]
    pub new_value: String,
}

impl AuditEntry {
    /// Ids of what it was done to.
    pub fn targets(&self) -> impl Iterator<Item = Id> {
        let ids = self.target_resources.iter().map(|target| target.id.as_str());
        ids.filter(|id| !id.is_empty()).map(Id::new)
    }
}
