//! The pure core of TrueConfig: judges a snapshot, plans fixes, decides what may happen.
//!
//! No IO, no clock, no randomness, not async (invariant 1). Time and ids come in as arguments;
//! what is to happen goes out as data.

pub mod alert;
pub mod baseline;
pub mod change;
pub mod checks;
pub mod credentials;
pub mod evaluate;
#[cfg(test)]
mod fixture;
pub mod gates;
pub mod guards;
pub mod journal;
pub mod lifecycle;
pub mod lockout;
pub mod plan;
pub mod remedies;
pub mod schedule;
pub mod scopes;
pub mod snapshot;
pub mod state;
pub mod view;
