//! `StartScan`: progress until the end.

use super::Service;
use crate::ipc::{Caller, HandleStream, Replies};
use trueconfig_common::interface::CallError;
use trueconfig_common::interface::scan::{ScanProgress, StartScan};

impl HandleStream<StartScan> for Service {
    async fn handle(
        &self,
        _: &Caller,
        asked: StartScan,
        replies: Replies<ScanProgress>,
    ) -> Result<ScanProgress, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let mut progress = tenant.scans.start().await?;
        loop {
            let now = progress.borrow_and_update().clone();
            if let Some(now) = now {
                if now.summary.is_some() || !now.error.is_empty() {
                    return Ok(now);
                }
                replies.send(now).await?;
            }
            let stopping = |_| CallError::Failed { reason: "the daemon is stopping".to_owned() };
            progress.changed().await.map_err(stopping)?;
        }
    }
}
