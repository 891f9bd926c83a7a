//! By what rows of a family are told apart.

use super::Id;

/// A field that may serve as a key.
pub(super) trait AsKey {
    /// The key, where there is one.
    fn as_key(&self) -> Option<&Id>;
}

impl AsKey for Id {
    fn as_key(&self) -> Option<&Id> {
        Some(self)
    }
}

impl AsKey for Option<Id> {
    fn as_key(&self) -> Option<&Id> {
        self.as_ref()
    }
}
