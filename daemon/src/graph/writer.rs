//! The write port over HTTP: sent once, and told honestly what is known afterwards.

use super::client::{Call, GraphClient, Last, Repeat, Settled};
use super::error::{Failure, Fault, GraphError, transport_code};
use super::limits::LimitClass;
use super::origin::OriginError;
use super::permission::missing_for_write;
use super::port::{WriteOutcome, WritePort};
use super::transport::{Answer, Payload, Sent, TransportFault};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeSet;
use trueconfig_common::change::GraphRequest;
use trueconfig_common::remediation::CallRecord;
use trueconfig_core::change::GRAPH_ROOT;
use uuid::Uuid;

/// The field of a reference to another object.
const REFERENCE: &str = "@odata.id";

/// The one field in which Graph tells a new secret.
const SECRET_FIELD: &str = "secretText";

/// Writes to one tenant over HTTP.
#[derive(Debug)]
pub struct HttpWriter {
    client: GraphClient,
}

/// The write port of a tenant that is only read (R58).
#[derive(Debug)]
pub struct NoWriter;

impl WritePort for NoWriter {
    fn write<'a>(&'a self, _: &'a GraphRequest, _: Uuid) -> BoxFuture<'a, WriteOutcome> {
        let message = "no [tenant.writer] is configured, so nothing can be written to this tenant";
        Box::pin(async move { refused_here("no_writer", message) })
    }

    fn granted<'a>(&'a self) -> BoxFuture<'a, Result<BTreeSet<String>, GraphError>> {
        Box::pin(std::future::ready(Ok(BTreeSet::new())))
    }
}

impl HttpWriter {
    pub(super) fn new(client: GraphClient) -> Self {
        Self { client }
    }

    async fn send(&self, request: &GraphRequest, client_request_id: Uuid) -> WriteOutcome {
        let url = match self.client.origin.graph_path(&request.path) {
            Ok(url) => url,
            Err(error) => return refused_here("foreign_address", &error.to_string()),
        };
        let payload = match self.body(&request.body) {
            Ok(Value::Null) => Payload::Empty,
            Ok(body) => Payload::Json(body.to_string().into_bytes()),
            Err(error) => return refused_here("foreign_address", &error.to_string()),
        };
        let call = Call {
            method: request.method.as_str(),
            url,
            headers: &[],
            payload,
            budget: vec![(LimitClass::of_write(&request.path), 1)],
            client_request_id: Some(client_request_id),
            repeat: Repeat::IfUnprocessed,
            tries: self.client.bounds.tries,
            deadline: self.client.bounds.deadline,
        };
        let Settled { last, calls } = self.client.call(&call).await;
        match last {
            Last::Answered(answer) => self.answered(request, &call.label(), &answer, calls).await,
            Last::Unanswered(fault) => unanswered(&fault, calls),
            Last::NoToken(error) => refused(GraphError::unauthorised(&call.label(), &error, calls)),
        }
    }

    /// A reference is planned without the address of Graph, which differs between clouds; here it
    /// gets ours.
    fn body(&self, planned: &Value) -> Result<Value, OriginError> {
        let mut body = planned.clone();
        let reference = planned.get(REFERENCE).and_then(Value::as_str);
        if let Some(path) = reference.and_then(|text| text.strip_prefix(GRAPH_ROOT)) {
            body[REFERENCE] = Value::from(self.client.origin.graph_path(path)?.as_str());
        }
        Ok(body)
    }

    async fn answered(
        &self,
        request: &GraphRequest,
        label: &str,
        answer: &Answer,
        calls: Vec<CallRecord>,
    ) -> WriteOutcome {
        match answer.status {
            200..300 => done(answer, calls),
            408 => unknown("Graph answered 408: the request timed out on its side", calls),
            400..500 => refused(self.explain(request, GraphError::answered(label, answer, calls)).await),
            other => {
                let error = GraphError::answered(label, answer, calls);
                let reason = format!("Graph answered {other} {}: {}", error.code, error.message);
                unknown(&reason, error.into_failure().calls)
            }
        }
    }

    /// A 403 with the permission that our own token lacks, where that is the cause (R58).
    async fn explain(&self, request: &GraphRequest, error: GraphError) -> GraphError {
        if error.fault != Fault::Denied {
            return error;
        }
        let roles = self.client.roles().await.unwrap_or_default();
        error.lacking(missing_for_write(request.method, &request.path, &roles))
    }
}

impl WritePort for HttpWriter {
    fn write<'a>(
        &'a self,
        request: &'a GraphRequest,
        client_request_id: Uuid,
    ) -> BoxFuture<'a, WriteOutcome> {
        Box::pin(self.send(request, client_request_id))
    }

    fn granted<'a>(&'a self) -> BoxFuture<'a, Result<BTreeSet<String>, GraphError>> {
        Box::pin(self.client.granted())
    }
}

/// A success whose body cannot be read is unknown: a new secret would be lost in it.
fn done(answer: &Answer, calls: Vec<CallRecord>) -> WriteOutcome {
    if answer.body.is_empty() {
        return WriteOutcome::Done { body: Value::Null, secret: None, calls };
    }
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(mut body) => {
            let secret = take_secret(&mut body);
            WriteOutcome::Done { body, secret, calls }
        }
        Err(_) => unknown("Graph answered with success and a body that is no JSON", calls),
    }
}

/// Takes every secret out, wherever it stands; the first one is handed on.
fn take_secret(value: &mut Value) -> Option<SecretString> {
    match value {
        Value::Object(fields) => {
            let own = match fields.remove(SECRET_FIELD) {
                Some(Value::String(text)) => Some(SecretString::from(text)),
                Some(_) | None => None,
            };
            let inner =
                fields.values_mut().filter_map(take_secret).fold(None, |first, one| first.or(Some(one)));
            own.or(inner)
        }
        Value::Array(items) => {
            items.iter_mut().filter_map(take_secret).fold(None, |first, one| first.or(Some(one)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn unanswered(fault: &TransportFault, calls: Vec<CallRecord>) -> WriteOutcome {
    match fault.sent {
        Sent::Never => WriteOutcome::Refused {
            status: None,
            code: transport_code(fault.sent).to_owned(),
            message: format!("the request was not sent: {}", fault.reason),
            permission: None,
            calls,
        },
        Sent::Maybe | Sent::TooLarge => unknown(&fault.reason, calls),
    }
}

fn refused(error: GraphError) -> WriteOutcome {
    let Failure { status, code, message, permission, calls, .. } = error.into_failure();
    WriteOutcome::Refused { status, code, message, permission, calls }
}

fn refused_here(code: &str, message: &str) -> WriteOutcome {
    WriteOutcome::Refused {
        status: None,
        code: code.to_owned(),
        message: message.to_owned(),
        permission: None,
        calls: Vec::new(),
    }
}

fn unknown(reason: &str, calls: Vec<CallRecord>) -> WriteOutcome {
    WriteOutcome::Unknown { reason: reason.to_owned(), calls }
}
