//! One record of the journal: its envelope, its canonical bytes and their hash.
//!
//! The format is final: a JSON object in RFC 8785 form with exactly the keys `seq time tenant actor
//! kind version prev body`. The hash of a record is SHA-256 over those bytes, and `prev` is the hash
//! of the record before it, so that nothing can be changed, removed or moved without a trace (R80).

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt;
use thiserror::Error;
use trueconfig_common::id::TenantName;

/// RFC 3339 in UTC with exactly six digits of a second.
const TIME_FORMAT: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

/// 2^53: RFC 8785 carries only smaller integers exactly, because its numbers are doubles.
const FIRST_INEXACT: f64 = 9_007_199_254_740_992.0;

/// From here on RFC 8785 writes a number with an exponent, so that it is read back as a float.
const WRITTEN_WITH_EXPONENT: f64 = 1e21;

/// What a record will say, before the journal gives it a place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// When it happened; cut to microseconds.
    pub time: DateTime<Utc>,
    /// Who caused it; the shape belongs to the event.
    pub actor: Value,
    /// The event's name, such as `approval_given`.
    pub kind: String,
    /// The version of the body's shape for this kind.
    pub version: u32,
    /// The event itself.
    pub body: Value,
}

/// A record in its place in the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Position in the journal, from 1, without gaps.
    pub seq: u64,
    /// When it happened, to the microsecond.
    #[serde(serialize_with = "write_time", deserialize_with = "read_time")]
    pub time: DateTime<Utc>,
    /// Whose journal it is.
    pub tenant: TenantName,
    /// Who caused it.
    pub actor: Value,
    /// The event's name.
    pub kind: String,
    /// The version of the body's shape for this kind.
    pub version: u32,
    /// The hash of the record before this one, [`RecordHash::NONE`] for the first.
    pub prev: RecordHash,
    /// The event itself.
    pub body: Value,
}

/// Why something cannot be a record.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RecordError {
    /// Not JSON, or not the eight keys with their types.
    #[error("not a journal record: {0}")]
    Shape(String),
    /// JSON, but not in the one form RFC 8785 allows; such bytes were not written by us.
    #[error("not in canonical form (RFC 8785)")]
    NotCanonical,
    /// Canonical JSON would round this integer; refused, because a before image must be exact.
    #[error("the number {0} cannot be recorded exactly: integers beyond 2^53-1 are not canonical JSON")]
    InexactNumber(String),
}

impl Record {
    /// Gives a draft its place: the record after the one with number `seq - 1` and hash `prev`.
    pub fn place(draft: Draft, tenant: &TenantName, seq: u64, prev: RecordHash) -> Self {
        Self {
            seq,
            time: draft.time.trunc_subsecs(6),
            tenant: tenant.clone(),
            actor: draft.actor,
            kind: draft.kind,
            version: draft.version,
            prev,
            body: draft.body,
        }
    }

    /// The bytes that are hashed and stored.
    ///
    /// # Errors
    /// [`RecordError::InexactNumber`] if an integer would be rounded.
    pub fn canonical(&self) -> Result<Vec<u8>, RecordError> {
        exact_numbers(&self.actor)?;
        exact_numbers(&self.body)?;
        canonical(self)
    }

    /// Reads a record from its stored bytes.
    ///
    /// # Errors
    /// [`RecordError::Shape`] if they are not a record. That they are canonical is not checked here;
    /// [`Record::parse_canonical`] does.
    pub fn parse(json: &[u8]) -> Result<Self, RecordError> {
        serde_json::from_slice(json).map_err(shape)
    }

    /// Reads a record and insists that these are the only bytes it could have.
    ///
    /// # Errors
    /// [`RecordError::Shape`] or [`RecordError::NotCanonical`].
    pub fn parse_canonical(json: &[u8]) -> Result<Self, RecordError> {
        let record = Self::parse(json)?;
        if canonical(&record)? != json {
            return Err(RecordError::NotCanonical);
        }
        Ok(record)
    }
}

/// SHA-256 of a record's canonical bytes; 64 lower-case hexadecimal digits in text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordHash([u8; 32]);

impl RecordHash {
    /// What the first record names as its predecessor.
    pub const NONE: Self = Self([0; 32]);

    /// The hash of a record's canonical bytes.
    pub fn of(json: &[u8]) -> Self {
        Self(Sha256::digest(json).into())
    }

    /// Wraps 32 bytes that already are such a hash.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for RecordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for RecordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl Serialize for RecordHash {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordHash {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::from_hex(&text)
            .ok_or_else(|| serde::de::Error::custom("a hash is 64 lower-case hexadecimal digits"))
    }
}

/// The RFC 8785 bytes of any value; the one place that makes them.
///
/// # Errors
/// [`RecordError::Shape`] if the value cannot be JSON.
pub fn canonical<T: Serialize>(value: &T) -> Result<Vec<u8>, RecordError> {
    serde_json_canonicalizer::to_vec(value).map_err(shape)
}

fn shape(error: serde_json::Error) -> RecordError {
    RecordError::Shape(error.to_string())
}

fn exact_numbers(value: &Value) -> Result<(), RecordError> {
    match value {
        Value::Number(number) => exact(number),
        Value::Array(items) => items.iter().try_for_each(exact_numbers),
        Value::Object(fields) => fields.values().try_for_each(exact_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

/// A float of this size is written without a point, and would be read back as an integer.
fn exact(number: &serde_json::Number) -> Result<(), RecordError> {
    let size = number.as_f64().map_or(f64::INFINITY, f64::abs);
    if (FIRST_INEXACT..WRITTEN_WITH_EXPONENT).contains(&size) {
        return Err(RecordError::InexactNumber(number.to_string()));
    }
    Ok(())
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn write_time<S: Serializer>(time: &DateTime<Utc>, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(&time.format(TIME_FORMAT))
}

fn read_time<'de, D: Deserializer<'de>>(input: D) -> Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(input)?;
    let time = NaiveDateTime::parse_from_str(&text, TIME_FORMAT).map_err(serde::de::Error::custom)?;
    Ok(time.and_utc())
}

#[cfg(test)]
mod tests;
