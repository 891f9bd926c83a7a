//! `$batch`: twenty reads in one request. The whole answers 200 while single reads inside may be
//! throttled, so each is repeated by itself and after its own wait.

use super::bounds::retry_after;
use super::client::{Call, Last, Repeat, Settled, is_transient};
use super::error::{Fault, GraphError};
use super::limits::{LimitClass, read_cost};
use super::port::{ReadFrom, misshapen};
use super::reader::{HEADERS, HttpReader};
use super::transport::{Answer, Payload};
use chrono::Utc;
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;
use trueconfig_common::remediation::CallRecord;
use url::Url;

/// Reads in one request; Graph's own limit.
pub const BATCH_SIZE: usize = 20;

/// A read that has no answer yet.
struct Waiting {
    index: usize,
    tried: u32,
    due: Instant,
}

#[derive(Deserialize)]
struct Answers {
    responses: Vec<ItemAnswer>,
}

#[derive(Deserialize)]
struct ItemAnswer {
    id: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
}

type Results = Vec<Option<Result<Value, GraphError>>>;

/// Reads all `paths`; answers stand in their order.
pub(super) async fn read(reader: &HttpReader, paths: &[String]) -> Vec<Result<Value, GraphError>> {
    let now = Instant::now();
    let until = now + reader.client().bounds.page_deadline;
    let mut results: Results = paths.iter().map(|path| refuse_path(reader, path)).collect();
    let mut waiting: Vec<Waiting> = (0..paths.len())
        .filter(|index| results[*index].is_none())
        .map(|index| Waiting { index, tried: 0, due: now })
        .collect();
    while let Some(first_due) = waiting.iter().map(|item| item.due).min() {
        tokio::time::sleep_until(first_due).await;
        let now = Instant::now();
        let due = waiting.extract_if(.., |item| item.due <= now).take(BATCH_SIZE).collect::<Vec<_>>();
        waiting.extend(round(reader, paths, due, until, &mut results).await);
    }
    results
        .into_iter()
        .zip(paths)
        .map(|(result, path)| result.unwrap_or_else(|| Err(unanswered(path))))
        .collect()
}

/// Sends one batch; gives back what must be tried again.
async fn round(
    reader: &HttpReader,
    paths: &[String],
    due: Vec<Waiting>,
    until: Instant,
    results: &mut Results,
) -> Vec<Waiting> {
    let (mut answers, calls) = match send(reader, paths, &due).await {
        Ok(sent) => sent,
        Err(error) => {
            due.iter().for_each(|item| results[item.index] = Some(Err(error.clone())));
            return Vec::new();
        }
    };
    let mut again = Vec::new();
    for item in due {
        let path = &paths[item.index];
        let Some(answer) = answers.remove(&item.index.to_string()) else {
            results[item.index] = Some(Err(unanswered(path)));
            continue;
        };
        match later(reader, &item, &answer, until) {
            Some(item) => again.push(item),
            None => results[item.index] = Some(settle(reader, path, answer, &calls).await),
        }
    }
    again
}

async fn send(
    reader: &HttpReader,
    paths: &[String],
    due: &[Waiting],
) -> Result<(BTreeMap<String, ItemAnswer>, Vec<CallRecord>), GraphError> {
    let call = call_for(reader, paths, due)?;
    let Settled { last, calls } = reader.client().call(&call).await;
    let label = call.label();
    match last {
        Last::Answered(answer) if answer.status == 200 => {
            let answers: Answers = serde_json::from_slice(&answer.body)
                .map_err(|error| misshapen("POST /v1.0/$batch", &error, calls.clone()))?;
            Ok((answers.responses.into_iter().map(|answer| (answer.id.clone(), answer)).collect(), calls))
        }
        Last::Answered(answer) => Err(GraphError::answered(&label, &answer, calls)),
        Last::Unanswered(fault) => Err(GraphError::unanswered(&label, &fault, calls)),
        Last::NoToken(error) => Err(GraphError::unauthorised(&label, &error, calls)),
    }
}

