//! What is delivered: a few alerts of one tenant, in the words that may leave the house.

use super::Detail;
use chrono::{DateTime, Utc};
use serde::Serialize;
use trueconfig_common::control::Severity;
use trueconfig_core::alert::{Alert, Batch, Item};

/// One delivery. Serialised it is the body of a generic webhook; fields may be added and keep their meaning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// Id of the delivery: the same whenever the same alerts are sent again.
    pub delivery: String,
    /// The tenant's name in the configuration.
    pub tenant: String,
    /// Whether a delivery of this id may have arrived before.
    pub repeated: bool,
    /// Whether a person only tries the channel.
    pub test: bool,
    /// The alerts, the oldest first.
    pub alerts: Vec<AlertBody>,
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertBody {
    /// Its id: tenant and number of its record. The same alert always has the same.
    pub id: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// What kind.
    pub kind: String,
    /// How bad it is.
    pub severity: Severity,
    /// The control it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// The remediation it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<String>,
    /// What happened; empty where the channel wants it brief.
    pub sentence: String,
    /// How often it was repeated since it was last told.
    pub repeats: u64,
}

impl Message {
    /// The message of a batch.
    pub fn of(tenant: &str, batch: &Batch, detail: Detail) -> Self {
        let alerts = batch.items.iter().map(|item| AlertBody::of(tenant, item, detail)).collect();
        let (delivery, repeated) = (batch.id(tenant), batch.again);
        Self { delivery, tenant: tenant.to_owned(), repeated, test: false, alerts }
    }

    /// A message by which a person tries a channel.
    pub fn test(tenant: &str, now: DateTime<Utc>) -> Self {
        let id = format!("{tenant}-test-{}", now.timestamp_millis());
        let alert = AlertBody {
            id: id.clone(),
            time: now,
            kind: "test".to_owned(),
            severity: Severity::Low,
            control: None,
            remediation: None,
            sentence: "this is a test of the channel; nothing happened".to_owned(),
            repeats: 0,
        };
        let tenant = tenant.to_owned();
        Self { delivery: id, tenant, repeated: false, test: true, alerts: vec![alert] }
    }

    /// How bad the worst of them is.
    pub fn worst(&self) -> Severity {
        self.alerts.iter().map(|alert| alert.severity).min().unwrap_or(Severity::Low)
    }
}

impl AlertBody {
    fn of(tenant: &str, item: &Item, detail: Detail) -> Self {
        let Alert { seq, time, kind, severity, control, remediation, sentence } = item.alert.clone();
        Self {
            id: format!("{tenant}-{seq}"),
            time,
            kind,
            severity,
            control: control.map(|control| control.to_string()),
            remediation: remediation.map(|id| id.to_string()),
            sentence: if detail == Detail::Full { sentence } else { String::new() },
            repeats: item.repeats,
        }
    }
}
