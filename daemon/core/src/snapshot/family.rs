//! A resource family and its completeness. "Could not read" is never "empty" and never "pass"
//! (invariant 6): the rows are private, and the way to them goes through [`Family::rows`],
//! which yields them only if the family was read to its end.

use super::{FamilyName, Id};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A type of row and the family it belongs to.
pub trait Row: Clone + PartialEq + Serialize + DeserializeOwned {
    /// The family.
    const FAMILY: FamilyName;

    /// By what it is told apart from the other rows of its family; none where the family has one
    /// row, or where rows are told apart by a name that is no id.
    fn key(&self) -> Option<&Id>;
}

/// Something done with every family of a snapshot, whatever its rows are.
pub trait Visit {
    /// Why it stops.
    type Error;

    /// One family.
    ///
    /// # Errors
    /// The visitor's own; the families after it are not shown then.
    fn family<T: Row>(&mut self, family: &Family<T>) -> Result<(), Self::Error>;
}

/// The same for whoever changes families.
pub trait VisitMut {
    /// Why it stops.
    type Error;

    /// One family.
    ///
    /// # Errors
    /// As [`Visit::family`].
    fn family<T: Row>(&mut self, family: &mut Family<T>) -> Result<(), Self::Error>;
}

/// The same for whoever compares two snapshots.
pub trait VisitPairs {
    /// Why it stops.
    type Error;

    /// One family of both.
    ///
    /// # Errors
    /// As [`Visit::family`].
    fn families<T: Row>(&mut self, one: &Family<T>, other: &Family<T>) -> Result<(), Self::Error>;
}

/// How the reading of a family ended: all about it but its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// At its end.
    Complete,
    /// Before.
    Partial {
        /// Why.
        reason: String,
    },
    /// Graph refused.
    Denied {
        /// What would do.
        permission: String,
    },
    /// Nothing was read.
    Failed {
        /// Why.
        reason: String,
    },
    /// Nobody asked.
    Unasked,
}

/// Rows of one resource family with their completeness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent, bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
pub struct Family<T> {
    state: State<T>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State<T> {
    Complete(Vec<T>),
    Partial {
        rows: Vec<T>,
        reason: String,
    },
    Denied {
        permission: String,
    },
    Failed {
        reason: String,
    },
    /// Nobody asked for it.
    Unasked,
}

/// How far a family was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FamilyStatus {
    /// To its end.
    Complete,
    /// Some rows, then reading stopped.
    Partial,
    /// Graph refused for want of a permission.
    Denied,
    /// Not at all.
    Failed,
}

/// A family, or a part of it, that a verdict needs could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("{} {}: {detail}", .kind.as_str(), .family.as_str())]
pub struct Unreadable {
    /// The family.
    pub family: FamilyName,
    /// In which way.
    pub kind: UnreadableKind,
    /// Why, with the path or the permission.
    pub detail: String,
}

/// In which way something was unreadable; the first word of the verdict's reason (D28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnreadableKind {
    /// Consent is missing.
    Permission,
    /// Anything else.
    Unreadable,
}

impl UnreadableKind {
    /// The word that a reason starts with.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Unreadable {
    /// Something inside a family that was read turned out to be unusable.
    pub fn inside(family: FamilyName, detail: impl Into<String>) -> Self {
        Self { family, kind: UnreadableKind::Unreadable, detail: detail.into() }
    }
}

impl<T> Default for Family<T> {
    fn default() -> Self {
        Self { state: State::Unasked }
    }
}

impl<T> Family<T> {
    /// Read to its end; no rows means that there are none.
    pub fn complete(rows: Vec<T>) -> Self {
        Self { state: State::Complete(rows) }
    }

    /// Read in part.
    pub fn partial(rows: Vec<T>, reason: impl Into<String>) -> Self {
        Self { state: State::Partial { rows, reason: reason.into() } }
    }

    /// Refused; names the permission that would do.
    pub fn denied(permission: impl Into<String>) -> Self {
        Self { state: State::Denied { permission: permission.into() } }
    }

