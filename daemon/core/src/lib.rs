//! The pure core.

pub mod journal;
pub mod snapshot;
