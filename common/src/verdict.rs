//! What a control says about a tenant (T5), and on what grounds.

use crate::id::ControlId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The answer of one control for one snapshot (T5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The requirement is met.
    Pass,
    /// The requirement is not met; only this may start a remediation.
    Fail,
    /// Not met in a way that is no deviation yet, such as a report-only policy.
    Warning,
    /// The control does not apply: no licence, no source, disabled by the operator.
    NotApplicable,
    /// It could not be judged: something could not be read.
    Error,
}

impl Verdict {
    /// All of them, the worst first.
    pub const ALL: [Self; 5] = [Self::Fail, Self::Error, Self::Warning, Self::Pass, Self::NotApplicable];

    /// The word used on screen, in JSON and in the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warning => "warning",
            Self::NotApplicable => "not_applicable",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// A concrete object that bears a verdict out (R22).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it is: `user`, `application`, `policy`, `setting`.
    pub kind: String,
    /// The object's id, or the path of a setting.
    pub id: String,
    /// Its name in the tenant: untrusted text, to be escaped when shown.
    pub name: String,
    /// What was seen, in words.
    pub detail: String,
    /// The values behind the words, as Graph gave them.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub values: Value,
}

/// The smallest edit that would turn a failing control into a passing one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NearMiss {
    /// In words: "passes but for the exclusion of group VIP".
    pub sentence: String,
    /// The object to edit.
    pub object: String,
    /// The field to edit, as a dotted path.
    pub field: String,
    /// The value found.
    pub actual: Value,
    /// The value that would do.
    pub wanted: Value,
    /// What else must be edited with it, where one field is not enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Edit>,
}

/// One of several edits that are needed together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// The object to edit.
    pub object: String,
    /// The field to edit, as a dotted path.
    pub field: String,
    /// The value found.
    pub actual: Value,
    /// The value that would do.
    pub wanted: Value,
}

/// One control judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The control.
    #[serde(rename = "id")]
    pub control: ControlId,
    /// Its verdict.
    pub verdict: Verdict,
    /// Why, in one sentence that names actual and allowed values. For `not_applicable` and
    /// `error` it starts with the reason's word: `licence`, `source`, `disabled`, `scope` (the tenant has not what
    /// the control is about), `permission`, `unreadable`.
    pub reason: String,
    /// What was expected, in words.
    pub expected: String,
    /// What was found, in words.
    pub actual: String,
    /// The objects that bear it out (at most [`Judgement::EVIDENCE_LIMIT`]).
    pub evidence: Vec<Evidence>,
    /// How many objects there are in all.
    pub evidence_total: usize,
    /// The smallest edit that would flip it, where there is one.
    pub near_miss: Option<NearMiss>,
}

impl Judgement {
    /// Evidence kept with a judgement; the total says how many there were.
    pub const EVIDENCE_LIMIT: usize = 500;
}