    /// Not read.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self { state: State::Failed { reason: reason.into() } }
    }

    /// Rows and how their reading ended. Rows of a family that has none are dropped.
    pub fn ended(rows: Vec<T>, ending: Ending) -> Self {
        match ending {
            Ending::Complete => Self::complete(rows),
            Ending::Partial { reason } => Self::partial(rows, reason),
            Ending::Denied { permission } => Self::denied(permission),
            Ending::Failed { reason } => Self::failed(reason),
            Ending::Unasked => Self::default(),
        }
    }

    /// How its reading ended.
    pub fn ending(&self) -> Ending {
        match &self.state {
            State::Complete(_) => Ending::Complete,
            State::Partial { reason, .. } => Ending::Partial { reason: reason.clone() },
            State::Denied { permission } => Ending::Denied { permission: permission.clone() },
            State::Failed { reason } => Ending::Failed { reason: reason.clone() },
            State::Unasked => Ending::Unasked,
        }
    }

    /// About to be read page by page; partial until [`Family::finish`].
    pub fn reading() -> Self {
        Self::partial(Vec::new(), "reading has not ended")
    }

    /// Adds one page. A family that is not being read starts to be.
    pub fn push_page(&mut self, page: Vec<T>) {
        match &mut self.state {
            State::Complete(rows) | State::Partial { rows, .. } => rows.extend(page),
            State::Denied { .. } | State::Failed { .. } | State::Unasked => {
                *self = Self::partial(page, "reading has not ended")
            }
        }
    }

    /// The last page is in: what was being read is complete. Denied and failed stay so.
    pub fn finish(&mut self) {
        if let State::Partial { rows, .. } = &mut self.state {
            *self = Self::complete(std::mem::take(rows));
        }
    }

    /// Reading stopped before the end: pages already in stay reachable as partial rows.
    pub fn stop(&mut self, reason: impl Into<String>) {
        match &mut self.state {
            State::Complete(rows) | State::Partial { rows, .. } if !rows.is_empty() => {
                *self = Self::partial(std::mem::take(rows), reason);
            }
            _ => *self = Self::failed(reason),
        }
    }

    /// How far it was read.
    pub fn status(&self) -> FamilyStatus {
        match &self.state {
            State::Complete(_) => FamilyStatus::Complete,
            State::Partial { .. } => FamilyStatus::Partial,
            State::Denied { .. } => FamilyStatus::Denied,
            State::Failed { .. } | State::Unasked => FamilyStatus::Failed,
        }
    }

    /// A family that hangs on this one and therefore cannot be read either; none if this one is complete.
    pub fn dependent<U>(&self) -> Option<Family<U>> {
        match &self.state {
            State::Complete(_) => None,
            State::Denied { permission } => Some(Family::denied(permission.clone())),
            State::Partial { reason, .. } | State::Failed { reason } => Some(Family::failed(reason.clone())),
            State::Unasked => Some(Family::default()),
        }
    }

    /// Whatever rows there are, complete or not. No verdict may rest on this: it serves counting,
    /// progress and suggestions only.
    pub fn partial_rows(&self) -> &[T] {
        match &self.state {
            State::Complete(rows) | State::Partial { rows, .. } => rows,
            State::Denied { .. } | State::Failed { .. } | State::Unasked => &[],
        }
    }

    /// Whether anybody tried to read it; one that nobody needs is not read.
    pub fn is_asked(&self) -> bool {
        !matches!(self.state, State::Unasked)
    }
}

impl<T: Row> Family<T> {
    /// Orders the rows by their keys: what was read twice in another order is then the same.
    pub fn sort(&mut self) {
        if let State::Complete(rows) | State::Partial { rows, .. } = &mut self.state
            && !rows.is_sorted_by_key(Row::key)
        {
            rows.sort_by(|one, other| one.key().cmp(&other.key()));
        }
    }

    /// All rows, if the family was read to its end.
    ///
    /// # Errors
    /// [`Unreadable`] if it was not.
    pub fn rows(&self) -> Result<&[T], Unreadable> {
        let (kind, detail) = match &self.state {
            State::Complete(rows) => return Ok(rows),
            State::Partial { reason, .. } => {
                (UnreadableKind::Unreadable, format!("read in part only: {reason}"))
            }
            State::Denied { permission } => {
                (UnreadableKind::Permission, format!("{permission} has not been granted"))
            }
            State::Failed { reason } => (UnreadableKind::Unreadable, reason.clone()),
            State::Unasked => (UnreadableKind::Unreadable, "it was not read".to_owned()),
        };
        Err(Unreadable { family: T::FAMILY, kind, detail })
    }

    /// The row of a family that has exactly one, such as a policy of the tenant.
    ///
    /// # Errors
    /// [`Unreadable`] if it was not read or there is not exactly one.
    pub fn single(&self) -> Result<&T, Unreadable> {
        match self.rows()? {
            [row] => Ok(row),
            rows => Err(Unreadable::inside(T::FAMILY, format!("one object expected, {} found", rows.len()))),
        }
    }
}
