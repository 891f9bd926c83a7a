//! The link to the daemon: calls and their answers, what can go wrong, and the tasks that hold
//! the two connections (one for calls, one for changes), both off the drawing.

pub mod call;
pub mod connection;
pub mod export;
pub mod failure;
pub mod tasks;

pub use call::{Answer, Call};
pub use connection::{Connection, Endpoint};
pub use failure::Failure;
