//! The pure core.

pub mod journal;
