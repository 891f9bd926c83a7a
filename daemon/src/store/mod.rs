//! The store: the journal, its side file of personal text, and sled.
