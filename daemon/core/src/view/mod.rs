//! What people are shown: state, situation and journal drawn as the interface's types.
//!
//! Nothing is decided here. Refusals shown in advance come from the same functions that decide.

pub mod audit;
mod baseline;
mod controls;
mod drift;
mod exceptions;
mod object;
pub mod query;
mod remediations;
mod settings;
mod snapshots;
mod status;
#[cfg(test)]
mod tests;

pub use baseline::baseline;
pub use controls::{control, controls};
pub(crate) use drift::actor as names_of_movers;
pub use drift::{drift, drift_row};
pub use exceptions::{attestation, exception, exceptions};
pub use object::object;
pub use remediations::{remediation, remediations, row};
pub use settings::{Fixed, settings};
pub use status::{Daemon, health, status};