/// Each item is counted by Graph as a request of its own class.
fn call_for(reader: &HttpReader, paths: &[String], due: &[Waiting]) -> Result<Call, GraphError> {
    let bounds = &reader.client().bounds;
    let url: Url = reader.client().origin.graph_path("/v1.0/$batch").map_err(|error| {
        GraphError::local(
            "POST /v1.0/$batch",
            Fault::Foreign,
            "foreign_address",
            &error.to_string(),
            Vec::new(),
        )
    })?;
    let mut budget = BTreeMap::new();
    for path in due.iter().map(|item| &paths[item.index]) {
        *budget.entry(LimitClass::of_read(path)).or_insert(0) += read_cost(path);
    }
    let requests: Vec<Value> =
        due.iter().map(|item| request(reader, item.index, &paths[item.index])).collect();
    Ok(Call {
        method: "POST",
        url,
        headers: &[],
        payload: Payload::Json(json!({ "requests": requests }).to_string().into_bytes()),
        budget: budget.into_iter().collect(),
        client_request_id: None,
        repeat: Repeat::Freely,
        tries: bounds.page_tries,
        deadline: bounds.page_deadline,
    })
}

/// Inside a batch the version is not part of the address.
fn request(reader: &HttpReader, index: usize, path: &str) -> Value {
    let url = path.strip_prefix("/v1.0").unwrap_or(path);
    let own = ("client-request-id", reader.client().ambient.random.id().to_string());
    let headers: BTreeMap<&str, String> =
        HEADERS.iter().map(|(name, value)| (*name, (*value).to_owned())).chain([own]).collect();
    json!({
        "id": index.to_string(),
        "method": "GET",
        "url": url,
        "headers": headers,
    })
}

/// The same read at a later moment, if it may succeed then and there are tries and time left.
fn later(reader: &HttpReader, item: &Waiting, answer: &ItemAnswer, until: Instant) -> Option<Waiting> {
    let bounds = &reader.client().bounds;
    let tried = item.tried + 1;
    if !is_transient(answer.status) || tried >= bounds.tries {
        return None;
    }
    let wait = answer.wait().unwrap_or_else(|| bounds.wait_after(tried, reader.client().dice()));
    let due = Instant::now() + wait;
    (due < until).then_some(Waiting { index: item.index, tried, due })
}

async fn settle(
    reader: &HttpReader,
    path: &str,
    answer: ItemAnswer,
    calls: &[CallRecord],
) -> Result<Value, GraphError> {
    if (200..300).contains(&answer.status) {
        return Ok(answer.body);
    }
    let bytes = Zeroizing::new(answer.body.to_string().into_bytes());
    let error = Answer {
        status: answer.status,
        retry_after: None,
        request_id: answer.header("request-id"),
        body: bytes,
    };
    let error = GraphError::answered(&ReadFrom::Path(path).label(), &error, calls.to_vec());
    Err(reader.explain(path, error).await)
}

impl ItemAnswer {
    /// Header names inside a batch keep whatever case the service gave them.
    fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    }

    fn wait(&self) -> Option<Duration> {
        self.header("retry-after").and_then(|text| retry_after(&text, Utc::now()))
    }
}

/// A batch can only carry v1.0 paths of our origin; anything else is refused before it is sent.
fn refuse_path(reader: &HttpReader, path: &str) -> Option<Result<Value, GraphError>> {
    let problem = match reader.client().origin.graph_path(path) {
        Ok(_) if path.starts_with("/v1.0/") => return None,
        Ok(_) => "a batch reads paths below /v1.0/ only".to_owned(),
        Err(error) => error.to_string(),
    };
    Some(Err(GraphError::local(
        &ReadFrom::Path(path).label(),
        Fault::Foreign,
        "foreign_address",
        &problem,
        Vec::new(),
    )))
}

fn unanswered(path: &str) -> GraphError {
    GraphError::local(
        &ReadFrom::Path(path).label(),
        Fault::Shape,
        "batch_hole",
        "the batch answer lacks this read",
        Vec::new(),
    )
}
