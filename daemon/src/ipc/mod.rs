//! The socket: listener, peer identity from the kernel, roles, one dispatch with one permission
//! check. Nothing else in the daemon knows sockets; it supplies handlers and gets callers.

pub mod accounts;
mod connection;
pub mod handle;
pub mod limits;
pub mod listener;
pub mod roles;
mod server;
mod slots;
mod table;
#[cfg(test)]
mod tests;

pub use handle::{Caller, Handle, HandleStream, Replies, Service};
pub use listener::{ListenError, Listener};
pub use server::{Running, Server};

use std::collections::BTreeMap;
use trueconfig_common::interface::PERMISSIONS;
use trueconfig_common::role::Role;

/// Every method with the least role that may call it, for people to read.
pub fn permissions() -> BTreeMap<String, Role> {
    PERMISSIONS.iter().map(|row| (row.method.to_owned(), row.role)).collect()
}
