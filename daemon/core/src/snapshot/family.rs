//! A resource family and its completeness. "Could not read" is never "empty" and never "pass"
//! (invariant 6): the rows are private, and the way to them goes through [`Family::rows`],
//! which yields them only if the family was read to its end.

use super::grounds::Grounds;
use super::rows::{Part, Rows, Run, RunHead};
use super::{FamilyName, Id};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// A type of row and the family it belongs to.
pub trait Row: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync {
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
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent, bound(serialize = "T: Row", deserialize = "T: Row"))]
pub struct Family<T> {
    state: State<T>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound(serialize = "T: Row", deserialize = "T: Row"))]
enum State<T> {
    Complete(Rows<T>),
    Partial {
        rows: Rows<T>,
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
        Self { state: State::Complete(rows.into()) }
    }

    /// Read in part.
    pub fn partial(rows: Vec<T>, reason: impl Into<String>) -> Self {
        Self { state: State::Partial { rows: rows.into(), reason: reason.into() } }
    }

    /// Refused; names the permission that would do.
    pub fn denied(permission: impl Into<String>) -> Self {
        Self { state: State::Denied { permission: permission.into() } }
    }

    /// Not read.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self { state: State::Failed { reason: reason.into() } }
    }

    /// Rows that are kept, and how their reading ended. Rows of a family that has none are dropped.
    pub fn kept(runs: Vec<Run<T>>, ending: Ending) -> Self {
        let rows = Rows::kept(runs);
        match ending {
            Ending::Complete => Self { state: State::Complete(rows) },
            Ending::Partial { reason } => Self { state: State::Partial { rows, reason } },
            Ending::Denied { permission } => Self::denied(permission),
            Ending::Failed { reason } => Self::failed(reason),
            Ending::Unasked => Self::default(),
        }
    }

    /// About to be read page by page; partial until [`Family::finish`].
    pub fn reading() -> Self {
        Self::partial(Vec::new(), "reading has not ended")
    }
}

impl<T: Row> PartialEq for Family<T> {
    fn eq(&self, other: &Self) -> bool {
        self.ending() == other.ending() && self.stored() == other.stored()
    }
}

impl<T: Row> Family<T> {
    /// The state, which whoever asks rests on from now on.
    fn looked_at(&self) -> &State<T> {
        Grounds::family(T::FAMILY);
        &self.state
    }

    fn stored(&self) -> Option<&Rows<T>> {
        match self.looked_at() {
            State::Complete(rows) | State::Partial { rows, .. } => Some(rows),
            State::Denied { .. } | State::Failed { .. } | State::Unasked => None,
        }
    }

    /// How its reading ended.
    pub fn ending(&self) -> Ending {
        match self.looked_at() {
            State::Complete(_) => Ending::Complete,
            State::Partial { reason, .. } => Ending::Partial { reason: reason.clone() },
            State::Denied { permission } => Ending::Denied { permission: permission.clone() },
            State::Failed { reason } => Ending::Failed { reason: reason.clone() },
            State::Unasked => Ending::Unasked,
        }
    }

    /// How far it was read.
    pub fn status(&self) -> FamilyStatus {
        match self.looked_at() {
            State::Complete(_) => FamilyStatus::Complete,
            State::Partial { .. } => FamilyStatus::Partial,
            State::Denied { .. } => FamilyStatus::Denied,
            State::Failed { .. } | State::Unasked => FamilyStatus::Failed,
        }
    }

    /// A family that hangs on this one and therefore cannot be read either; none if this one is complete.
    pub fn dependent<U: Row>(&self) -> Option<Family<U>> {
        match self.looked_at() {
            State::Complete(_) => None,
            State::Denied { permission } => Some(Family::denied(permission.clone())),
            State::Partial { reason, .. } | State::Failed { reason } => Some(Family::failed(reason.clone())),
            State::Unasked => Some(Family::default()),
        }
    }

    /// How many rows there are, complete or not; none has to be unpacked for it.
    pub fn count(&self) -> usize {
        self.stored().map_or(0, Rows::len)
    }

