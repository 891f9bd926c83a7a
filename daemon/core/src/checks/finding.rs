//! What a check found, before it is tied to a control.

use crate::snapshot::Unreadable;
use serde_json::Value;
use trueconfig_common::{
    id::ControlId,
    verdict::{Evidence, Judgement, NearMiss, Verdict},
};

/// Names longer than this are cut where they are shown; nobody reads further, and a tenant may
/// hold names of any length.
const NAME_CHARACTERS: usize = 120;

/// What a check found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
    /// What was expected, in words.
    pub expected: String,
    /// What was found, in words.
    pub actual: String,
    /// Objects that bear it out, at most [`Judgement::EVIDENCE_LIMIT`].
    pub evidence: Vec<Evidence>,
    /// How many there are in all.
    pub evidence_total: usize,
    /// The smallest edit that would flip it.
    pub near_miss: Option<NearMiss>,
}

impl Finding {
    /// A finding with a reason.
    pub fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self {
            verdict,
            reason: reason.into(),
            expected: String::new(),
            actual: String::new(),
            evidence: Vec::new(),
            evidence_total: 0,
            near_miss: None,
        }
    }

    /// Something could not be read.
    pub fn unreadable(cause: &Unreadable) -> Self {
        Self::new(Verdict::Error, cause.to_string())
    }

    /// Graph does not show what it takes to decide (D28): there is guidance only.
    pub fn without_source(reason: &str) -> Self {
        Self::new(Verdict::NotApplicable, format!("source: {reason}"))
    }

    /// Says what was expected and what was found.
    #[must_use]
    pub fn comparing(mut self, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        self.expected = expected.into();
        self.actual = actual.into();
        self
    }

    /// Adds evidence; what is beyond the limit is only counted.
    #[must_use]
    pub fn with_evidence(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        let mut evidence = evidence.into_iter();
        let room = Judgement::EVIDENCE_LIMIT.saturating_sub(self.evidence.len());
        let before = self.evidence.len();
        self.evidence.extend(evidence.by_ref().take(room));
        // What nobody sees is not made where its number is known without: of 100,000 users that may be all.
        let unseen = match evidence.size_hint() {
            (least, Some(most)) if least == most => most,
            _ => evidence.count(),
        };
        self.evidence_total += self.evidence.len() - before + unseen;
        self
    }

    /// Adds a near miss.
    #[must_use]
    pub fn with_near_miss(mut self, near_miss: Option<NearMiss>) -> Self {
        self.near_miss = near_miss;
        self
    }

    /// Ties it to its control.
    pub fn into_judgement(self, control: ControlId) -> Judgement {
        Judgement {
            control,
            verdict: self.verdict,
            reason: self.reason,
            expected: self.expected,
            actual: self.actual,
            evidence: self.evidence,
            evidence_total: self.evidence_total,
            near_miss: self.near_miss,
        }
    }
}

/// A tenant's name for something, cut to what people can read.
pub fn shown(name: &str) -> String {
    match name.char_indices().nth(NAME_CHARACTERS) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// Evidence about an object.
pub(crate) fn evidence(
    kind: &str,
    id: impl ToString,
    name: &str,
    detail: impl Into<String>,
    values: Value,
) -> Evidence {
    Evidence { kind: kind.to_owned(), id: id.to_string(), name: shown(name), detail: detail.into(), values }
}

/// A few names in a sentence: the first ones, and how many more there are.
pub(crate) fn few<S: AsRef<str>>(names: &[S]) -> String {
    few_of(names, |name| name.as_ref().to_owned())
}

/// As [`few`], of things that have names; only those that are said are asked for theirs.
pub(crate) fn few_of<T>(named: &[T], name: impl Fn(&T) -> String) -> String {
    const NAMED: usize = 5;
    let first: Vec<String> = named.iter().take(NAMED).map(|one| shown(&name(one))).collect();
    match named.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
