//! Replication lag: what a write replaced stays visible to readers for a while.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::rows::Object;

/// Most objects that can be stale at one time; beyond it the oldest entry by name becomes fresh.
const MAX_STALE: usize = 10_000;

/// How long a write stays unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LagPolicy {
    /// Changes of objects that existed.
    pub(crate) changes: Lag,
    /// New objects: 404 until it is over.
    pub(crate) creations: Lag,
}

/// A distance between a write and the reads that see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lag {
    /// Every read sees it.
    #[default]
    None,
    /// So many reads of the object do not see it.
    Reads(u32),
    /// Reads before this many milliseconds have passed do not see it.
    Millis(u32),
}

/// What a reader of a collection sees differently: key in lower case → the row as it was, or nothing.
pub(crate) type View = BTreeMap<String, Option<Object>>;

#[derive(Debug)]
struct Stale {
    before: Option<Object>,
    reads: u32,
    until: Option<DateTime<Utc>>,
}

impl Stale {
    fn holds(&self, now: DateTime<Utc>) -> bool {
        self.reads > 0 || self.until.is_some_and(|until| now < until)
    }
}

/// Everything that is stale now.
#[derive(Debug, Default)]
pub(super) struct LagBook {
    /// Applies to writes from now on.
    pub(super) policy: LagPolicy,
    stale: BTreeMap<String, Stale>,
}

impl LagBook {
    /// Notes a write: `before` is what stood there, nothing for a new object.
    pub(super) fn changed(&mut self, path: String, before: Option<Object>, now: DateTime<Utc>) {
        let lag = if before.is_some() { self.policy.changes } else { self.policy.creations };
        let (reads, until) = match lag {
            Lag::None => return,
            Lag::Reads(reads) => (reads, None),
            Lag::Millis(millis) => (0, Some(now + TimeDelta::milliseconds(i64::from(millis)))),
        };
        self.stale.insert(path, Stale { before, reads, until });
        if self.stale.len() > MAX_STALE {
            self.stale.pop_first();
        }
    }

    /// The stale content of one object, if it is stale; counts as one read.
    pub(super) fn read(&mut self, path: &str, now: DateTime<Utc>) -> Option<Option<Object>> {
        let stale = self.stale.get_mut(path)?;
        if !stale.holds(now) {
            self.stale.remove(path);
            return None;
        }
        stale.reads = stale.reads.saturating_sub(1);
        Some(stale.before.clone())
    }

    /// Whether an object is new and not yet found; counts as one read if so.
    pub(super) fn unborn(&mut self, path: &str, now: DateTime<Utc>) -> bool {
        self.stale.get(path).is_some_and(|stale| stale.before.is_none()) && self.read(path, now).is_some()
    }

    /// The stale rows of one collection; counts as one read of each.
    pub(super) fn view(&mut self, path: &str, now: DateTime<Utc>) -> View {
        if self.stale.is_empty() {
            return View::new();
        }
        let prefix = format!("{path}#");
        let paths: Vec<String> = self
            .stale
            .range(prefix.clone()..)
            .map(|(path, _)| path.clone())
            .take_while(|path| path.starts_with(&prefix))
            .collect();
        let mut view = View::new();
        for path in paths {
            if let Some(before) = self.read(&path, now) {
                view.insert(path[prefix.len()..].to_owned(), before);
            }
        }
        view
    }
}

/// Name of a row in the book.
pub(super) fn row_path(path: &str, key: &str) -> String {
    format!("{path}#{}", key.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Lag, LagBook, LagPolicy, row_path};
    use chrono::{TimeDelta, Utc};

    #[test]
    fn a_change_is_unseen_for_so_many_reads_or_so_long() {
        let now = Utc::now();
        let mut book = LagBook {
            policy: LagPolicy { changes: Lag::Reads(2), creations: Lag::Millis(500) },
            ..LagBook::default()
        };
        book.changed(row_path("/v1.0/users", "A"), Some(super::Object::new()), now);
        book.changed(row_path("/v1.0/users", "b"), None, now);
        assert_eq!(book.view("/v1.0/users", now).len(), 2);
        assert!(book.read(&row_path("/v1.0/users", "a"), now).is_some());
        assert!(book.read(&row_path("/v1.0/users", "a"), now).is_none());
        assert!(book.read(&row_path("/v1.0/users", "b"), now + TimeDelta::milliseconds(499)).is_some());
        assert!(book.read(&row_path("/v1.0/users", "b"), now + TimeDelta::milliseconds(500)).is_none());
    }
}
