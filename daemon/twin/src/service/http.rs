//! From HTTP to a request of the twin, and from its answer to HTTP. Pages are as large as Graph's and asked
//! for one after another, so nothing here may cost much beside sending them: see `benches/paging.rs`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header};
use chrono::{DateTime, Utc};

use super::{CLIENT_REQUEST_ID, Incoming, Reply, Service};
use crate::faults::Effect;

/// Longest request body in bytes.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// Content type of every JSON answer of Graph.
const JSON: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
/// What the service says of the machine that answered.
const DIAGNOSTIC: &str =
    r#"{"ServerInfo":{"DataCenter":"Twin","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"TWIN"}}"#;
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// How a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// Marks a response that must not be sent: the connection is dropped instead. Callers of the in-memory
/// service find it in the extensions of the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hangup;

impl Service {
    /// The same service for a client in this process.
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        let fallback = |State(service): State<Arc<Self>>, request: Request<Body>| async move {
            service.exchange(Scheme::Http, request).await
        };
        Router::new().fallback(fallback).with_state(Arc::clone(self))
    }

    /// Answers one request.
    pub(crate) async fn exchange<B>(&self, scheme: Scheme, request: Request<B>) -> Response<Body>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let (parts, body) = request.into_parts();
        let Some(body) = whole(body).await else { return plain(StatusCode::PAYLOAD_TOO_LARGE) };
        let incoming = Incoming {
            method: parts.method.as_str().to_owned(),
            raw_path: parts.uri.path().to_owned(),
            path: collapsed(parts.uri.path()),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            base: base(scheme, &parts.headers, &parts.uri),
            headers: parts.headers,
            body: &body,
            batched: false,
        };
        let latency = self.faults.latency();
        let effect = self.faults.take(&incoming.method, &incoming.path);
        let delay = if let Some(Effect::Delay(delay)) = &effect { *delay } else { latency };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let reply = self.reply(&incoming, effect);
        respond(reply, self.date.at((self.clock)()))
    }
}

/// The whole body; nothing if it is too long or ends early.
async fn whole<B>(body: B) -> Option<Bytes>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    if body.is_end_stream() {
        return Some(Bytes::new());
    }
    to_bytes(Body::new(body), MAX_BODY).await.ok()
}

fn plain(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Scheme and host as the client addressed us; a host with other characters than a host has is not echoed.
fn base(scheme: Scheme, headers: &HeaderMap, uri: &Uri) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host =
        host.or_else(|| uri.authority().map(axum::http::uri::Authority::as_str)).unwrap_or("127.0.0.1");
    let clean = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'));
    let scheme = if scheme == Scheme::Https { "https" } else { "http" };
    format!("{scheme}://{}", if clean { host } else { "127.0.0.1" })
}

/// A path without the slashes that mean nothing.
pub(super) fn collapsed(path: &str) -> String {
    let mut collapsed = String::with_capacity(path.len());
    for step in path.split('/').filter(|step| !step.is_empty()) {
        collapsed.extend(["/", step]);
    }
    if collapsed.is_empty() { "/".to_owned() } else { collapsed }
}

fn content_type(reply: &Reply) -> Option<&'static str> {
    reply.answer.body.as_ref().map(|_| if reply.answer.plain { "text/plain" } else { JSON })
}

/// The headers of an item of a batch, which stand inside its JSON.
pub(super) fn headers_of(reply: &Reply) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    if let Some(kind) = content_type(reply) {
        headers.insert("Content-Type".to_owned(), kind.to_owned());
    }
    headers.insert(REQUEST_ID.to_string(), reply.request_id.clone());
    if !reply.client_request_id.is_empty() {
        headers.insert(CLIENT_REQUEST_ID.to_string(), reply.client_request_id.clone());
    }
    for (name, value) in &reply.answer.headers {
        let name = if *name == "retry-after" { "Retry-After" } else { name };
        headers.insert(name.to_owned(), value.clone());
    }
    headers
}

fn respond(reply: Reply, date: HeaderValue) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() =
        StatusCode::from_u16(reply.answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Some(kind) = content_type(&reply) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    headers.insert(header::DATE, date);
    headers.insert("odata-version", HeaderValue::from_static("4.0"));
    headers.insert("x-ms-ags-diagnostic", HeaderValue::from_static(DIAGNOSTIC));
    if !reply.client_request_id.is_empty() {
        insert(headers, CLIENT_REQUEST_ID, reply.client_request_id);
    }
    insert(headers, REQUEST_ID, reply.request_id);
    for (name, value) in reply.answer.headers {
        insert(headers, HeaderName::from_static(name), value);
    }
    if reply.hangup {
        response.extensions_mut().insert(Hangup);
    }
    *response.body_mut() = reply.answer.body.map_or_else(Body::empty, Body::from);
    response
}

/// A value that cannot stand in a header is left out.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// The `Date` of answers, written anew once a second.
#[derive(Default)]
pub(super) struct DateLine {
    last: Mutex<Option<(i64, HeaderValue)>>,
}

impl DateLine {
    fn at(&self, now: DateTime<Utc>) -> HeaderValue {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((second, date)) if *second == now.timestamp() => date.clone(),
            _ => {
                let text = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
                let date = HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
                *last = Some((now.timestamp(), date.clone()));
                date
            }
        }
    }
}
