//! Alerts in the log of the system: always, whatever is configured.

use super::message::Message;
use super::{Channel, Deliver, DeliveryError, Detail};
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::Arc;
use trueconfig_common::control::Severity;
use trueconfig_core::alert::{Least, Rules};

/// The log.
#[derive(Clone, Copy, Debug)]
pub struct SystemLog;

impl SystemLog {
    /// The log as a channel that wants everything, each once.
    pub fn channel() -> Channel {
        Channel {
            name: "journald".to_owned(),
            kind: "journald",
            rules: Rules { least: Least::Low, kinds: BTreeMap::new() },
            digest: TimeDelta::zero(),
            repeat: TimeDelta::zero(),
            detail: Detail::Full,
            deliver: Arc::new(Self),
        }
    }
}

impl Deliver for SystemLog {
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), DeliveryError>> {
        for alert in &message.alerts {
            let (tenant, id, kind) = (&message.tenant, &alert.id, &alert.kind);
            let severity = alert.severity.as_str();
            let control = alert.control.as_deref().unwrap_or_default();
            let remediation = alert.remediation.as_deref().unwrap_or_default();
            let said = &alert.sentence;
            match alert.severity {
                Severity::Critical | Severity::High => {
                    tracing::error!(
                        tenant,
                        alert = id,
                        kind,
                        severity,
                        control,
                        remediation,
                        "alert: {said}"
                    );
                }
                Severity::Medium => {
                    tracing::warn!(tenant, alert = id, kind, severity, control, remediation, "alert: {said}");
                }
                Severity::Low => {
                    tracing::info!(tenant, alert = id, kind, severity, control, remediation, "alert: {said}");
                }
            }
        }
        Box::pin(std::future::ready(Ok(())))
    }
}
