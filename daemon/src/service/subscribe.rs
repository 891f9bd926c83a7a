//! `Subscribe`: the full state first, then a message per change.

use super::Service;
use crate::coordinator::View;
use crate::ipc::{Caller, HandleStream, Replies};
use std::sync::Arc;
use trueconfig_common::interface::CallError;
use trueconfig_common::interface::subscribe::{Notice, Subscribe, Topic};

impl HandleStream<Subscribe> for Service {
    async fn handle(
        &self,
        caller: &Caller,
        asked: Subscribe,
        replies: Replies<Notice>,
    ) -> Result<Notice, CallError> {
        let tenant = Arc::clone(self.tenant(&asked.tenant)?);
        let mut views = tenant.coordinator.views();
        let mut progress = tenant.scans.watch();
        let mut last = Arc::clone(&views.borrow_and_update());
        let status = self.status(&asked.tenant, caller)?;
        replies.send(Notice { status, changed: Topic::ALL.to_vec() }).await?;
        loop {
            let changed = tokio::select! {
                moved = views.changed() => {
                    if moved.is_err() {
                        return Err(CallError::Failed { reason: "the daemon is stopping".to_owned() });
                    }
                    let now = Arc::clone(&views.borrow_and_update());
                    let changed = changed(&last, &now);
                    last = now;
                    changed
                }
                moved = progress.changed() => {
                    if moved.is_err() {
                        return Err(CallError::Failed { reason: "the daemon is stopping".to_owned() });
                    }
                    progress.borrow_and_update();
                    vec![Topic::Scan]
                }
            };
            let status = self.status(&asked.tenant, caller)?;
            replies.send(Notice { status, changed }).await?;
        }
    }
}

/// What differs between two views.
fn changed(before: &View, now: &View) -> Vec<Topic> {
    let (old, new) = (&before.state, &now.state);
    let same_remediations = old.remediations.len() == new.remediations.len()
        && old.remediations.values().zip(new.remediations.values()).all(|(old, new)| Arc::ptr_eq(old, new));
    let controls = old.history.controls != new.history.controls
        || old.history.snapshot != new.history.snapshot
        || old.settings != new.settings
        || !same_remediations;
    let moved = [
        (controls, Topic::Controls),
        (!same_remediations, Topic::Remediations),
        (old.seq != new.seq, Topic::Audit),
        (old.history.drift != new.history.drift, Topic::Drift),
        (old.settings != new.settings, Topic::Settings),
    ];
    moved.into_iter().filter(|(moved, _)| *moved).map(|(_, topic)| topic).collect()
}
