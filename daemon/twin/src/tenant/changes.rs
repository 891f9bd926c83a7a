//! What changed in the collections that can be followed by delta queries: keys in the order of the changes.

use std::collections::{BTreeMap, VecDeque};

/// Most changes remembered per collection; a client that is further behind must read everything again.
const MAX_CHANGES: usize = 50_000;

/// The books of all collections.
#[derive(Debug, Default)]
pub(super) struct ChangeBook {
    last: u64,
    collections: BTreeMap<String, VecDeque<(u64, String)>>,
    /// Newest change that was forgotten, by collection.
    forgotten: BTreeMap<String, u64>,
}

impl ChangeBook {
    /// Number of the newest change.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Notes that a row was written or taken out.
    pub(super) fn note(&mut self, path: &str, key: &str) {
        self.last += 1;
        let changes = self.collections.entry(path.to_owned()).or_default();
        changes.push_back((self.last, key.to_owned()));
        if changes.len() > MAX_CHANGES
            && let Some((number, _)) = changes.pop_front()
        {
            self.forgotten.insert(path.to_owned(), number);
        }
    }

    /// Keys changed after `since` and up to `until`, each once, in the order of their newest change;
    /// nothing if the book does not go back that far.
    pub(super) fn between(&self, path: &str, since: u64, until: u64) -> Option<Vec<String>> {
        if self.forgotten.get(path).is_some_and(|forgotten| since < *forgotten) || until > self.last {
            return None;
        }
        let mut keys: Vec<String> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for (number, key) in self.collections.get(path).into_iter().flatten().rev() {
            if *number > since && *number <= until && seen.insert(key.to_ascii_lowercase()) {
                keys.push(key.clone());
            }
        }
        keys.reverse();
        Some(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::{ChangeBook, MAX_CHANGES};

    #[test]
    fn keys_come_once_and_only_as_far_back_as_is_known() {
        let mut book = ChangeBook::default();
        for key in ["a", "b", "A"] {
            book.note("/v1.0/users", key);
        }
        assert_eq!(book.between("/v1.0/users", 0, 3), Some(vec!["b".to_owned(), "A".to_owned()]));
        assert_eq!(book.between("/v1.0/users", 2, 3), Some(vec!["A".to_owned()]));
        assert_eq!(book.between("/v1.0/groups", 0, 3), Some(Vec::new()));
        assert_eq!(book.between("/v1.0/users", 0, 4), None, "no change has that number yet");
        for _ in 0..MAX_CHANGES {
            book.note("/v1.0/users", "c");
        }
        assert_eq!(book.between("/v1.0/users", 2, 4), None);
        assert!(book.between("/v1.0/users", 3, book.last()).is_some());
    }
}
