//! The request log: one line per request, in memory and, if asked for, in a file, flushed at once.

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::graph::Answer;

/// Most lines kept in memory; the file has them all.
const MAX_LINES: usize = 20_000;
/// Properties of bodies that hold secrets.
const SECRETS: [&str; 5] = ["password", "secretText", "client_secret", "client_assertion", "newPassword"];

/// One request as it was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestLine {
    /// When the answer was ready.
    pub time: DateTime<Utc>,
    /// Upper-case method.
    pub method: String,
    /// Path as it came, without query.
    pub path: String,
    /// Query as it came, without question mark.
    pub query: String,
    /// HTTP status; 0 if the connection was dropped on purpose.
    pub status: u16,
    /// The caller's own id, if it sent one.
    pub client_request_id: String,
    /// Our id.
    pub request_id: String,
    /// Application of the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Whether it came inside a `$batch`.
    #[serde(default)]
    pub batched: bool,
    /// Whether the write happened although the caller got no answer or an error.
    #[serde(default)]
    pub applied_unseen: bool,
    /// Body of POST, PATCH and PUT, secrets taken out; never that of the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// The log.
pub(crate) struct RequestLog {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lines: VecDeque<RequestLine>,
    file: Option<File>,
}

impl RequestLog {
    /// A log that also writes to a new file at `path`.
    pub(crate) fn create(path: Option<&Path>) -> std::io::Result<Self> {
        let file = path.map(File::create).transpose()?;
        Ok(Self { state: Mutex::new(State { lines: VecDeque::new(), file }) })
    }

    /// Notes a request.
    pub(crate) fn note(&self, line: RequestLine) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut state.file {
            let mut text = serde_json::to_string(&line).unwrap_or_default();
            text.push('\n');
            // A full disk must not take the tenant down; the log says so once per line.
            if let Err(error) = file.write_all(text.as_bytes()).and_then(|()| file.flush()) {
                tracing::warn!(%error, "the request log cannot be written");
            }
        }
        state.lines.push_back(line);
        if state.lines.len() > MAX_LINES {
            state.lines.pop_front();
        }
    }

    /// The newest line.
    pub(crate) fn last(&self) -> Option<RequestLine> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).lines.back().cloned()
    }

    /// The newest lines, oldest first.
    pub(crate) fn lines(&self) -> Vec<RequestLine> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.lines.iter().cloned().collect()
    }
}

/// What was asked and answered, for judges; the same exchange is kept once.
#[derive(Default)]
pub(crate) struct Recording {
    state: Mutex<Option<(File, BTreeSet<u64>)>>,
}

#[derive(Serialize)]
struct Exchange<'l> {
    method: &'l str,
    path: &'l str,
    query: &'l str,
    status: u16,
    body: &'l Option<Value>,
    /// Text for a count, empty text for no body.
    response: Value,
}

impl Recording {
    /// A recording in a new file of a folder, or none.
    pub(crate) fn create(folder: Option<&Path>) -> std::io::Result<Self> {
        let Some(folder) = folder else { return Ok(Self::default()) };
        std::fs::create_dir_all(folder)?;
        let file = File::create_new(folder.join(format!("{}.jsonl", Uuid::new_v4())))?;
        Ok(Self { state: Mutex::new(Some((file, BTreeSet::new()))) })
    }

    /// Notes an exchange; bodies of the token endpoint are left out.
    pub(crate) fn note(&self, line: &RequestLine, answer: &Answer) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((file, seen)) = state.as_mut().filter(|_| !line.path.ends_with("/token")) else { return };
        let bytes = answer.body.as_deref().unwrap_or_default();
        let exchange = Exchange {
            method: &line.method,
            path: &line.path,
            query: &line.query,
            status: line.status,
            body: &line.body,
            response: redacted(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes).into()),
        };
        let mut text = serde_json::to_string(&exchange).unwrap_or_default();
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        if seen.len() >= MAX_LINES {
            seen.clear();
        }
        if !seen.insert(hasher.finish()) {
            return;
        }
        text.push('\n');
        if let Err(error) = file.write_all(text.as_bytes()) {
            tracing::warn!(%error, "the recording cannot be written");
        }
    }
}

/// A body without secrets.
pub(crate) fn redacted(body: &[u8]) -> Option<Value> {
    let mut value = serde_json::from_slice(body).ok()?;
    redact(&mut value);
    Some(value)
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                if SECRETS.contains(&name.as_str()) && value.is_string() {
                    *value = Value::String("[redacted]".to_owned());
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn secrets_never_reach_the_log() {
        let body =
            br#"{"passwordProfile":{"password":"hunter2","forceChange":true},"x":[{"secretText":"s3cret"}]}"#;
        let text = redacted(body).expect("JSON").to_string();
        assert!(!text.contains("hunter2") && !text.contains("s3cret") && text.contains("forceChange"));
    }
}
