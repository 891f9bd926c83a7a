//! Reading what a change touches.

use super::NotNow;
use crate::graph::{ReadPort, each_page};
use serde_json::Value;
use trueconfig_common::interface::CallError;
use trueconfig_core::change::{Answer, GraphRead, Image};
use trueconfig_core::state::Remediation;

/// Fetches what a change names.
pub(super) async fn observe(port: &dyn ReadPort, read: &GraphRead) -> Result<Answer, NotNow> {
    if read.list {
        let mut items: Vec<Value> = Vec::new();
        let listed = each_page::<Value>(port, &read.path, |page| items.extend(page)).await;
        return match listed {
            Ok(_) => Ok(Answer::List(items)),
            Err(broken) => Err(NotNow::Read(broken.error.to_string())),
        };
    }
    match port.get(&read.path).await {
        Ok(found) => Ok(Answer::Object(found.value)),
        Err(error) => Err(NotNow::Read(error.to_string())),
    }
}

/// Reads the targets of every write that took effect, before a rollback (D20).
///
/// # Errors
/// [`CallError::Failed`] if one cannot be read: then nothing is rolled back.
pub async fn observe_applied(
    port: &dyn ReadPort,
    remediation: &Remediation,
) -> Result<Vec<(usize, Image)>, CallError> {
    let mut observed = Vec::new();
    for step in remediation.applied() {
        let Some(planned) = remediation.plan.changes.get(step) else { continue };
        let answer = observe(port, &planned.change.read()).await;
        let answer = answer.map_err(|error| CallError::Failed {
            reason: format!("the target cannot be read, so nothing is rolled back: {error}"),
        })?;
        observed.push((step, planned.change.observe(&answer)));
    }
    Ok(observed)
}
