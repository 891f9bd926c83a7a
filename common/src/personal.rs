//! Text that names or describes a person.
//!
//! On the socket it is ordinary text. In the journal it is replaced by a salted digest, and the
//! text itself stands in a side file, so that it can be erased without touching the record. The
//! journal recognises it by its shape, an object whose only key is [`Personal::KEY`].

use serde::{Deserialize, Serialize};
use std::fmt;

/// Personal text: a name, a note, an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub struct Personal {
    #[serde(rename = "@personal")]
    text: String,
}

impl Personal {
    /// The key that marks personal text in JSON.
    pub const KEY: &'static str = "@personal";

    /// Marks a text as personal.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Personal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.text)
    }
}
