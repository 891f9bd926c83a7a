//! The words TrueConfig speaks and the interface of its socket.
//!
//! Everything here is plain data: the daemon's core, its shell and the terminal client share
//! these types and nothing else. The async client and the codec stand behind the feature
//! `client`, so that the core stays free of any runtime.

#[cfg(feature = "client")]
pub mod client;

pub mod change;
pub mod control;
pub mod gate;
pub mod guard;
pub mod id;
pub mod interface;
pub mod mode;
pub mod personal;
pub mod remediation;
pub mod role;
pub mod verdict;
pub mod window;

#[cfg(feature = "client")]
pub mod varlink;
