//! What the organisation bought.

use super::{
    Id,
    text::{nullable, objects, optional_object},
};
use serde::{Deserialize, Serialize};

/// A product bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscribedSku {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku_id: Option<Id>,
    /// Its name, such as `AAD_PREMIUM_P2`.
    #[serde(default, deserialize_with = "nullable")]
    pub sku_part_number: String,
    /// `Enabled`, `Warning`, `Suspended`, `Deleted`, `LockedOut`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capability_status: Option<String>,
    /// Units bought.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub prepaid_units: Option<UnitCounts>,
    /// Units in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumed_units: Option<i64>,
    /// What the product consists of.
    #[serde(default, deserialize_with = "objects")]
    pub service_plans: Vec<ServicePlan>,
}

/// Units of a product by state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitCounts {
    /// Usable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<i64>,
    /// Usable, but the subscription has run out and is in its grace period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<i64>,
}

/// A part of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePlan {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_plan_id: Option<Id>,
    /// Its name, such as `AAD_PREMIUM`.
    #[serde(default, deserialize_with = "nullable")]
    pub service_plan_name: String,
    /// `Success`, `Disabled`, `PendingInput`, `PendingActivation`, `PendingProvisioning`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisioning_status: Option<String>,
}