    /// Its rows part by part, as they are kept.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_, T>> {
        self.stored().into_iter().flat_map(Rows::parts)
    }

    /// Notes by what its rows are kept now, in their order; of no use if they are not those rows.
    pub fn note(&mut self, heads: Vec<RunHead>) {
        if let State::Complete(rows) | State::Partial { rows, .. } = &mut self.state {
            rows.note(heads);
        }
    }

    /// Whether anybody tried to read it; one that nobody needs is not read.
    pub fn is_asked(&self) -> bool {
        !matches!(self.looked_at(), State::Unasked)
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
            *self = Self { state: State::Complete(std::mem::take(rows)) };
        }
    }

    /// Reading stopped before the end: pages already in stay reachable as partial rows.
    pub fn stop(&mut self, reason: impl Into<String>) {
        match &mut self.state {
            State::Complete(rows) | State::Partial { rows, .. } if rows.len() > 0 => {
                *self = Self { state: State::Partial { rows: std::mem::take(rows), reason: reason.into() } };
            }
            _ => *self = Self::failed(reason),
        }
    }

    /// Whatever rows there are, complete or not. No verdict may rest on this: it serves counting,
    /// progress and suggestions only.
    pub fn partial_rows(&self) -> &[T] {
        self.stored().and_then(Rows::all).unwrap_or_default()
    }

    /// Orders the rows by their keys: what was read twice in another order is then the same.
    pub fn sort(&mut self) {
        if let State::Complete(rows) | State::Partial { rows, .. } = &mut self.state {
            rows.sort();
        }
    }

    /// Whether all of its rows lie in memory, unpacked.
    pub fn is_unpacked(&self) -> bool {
        self.stored().is_none_or(Rows::is_loaded)
    }

    /// An object by its key, of a family that stands in the order of its keys; only what is kept with it is
    /// unpacked. None may mean that it is harmed, or was not read: no verdict may rest on this.
    pub fn get(&self, id: &Id) -> Option<&T> {
        self.stored()?.get(id)
    }

    /// The same family with some objects changed, if it was read to its end and stands in the order of
    /// its keys. `change` is shown the row of each id, if there is one, and gives the row that is to be,
    /// if any. None if what is kept of the rows is harmed.
    ///
    /// # Errors
    /// Those of `change`.
    pub fn revised<E>(
        &self,
        ids: impl Iterator<Item = Id>,
        change: impl FnMut(&Id, Option<&T>) -> Result<Option<T>, E>,
    ) -> Result<Option<Self>, E> {
        let State::Complete(rows) = &self.state else { return Ok(None) };
        let rows = rows.revised(ids, change)?;
        Ok(rows.map(|rows| Self { state: State::Complete(rows) }))
    }

    /// All rows, if the family was read to its end.
    ///
    /// # Errors
    /// [`Unreadable`] if it was not.
    pub fn rows(&self) -> Result<&[T], Unreadable> {
        match (self.unread(), self.stored().and_then(Rows::all)) {
            (Some(cause), _) => Err(cause),
            (None, Some(rows)) => Ok(rows),
            (None, None) => Err(Unreadable::inside(T::FAMILY, "what was kept of it is harmed")),
        }
    }

    /// Tells families apart that differ: by how reading ended and by what the rows are kept. None if they
    /// are not kept.
    pub fn fingerprint(&self) -> Option<String> {
        let rows = self.stored().map_or_else(|| Some(Vec::new()), Rows::digests)?;
        let ending = serde_json::to_vec(&self.ending()).ok()?;
        let hash =
            rows.iter().fold(Sha256::new_with_prefix(ending), |hash, digest| hash.chain_update(digest.0));
        Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Why not all rows are there; none if the family was read to its end.
    pub fn unread(&self) -> Option<Unreadable> {
        let (kind, detail) = match self.looked_at() {
            State::Complete(_) => return None,
            State::Partial { reason, .. } => {
                (UnreadableKind::Unreadable, format!("read in part only: {reason}"))
            }
            State::Denied { permission } => {
                (UnreadableKind::Permission, format!("{permission} has not been granted"))
            }
            State::Failed { reason } => (UnreadableKind::Unreadable, reason.clone()),
            State::Unasked => (UnreadableKind::Unreadable, "it was not read".to_owned()),
        };
        Some(Unreadable { family: T::FAMILY, kind, detail })
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
