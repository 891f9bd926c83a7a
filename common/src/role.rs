//! Who may do what (D14). The daemon decides; the client only shows.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A role at the socket, each with all that the ones before it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also runs scans.
    Member,
    /// Also changes settings, acknowledges drift, pulls the kill switch.
    Admin,
    /// Also approves, rejects, rolls back, records tests, releases the kill switch.
    SecurityAdmin,
    /// Everything.
    Owner,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Member, Self::Admin, Self::SecurityAdmin, Self::Owner];

    /// The word used on screen and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::SecurityAdmin => "security_admin",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}
