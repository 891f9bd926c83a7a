//! The read port over HTTP.

use super::batch;
use super::client::{Call, GraphClient, Last, Repeat, Settled};
use super::error::{Fault, GraphError};
use super::limits::{LimitClass, read_cost};
use super::origin::OriginError;
use super::permission::missing_for_read;
use super::port::{Body, ReadFrom, ReadPort};
use super::transport::Payload;
use futures_util::future::BoxFuture;
use serde_json::Value;
use std::collections::BTreeSet;

/// Without it Graph hides values newer than this version of the API behind `unknownFutureValue`.
pub(super) const HEADERS: &[(&str, &str)] = &[("prefer", "include-unknown-enum-members")];

/// Reads one tenant over HTTP.
#[derive(Debug)]
pub struct HttpReader {
    client: GraphClient,
}

impl HttpReader {
    pub(super) fn new(client: GraphClient) -> Self {
        Self { client }
    }

    pub(super) fn client(&self) -> &GraphClient {
        &self.client
    }

    async fn fetch(&self, from: ReadFrom<'_>) -> Result<Body, GraphError> {
        let call = self.call_for(from).map_err(|error| foreign(from, &error))?;
        let label = call.label();
        let Settled { last, calls } = self.client.call(&call).await;
        let error = match last {
            Last::Answered(mut answer) if (200..300).contains(&answer.status) => {
                return Ok(Body { bytes: std::mem::take(&mut *answer.body), calls });
            }
            Last::Answered(answer) => GraphError::answered(&label, &answer, calls),
            Last::Unanswered(fault) => GraphError::unanswered(&label, &fault, calls),
            Last::NoToken(error) => GraphError::unauthorised(&label, &error, calls),
        };
        Err(self.explain(call.url.as_str(), error).await)
    }

    fn call_for(&self, from: ReadFrom<'_>) -> Result<Call, OriginError> {
        let bounds = &self.client.bounds;
        let (url, tries, deadline) = match from {
            ReadFrom::Path(path) => (self.client.origin.graph_path(path)?, bounds.tries, bounds.deadline),
            ReadFrom::Link(link) => (self.client.origin.link(link)?, bounds.page_tries, bounds.page_deadline),
        };
        let path = url.as_str();
        let budget = vec![(LimitClass::of_read(path), read_cost(path))];
        Ok(Call {
            method: "GET",
            headers: HEADERS,
            payload: Payload::Empty,
            budget,
            client_request_id: None,
            repeat: Repeat::Freely,
            tries,
            deadline,
            url,
        })
    }

    /// A 403 with the permission that our own token lacks, where that is the cause.
    pub(super) async fn explain(&self, path: &str, error: GraphError) -> GraphError {
        if error.fault != Fault::Denied {
            return error;
        }
        let roles = self.client.roles().await.unwrap_or_default();
        error.lacking(missing_for_read(path, &roles))
    }
}

impl ReadPort for HttpReader {
    fn read<'a>(&'a self, from: ReadFrom<'a>) -> BoxFuture<'a, Result<Body, GraphError>> {
        Box::pin(self.fetch(from))
    }

    fn batch<'a>(&'a self, paths: &'a [String]) -> BoxFuture<'a, Vec<Result<Value, GraphError>>> {
        Box::pin(batch::read(self, paths))
    }

    fn granted<'a>(&'a self) -> BoxFuture<'a, Result<BTreeSet<String>, GraphError>> {
        Box::pin(self.client.granted())
    }

    fn requests(&self) -> u64 {
        self.client.requests()
    }

    fn most_pages(&self) -> u32 {
        self.client.bounds.pages
    }
}

fn foreign(from: ReadFrom<'_>, error: &OriginError) -> GraphError {
    GraphError::local(&from.label(), Fault::Foreign, "foreign_address", &error.to_string(), Vec::new())
}
