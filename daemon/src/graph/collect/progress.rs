//! How far a scan's reading has come, and what it cost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::watch;
use trueconfig_core::snapshot::FamilyName;

/// How far the reading is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Objects read so far per family; a family stands here from its first page on.
    pub objects: BTreeMap<FamilyName, u64>,
    /// Families read to their end or given up.
    pub ended: BTreeSet<FamilyName>,
    /// Pages and single objects read.
    pub pages: u64,
    /// Requests made.
    pub requests: u64,
}

/// What a scan's reading cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScanCost {
    /// Requests made, those for tokens included.
    pub requests: u64,
    /// Objects per family.
    pub objects: BTreeMap<FamilyName, u64>,
    /// Time per phase: `token`, `lists`, `details`.
    pub phases: BTreeMap<&'static str, Duration>,
}

/// Counts, and tells whoever watches.
#[derive(Debug)]
pub(super) struct Counter<'a> {
    watch: &'a watch::Sender<Progress>,
    requests_before: u64,
    now: Mutex<Progress>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(watch: &'a watch::Sender<Progress>, requests_before: u64) -> Self {
        Self { watch, requests_before, now: Mutex::default() }
    }

    /// A page, or a single object, came in. `requests` is the port's own count.
    pub(super) fn page(&self, family: FamilyName, items: usize, requests: u64) {
        self.change(requests, |progress| {
            progress.pages += 1;
            *progress.objects.entry(family).or_insert(0) += items as u64;
        });
    }

    /// A family is read again from its beginning.
    pub(super) fn again(&self, family: FamilyName, requests: u64) {
        self.change(requests, |progress| {
            progress.objects.remove(&family);
        });
    }

    /// A family ended, whichever way.
    pub(super) fn ended(&self, family: FamilyName, requests: u64) {
        self.change(requests, |progress| {
            progress.ended.insert(family);
        });
    }

    fn change(&self, requests: u64, apply: impl FnOnce(&mut Progress)) {
        let mut progress = self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        apply(&mut progress);
        progress.requests = requests.saturating_sub(self.requests_before);
        self.watch.send_replace(progress.clone());
    }
}
