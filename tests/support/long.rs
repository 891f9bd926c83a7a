//! A journal as it is after years, made in seconds.

use super::Daemon;
use chrono::Utc;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::Actor;
use trueconfig_core::journal::event::{Entry, Event};
use trueconfig_daemon::store::{MAX_GROUP_RECORDS, Store};

impl Daemon {
    /// Adds so many records to the journal of the stopped daemon: alerts, which change no state. Number N says
    /// `drill N.`
    ///
    /// # Panics
    /// If the daemon runs, or its store cannot be written.
    pub fn lengthen(&mut self, records: usize) {
        let opened = Store::open(&self.store(), &self.tenant().as_str().into());
        let mut store = opened.expect("the daemon is stopped").store;
        let numbers: Vec<usize> = (1..=records).collect();
        for group in numbers.chunks(MAX_GROUP_RECORDS) {
            let drafts = group.iter().map(|number| alert(*number).draft().expect("an event can be written"));
            store.append(drafts.collect()).expect("records can be appended");
        }
        store.close().expect("the store can be closed");
    }
}

fn alert(number: usize) -> Entry {
    let message = Personal::new(format!("drill {number}."));
    let event = Event::Alerted { code: "drill".to_owned(), control: None, id: None, message };
    Entry { seq: 0, time: Utc::now(), actor: Actor::system("drill"), event }
}
