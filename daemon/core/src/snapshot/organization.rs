//! The organisation itself and its domains.

use super::{Id, text::nullable};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// The tenant id.
    pub id: Id,
    /// Its name.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// Whether a directory on-premises is synchronised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_premises_sync_enabled: Option<bool>,
    /// When it last was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_premises_last_sync_date_time: Option<DateTime<Utc>>,
    /// `AAD`, `AAD B2C`, `CIAM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_type: Option<String>,
}

/// A domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Domain {
    /// Its name.
    pub id: Id,
    /// `Managed` or `Federated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication_type: Option<String>,
    /// Whether ownership was proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_verified: Option<bool>,
    /// Whether new users get it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
    /// Whether it is the one the tenant was created with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_initial: Option<bool>,
    /// Whether it is not a child of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_root: Option<bool>,
    /// Days until passwords expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_validity_period_in_days: Option<i64>,
}
