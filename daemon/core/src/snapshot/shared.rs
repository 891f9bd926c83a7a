//! Values that stand in many rows, such as a kind of account, kept once. A million users have a handful of them.

use super::AssignedLicense;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Most values known to a thread; what comes after them is kept as often as it is read.
const KNOWN_MOST: usize = 1_024;

/// Values known to a thread. They are never told apart from others that are equal.
type Known<T> = BTreeSet<Arc<T>>;

/// A value that equal ones share, as far as the same thread read them.
pub struct Shared<T>(Arc<T>);

/// A type of value that is the same in many rows.
pub trait Common: Ord + Sized {
    /// Does something with those that the thread knows already.
    fn with_known<R>(work: impl FnOnce(&mut BTreeSet<Arc<Self>>) -> R) -> R;
}

thread_local! {
    static WORDS: RefCell<Known<String>> = const { RefCell::new(Known::new()) };
    static LISTS: RefCell<Known<Vec<String>>> = const { RefCell::new(Known::new()) };
    static LICENCES: RefCell<Known<Vec<AssignedLicense>>> = const { RefCell::new(Known::new()) };
}

impl Common for String {
    fn with_known<R>(work: impl FnOnce(&mut Known<Self>) -> R) -> R {
        WORDS.with_borrow_mut(work)
    }
}

impl Common for Vec<String> {
    fn with_known<R>(work: impl FnOnce(&mut Known<Self>) -> R) -> R {
        LISTS.with_borrow_mut(work)
    }
}

impl Common for Vec<AssignedLicense> {
    fn with_known<R>(work: impl FnOnce(&mut Known<Self>) -> R) -> R {
        LICENCES.with_borrow_mut(work)
    }
}

impl<T: Common> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        T::with_known(|known| {
            if let Some(same) = known.get(&value) {
                return Self(Arc::clone(same));
            }
            let value = Arc::new(value);
            if known.len() < KNOWN_MOST {
                known.insert(Arc::clone(&value));
            }
            Self(value)
        })
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Common + Default> Default for Shared<T> {
    fn default() -> Self {
        T::default().into()
    }
}

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Common + Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::{KNOWN_MOST, Shared};

    #[test]
    fn equal_values_are_kept_once_until_there_are_too_many() {
        let shared = |text: &str| Shared::from(text.to_owned());
        assert!(std::ptr::eq(&*shared("Member"), &*shared("Member")));
        assert_ne!(shared("Member"), shared("Guest"));
        let values: Vec<Shared<String>> = (0..2 * KNOWN_MOST).map(|n| shared(&n.to_string())).collect();
        assert_eq!(values.last(), Some(&shared(&(2 * KNOWN_MOST - 1).to_string())));
        assert!(std::ptr::eq(&*shared("Member"), &*shared("Member")));
    }
}
