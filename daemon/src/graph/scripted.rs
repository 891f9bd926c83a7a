//! A transport for tests that plays a script and remembers what it was asked.

use super::bounds::Bounds;
use super::limits::Limits;
use super::origin::Origin;
use super::token::{Credential, Registration};
use super::transport::{Answer, Outgoing, Payload, Sent, Transport, TransportFault};
use super::{Address, Connection};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::BoxFuture;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// What the transport was asked.
#[derive(Debug)]
pub struct Asked {
    pub at: Instant,
    pub method: String,
    pub url: String,
    pub bearer: Option<String>,
    pub client_request_id: String,
    pub body: String,
}

pub type Scripted = Result<Answer, TransportFault>;

/// Plays its script in order; panics when it runs out.
pub struct Script {
    pub asked: Mutex<Vec<Asked>>,
    answers: Mutex<VecDeque<Scripted>>,
    delay: Duration,
}

impl Script {
    pub fn new(answers: impl IntoIterator<Item = Scripted>) -> Arc<Self> {
        Self::slow(Duration::ZERO, answers)
    }

    pub fn slow(delay: Duration, answers: impl IntoIterator<Item = Scripted>) -> Arc<Self> {
        let answers = Mutex::new(answers.into_iter().collect());
        Arc::new(Self { asked: Mutex::default(), answers, delay })
    }

    /// Milliseconds between one request and the next.
    pub fn gaps_ms(&self) -> Vec<u128> {
        let asked = self.asked.lock().unwrap();
        asked.windows(2).map(|pair| (pair[1].at - pair[0].at).as_millis()).collect()
    }

    pub fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Transport for Script {
    fn send<'a>(&'a self, outgoing: Outgoing<'a>) -> BoxFuture<'a, Scripted> {
        let body = match outgoing.payload {
            Payload::Empty => String::new(),
            Payload::Json(bytes) => String::from_utf8(bytes.clone()).unwrap(),
            Payload::Form(form) => form.expose_secret().to_owned(),
        };
        self.asked.lock().unwrap().push(Asked {
            at: Instant::now(),
            method: outgoing.method.to_owned(),
            url: outgoing.url.to_string(),
            bearer: outgoing.bearer.map(|bearer| bearer.expose_secret().to_owned()),
            client_request_id: outgoing.client_request_id.to_string(),
            body,
        });
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move {
            tokio::time::sleep(self.delay).await;
            answer.unwrap_or_else(|| panic!("the script has no answer for {}", outgoing.url))
        })
    }
}

pub fn answer(status: u16, body: &Value) -> Scripted {
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    Ok(Answer {
        status,
        retry_after: None,
        request_id: Some(format!("graph-{status}")),
        body: Zeroizing::new(bytes),
    })
}

pub fn after(seconds: f64, answer: Scripted) -> Scripted {
    answer.map(|answer| Answer { retry_after: Some(Duration::from_secs_f64(seconds)), ..answer })
}

pub fn graph_error(status: u16, code: &str) -> Scripted {
    answer(status, &json!({"error": {"code": code, "message": format!("told {code}")}}))
}

pub fn lost() -> Scripted {
    Err(TransportFault { sent: Sent::Maybe, reason: "connection reset".to_owned() })
}

pub fn not_sent() -> Scripted {
    Err(TransportFault { sent: Sent::Never, reason: "connection refused".to_owned() })
}

/// A token that lives `life` seconds and names `roles`.
pub fn token(life: u64, roles: &[&str]) -> Scripted {
    let claims = URL_SAFE_NO_PAD.encode(json!({"roles": roles}).to_string());
    answer(
        200,
        &json!({"token_type": "Bearer", "expires_in": life, "access_token": format!("e30.{claims}.x")}),
    )
}

pub fn registration() -> Registration {
    Registration {
        tenant_id: "tenant".to_owned(),
        client_id: "client".to_owned(),
        scope: "https://graph.microsoft.com/.default".to_owned(),
        credential: Credential::Secret(SecretString::from("hush")),
    }
}

pub fn connection(limits: Limits, graph: &Arc<Script>, login: &Arc<Script>) -> Connection {
    let origin = Origin::parse("https://graph.microsoft.com").unwrap();
    let address = Address {
        graph: origin.clone(),
        login: origin,
        ca_pem: None,
        limits,
        bounds: Bounds { pages: 5, ..Bounds::default() },
    };
    Connection::over(
        address,
        Arc::clone(graph) as Arc<dyn Transport>,
        Arc::clone(login) as Arc<dyn Transport>,
    )
}
