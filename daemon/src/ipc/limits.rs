//! Every bound of the socket, with its reason.

use std::time::Duration;

/// Connections at once. A person's client takes two.
pub const CONNECTIONS: usize = 128;

/// Connections of one uid at once, so that one account cannot keep the others out.
pub const CONNECTIONS_PER_UID: usize = 32;

/// Connections at once, all together, of peers without any role.
pub const STRANGERS: usize = 8;

/// Largest message of a peer without a role, in bytes; it gets nothing but a refusal.
pub const STRANGER_REQUEST_LIMIT: usize = 64 * 1024;

/// How long a peer without a role may stay.
pub const STRANGER_DEADLINE: Duration = Duration::from_secs(5);

/// From the first byte of a message to its last.
pub const FRAME_DEADLINE: Duration = Duration::from_secs(10);

/// From the end of a call to the next one. A client connects again by itself.
pub const IDLE_DEADLINE: Duration = Duration::from_secs(30 * 60);

/// For a reader to take one message; a slower one is dropped, never waited for.
pub const WRITE_DEADLINE: Duration = Duration::from_secs(10);

/// For calls under way when the daemon stops.
pub const DRAIN_DEADLINE: Duration = Duration::from_secs(5);

/// For the name service to answer about one account (D14).
pub const LOOKUP_DEADLINE: Duration = Duration::from_secs(2);

/// Oldest answer of the name service that is good for reading (D14); writes ask again.
pub const LOOKUP_AGE: Duration = Duration::from_secs(60);

/// Look-ups at once: one that hangs keeps its thread beyond its deadline.
pub const LOOKUPS: usize = 8;

/// Accounts remembered.
pub const ACCOUNTS: usize = 1024;

/// First wait after the system refused to accept a connection; doubled up to
/// [`ACCEPT_WAIT_LONGEST`].
pub const ACCEPT_WAIT: Duration = Duration::from_millis(10);

/// Longest wait after the system refused to accept a connection.
pub const ACCEPT_WAIT_LONGEST: Duration = Duration::from_secs(1);

/// The deadlines of a connection, so that tests need not wait for the real ones.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// [`STRANGER_DEADLINE`].
    pub stranger: Duration,
    /// [`FRAME_DEADLINE`].
    pub frame: Duration,
    /// [`IDLE_DEADLINE`].
    pub idle: Duration,
    /// [`WRITE_DEADLINE`].
    pub write: Duration,
    /// [`DRAIN_DEADLINE`].
    pub drain: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            stranger: STRANGER_DEADLINE,
            frame: FRAME_DEADLINE,
            idle: IDLE_DEADLINE,
            write: WRITE_DEADLINE,
            drain: DRAIN_DEADLINE,
        }
    }
}
