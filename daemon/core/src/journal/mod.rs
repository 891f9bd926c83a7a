//! The journal's contract: what a record is, which bytes it has, how records are chained.
//!
//! Everything here is pure. Files, syncing and the side file of personal text belong to the
//! daemon's store; an auditor's tool needs nothing but this module and the segments.

pub mod chain;
pub mod event;
pub mod merkle;
mod outcome;
pub mod personal;
pub mod record;
