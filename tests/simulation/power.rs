//! The power of the machine the daemon runs on, and when it goes. Without it no disk writes and no request
//! leaves; what was not synced is lost in part.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// When the power goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// In the middle of so manieth operation of the disk.
    Operation(usize),
    /// Right before so manieth request.
    BeforeRequest(usize),
    /// When so manieth request has been answered, before anybody hears it.
    AfterRequest(usize),
    /// Before a record of one of these kinds is written.
    BeforeRecord(Vec<String>),
    /// When a record of one of these kinds is durable, before anything else happens.
    AfterRecord(Vec<String>),
}

/// See the module.
#[derive(Default)]
pub struct Power {
    off: AtomicBool,
    went: Notify,
    plan: Mutex<Option<Cut>>,
}

impl Power {
    /// On again, until the next cut.
    pub fn restore(&self, plan: Option<Cut>) {
        *self.plan.lock().unwrap() = plan;
        self.off.store(false, Ordering::SeqCst);
    }

    pub fn is_off(&self) -> bool {
        self.off.load(Ordering::SeqCst)
    }

    pub fn cut(&self) {
        self.off.store(true, Ordering::SeqCst);
        self.went.notify_one();
    }

    /// Ends when the power goes.
    pub async fn gone(&self) {
        while !self.is_off() {
            self.went.notified().await;
        }
    }

    /// Counts down to an operation of the disk; whether the power goes in it.
    pub fn operation(&self) -> bool {
        self.count(|cut| match cut {
            Cut::Operation(left) => Some(left),
            _ => None,
        })
    }

    pub fn before_request(&self) -> bool {
        self.count(|cut| match cut {
            Cut::BeforeRequest(left) => Some(left),
            _ => None,
        })
    }

    pub fn after_request(&self) -> bool {
        self.count(|cut| match cut {
            Cut::AfterRequest(left) => Some(left),
            _ => None,
        })
    }

    fn count(&self, which: impl Fn(&mut Cut) -> Option<&mut usize>) -> bool {
        let mut plan = self.plan.lock().unwrap();
        let Some(left) = plan.as_mut().and_then(which) else { return false };
        *left = left.saturating_sub(1);
        *left == 0
    }

    /// Whether it goes before one of these records; then it is off.
    pub fn before_records(&self, kinds: &[String]) -> Option<String> {
        let plan = self.plan.lock().unwrap().clone();
        match plan {
            Some(Cut::BeforeRecord(wanted)) => wanted.into_iter().find(|kind| kinds.contains(kind)),
            _ => None,
        }
    }

    /// Whether it goes after one of these records; then it is off.
    pub fn after_records(&self, kinds: &[String]) -> Option<String> {
        let plan = self.plan.lock().unwrap().clone();
        match plan {
            Some(Cut::AfterRecord(wanted)) => wanted.into_iter().find(|kind| kinds.contains(kind)),
            _ => None,
        }
    }
}
