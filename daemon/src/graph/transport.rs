//! One try of one request: bytes out, bytes in, bounded in time and size, with no opinion about either.
//!
//! The trait is the seam for tests and for a simulated network; [`HttpTransport`] is the real one.

use super::bounds::{Bounds, retry_after};
use super::origin::Origin;
use crate::causes::with_causes;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use std::time::Duration;
use url::Url;
use uuid::Uuid;

/// What a request carries.
#[derive(Debug)]
pub enum Payload {
    /// Nothing.
    Empty,
    /// JSON bytes.
    Json(Vec<u8>),
    /// A form, already encoded; holds credentials.
    Form(SecretString),
}

/// A request ready to be sent.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// Upper-case HTTP method.
    pub method: &'static str,
    /// Where; already checked against the origin.
    pub url: &'a Url,
    /// Further headers, such as `ConsistencyLevel`.
    pub headers: &'a [(&'static str, &'static str)],
    /// The access token; none for the token endpoint itself.
    pub bearer: Option<&'a SecretString>,
    /// The body.
    pub payload: &'a Payload,
    /// Ours, made before sending.
    pub client_request_id: Uuid,
    /// For this try.
    pub timeout: Duration,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The wait Graph asked for.
    pub retry_after: Option<Duration>,
    /// Graph's id of the request.
    pub request_id: Option<String>,
    /// The whole body; wiped when dropped, since it may hold a token or a new secret.
    pub body: Zeroizing<Vec<u8>>,
}

/// What can be said about a request without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It was not sent: nothing can have changed.
    Never,
    /// It may have been received.
    Maybe,
    /// It was received and answered, but the answer is larger than we take.
    TooLarge,
}

/// No answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct TransportFault {
    /// How far it came.
    pub sent: Sent,
    /// In words, without URL or headers.
    pub reason: String,
}

/// Sends one request once.
pub trait Transport: Send + Sync {
    /// One try; no retry, no redirect.
    fn send<'a>(&'a self, outgoing: Outgoing<'a>) -> BoxFuture<'a, Result<Answer, TransportFault>>;
}

/// HTTP over TLS (or in the clear to this machine).
#[derive(Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    body_bytes: usize,
}

/// Why no HTTP client could be made.
#[derive(Debug, thiserror::Error)]
pub enum TransportSetupError {
    /// The private CA is no PEM certificate.
    #[error("the CA file holds no readable PEM certificate: {0}")]
    Authority(String),
    /// The TLS library refused.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
}

impl HttpTransport {
    /// A client for one origin. A given CA replaces the system's: then nobody else is believed.
    pub fn new(origin: &Origin, ca_pem: Option<&[u8]>, bounds: &Bounds) -> Result<Self, TransportSetupError> {
        // An error only says that another part of the process has installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("TrueConfig/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_idle_timeout(Duration::from_secs(30))
            .connect_timeout(bounds.connect_timeout);
        if origin.is_loopback() {
            builder = builder.no_proxy();
        }
        if let Some(pem) = ca_pem {
            builder = builder.tls_certs_only(authorities(pem)?);
        }
        let client = builder.build().map_err(|error| TransportSetupError::Tls(with_causes(&error)))?;
        Ok(Self { client, body_bytes: bounds.body_bytes })
    }

    async fn exchange(&self, outgoing: &Outgoing<'_>) -> Result<Answer, TransportFault> {
        let mut response = self.request(outgoing)?.send().await.map_err(fault)?;
        let status = response.status().as_u16();
        let headers = response.headers();
        let retry_after =
            header(headers, RETRY_AFTER.as_str()).and_then(|text| retry_after(&text, asked_at(headers)));
        let request_id = header(headers, "request-id").or_else(|| header(headers, "x-ms-request-id"));
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > self.body_bytes {
                return Err(too_large(self.body_bytes));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, retry_after, request_id, body })
    }

    fn request(&self, outgoing: &Outgoing<'_>) -> Result<reqwest::RequestBuilder, TransportFault> {
        let method = reqwest::Method::from_bytes(outgoing.method.as_bytes())
            .map_err(|error| never(error.to_string()))?;
        let mut request = self
            .client
            .request(method, outgoing.url.clone())
            .header(ACCEPT, "application/json")
            .header("client-request-id", outgoing.client_request_id.to_string())
            .header("return-client-request-id", "true");
        for (name, value) in outgoing.headers {
            request = request.header(*name, *value);
        }
        if let Some(bearer) = outgoing.bearer {
            request = request.header(AUTHORIZATION, authorization(bearer)?);
        }
        Ok(match outgoing.payload {
            Payload::Empty => request,
            Payload::Json(bytes) => request.header(CONTENT_TYPE, "application/json").body(bytes.clone()),
            Payload::Form(form) => request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.expose_secret().to_owned()),
        })
    }
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, outgoing: Outgoing<'a>) -> BoxFuture<'a, Result<Answer, TransportFault>> {
        Box::pin(async move {
            match tokio::time::timeout(outgoing.timeout, self.exchange(&outgoing)).await {
                Ok(result) => result,
                Err(_) => Err(TransportFault {
                    sent: Sent::Maybe,
                    reason: format!("no answer within {} s", outgoing.timeout.as_secs_f64()),
                }),
            }
        })
    }
}

fn authorities(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, TransportSetupError> {
    let list = reqwest::Certificate::from_pem_bundle(pem)
        .map_err(|error| TransportSetupError::Authority(with_causes(&error)))?;
    if list.is_empty() {
        return Err(TransportSetupError::Authority("no certificate in it".to_owned()));
    }
    Ok(list)
}

fn authorization(bearer: &SecretString) -> Result<HeaderValue, TransportFault> {
    let text = Zeroizing::new(format!("Bearer {}", bearer.expose_secret()));
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| never("the access token holds characters no header may hold".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Graph's own clock where it tells it: then our clock's error does not lengthen the wait.
fn asked_at(headers: &HeaderMap) -> DateTime<Utc> {
    let date = header(headers, "date").and_then(|text| DateTime::parse_from_rfc2822(&text).ok());
    date.map_or_else(Utc::now, |date| date.with_timezone(&Utc))
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn fault(error: reqwest::Error) -> TransportFault {
    let sent = if error.is_connect() || error.is_builder() { Sent::Never } else { Sent::Maybe };
    TransportFault { sent, reason: with_causes(&error.without_url()) }
}

fn lost(error: reqwest::Error) -> TransportFault {
    TransportFault {
        sent: Sent::Maybe,
        reason: format!("the answer broke off: {}", with_causes(&error.without_url())),
    }
}

fn never(reason: String) -> TransportFault {
    TransportFault { sent: Sent::Never, reason }
}

fn too_large(limit: usize) -> TransportFault {
    TransportFault { sent: Sent::TooLarge, reason: format!("the answer is larger than {limit} bytes") }
}
