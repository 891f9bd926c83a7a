//! How far TrueConfig may go by itself (R15), and how far a change reaches (T9, T10).

use serde::{Deserialize, Serialize};
use std::fmt;

/// What happens when a control fails (R15). A control has exactly one at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Guidance only; no write is ever made (R18).
    Advisory,
    /// A plan is prepared and waits for an approver (R24).
    Manual,
    /// A plan whose five gates pass runs by itself (R34).
    Auto,
}

impl Mode {
    /// The word used on screen and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Advisory => "advisory",
            Self::Manual => "manual",
            Self::Auto => "auto",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// How much a change can break, 1 to 5 (T10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct BlastRadius(u8);

impl BlastRadius {
    /// One object, no effect on sign-in.
    pub const ONE_OBJECT: Self = Self(1);
    /// A tenant setting that touches no sign-in.
    pub const SETTING: Self = Self(2);
    /// May break one application or one user.
    pub const ONE_APP_OR_USER: Self = Self(3);
    /// Many users' sign-in.
    pub const MANY_USERS: Self = Self(4);
    /// Can lock out administrators.
    pub const ADMINISTRATORS: Self = Self(5);

    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for BlastRadius {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            1..=5 => Ok(Self(number)),
            other => Err(format!("blast radius {other} is not between 1 and 5")),
        }
    }
}

impl From<BlastRadius> for u8 {
    fn from(radius: BlastRadius) -> u8 {
        radius.0
    }
}

impl fmt::Display for BlastRadius {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// How well a change can be undone (T9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reversibility {
    /// Exactly.
    A,
    /// Exactly, but under a new object id.
    B,
    /// In part; the residue is named.
    C,
    /// Not at all.
    D,
}

impl fmt::Display for Reversibility {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::A => "A exact",
            Self::B => "B exact, new id",
            Self::C => "C partial",
            Self::D => "D none",
        })
    }
}
