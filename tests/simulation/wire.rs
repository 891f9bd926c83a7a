//! The network: requests of the daemon go to the twin in this process. Judges see each write before it leaves
//! and after it was answered; somebody else may change the tenant in between.

use crate::site::Site;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response};
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use trueconfig_daemon::graph::{Answer, Outgoing, Payload, Sent, Transport, TransportFault};
use trueconfig_twin::Hangup;

/// How long a request takes.
const LATENCY: Duration = Duration::from_millis(20);

/// Longest answer in bytes.
const MAX_BODY: usize = 64 << 20;

/// See the module.
pub struct Wire {
    router: Router,
    site: Arc<Site>,
}

impl Wire {
    pub fn new(site: Arc<Site>) -> Self {
        Self { router: site.twin.router(), site }
    }

    async fn exchange(&self, outgoing: Outgoing<'_>) -> Result<Answer, TransportFault> {
        tokio::time::sleep(LATENCY).await;
        if self.site.power.is_off() || self.site.goes_before_request() {
            return std::future::pending().await;
        }
        let is_write = outgoing.method != "GET"
            && outgoing.url.path().starts_with("/v1.0/")
            && !outgoing.url.path().ends_with("/$batch");
        if is_write {
            self.site.before_write(&outgoing);
        }
        let response = self.router.clone().oneshot(request(&outgoing)).await.expect("a router answers");
        let hung_up = response.extensions().get::<Hangup>().is_some();
        let answer = answer(response).await;
        self.site.answered(&outgoing, &answer, hung_up, is_write);
        if self.site.goes_after_request() {
            return std::future::pending().await;
        }
        if hung_up {
            return Err(TransportFault { sent: Sent::Maybe, reason: "connection reset".to_owned() });
        }
        Ok(answer)
    }
}

impl Transport for Wire {
    fn send<'a>(
        &'a self,
        outgoing: Outgoing<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, TransportFault>> + Send + 'a>> {
        Box::pin(self.exchange(outgoing))
    }
}

/// The body of a request, as bytes.
pub fn body(payload: &Payload) -> Vec<u8> {
    match payload {
        Payload::Empty => Vec::new(),
        Payload::Json(bytes) => bytes.clone(),
        Payload::Form(form) => form.expose_secret().as_bytes().to_vec(),
    }
}

fn request(outgoing: &Outgoing<'_>) -> Request<Body> {
    let kind = match outgoing.payload {
        Payload::Form(_) => "application/x-www-form-urlencoded",
        Payload::Empty | Payload::Json(_) => "application/json",
    };
    let mut request = Request::builder()
        .method(outgoing.method)
        .uri(outgoing.url.as_str())
        .header("content-type", kind)
        .header("client-request-id", outgoing.client_request_id.to_string());
    for (name, value) in outgoing.headers {
        request = request.header(*name, *value);
    }
    if let Some(bearer) = outgoing.bearer {
        request = request.header("authorization", format!("Bearer {}", bearer.expose_secret()));
    }
    request.body(Body::from(body(outgoing.payload))).expect("a request can be made")
}

async fn answer(response: Response<Body>) -> Answer {
    let status = response.status().as_u16();
    let text = |headers: &HeaderMap, name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    let retry_after = text(response.headers(), "retry-after");
    let request_id = text(response.headers(), "request-id");
    let body = to_bytes(response.into_body(), MAX_BODY).await.expect("an answer can be read");
    Answer {
        status,
        retry_after: retry_after.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs_f64),
        request_id,
        body: Zeroizing::new(body.to_vec()),
    }
}
