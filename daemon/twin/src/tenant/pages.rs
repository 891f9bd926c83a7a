//! Pages as they were last written out, so that reading a large tenant again costs no more than sending it.

use std::collections::BTreeMap;

use axum::body::Bytes;

/// Most bytes of kept pages; beyond them all are let go.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Pages by what was asked for; let go with the first change of any row.
#[derive(Default)]
pub(crate) struct Pages {
    held: BTreeMap<String, Bytes>,
    bytes: usize,
}

impl Pages {
    /// The page that answers a question.
    pub(crate) fn get(&self, question: &str) -> Option<Bytes> {
        self.held.get(question).cloned()
    }

    /// Keeps a page.
    pub(crate) fn keep(&mut self, question: String, page: Bytes) {
        if self.bytes + page.len() > MAX_BYTES {
            self.clear();
        }
        self.bytes += page.len();
        self.held.insert(question, page);
    }

    /// Lets all pages go.
    pub(super) fn clear(&mut self) {
        self.held.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, Pages};

    #[test]
    fn pages_take_a_bounded_number_of_bytes() {
        let mut pages = Pages::default();
        let page = axum::body::Bytes::from(vec![b' '; MAX_BYTES / 2]);
        for question in ["a", "b", "c"] {
            pages.keep(question.to_owned(), page.clone());
        }
        assert!(pages.get("a").is_none() && pages.get("b").is_none() && pages.get("c").is_some());
    }
}
