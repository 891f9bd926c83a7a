//! The socket: listener, peer identity from the kernel, roles, one dispatch with one permission
//! check. Nothing else in the daemon knows sockets; it supplies handlers and gets callers.

pub mod handle;
pub mod limits;
mod server;
pub use server::{Running, Server, SocketError, permissions};

pub use handle::{Caller, Handle, HandleStream, Replies, Service};
