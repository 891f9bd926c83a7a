//! A receiver of webhooks on loopback: keeps what it gets, and answers as a test wants.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

/// The key that every sink's senders are given, as the scheme writes it.
pub const HOOK_KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSwMfKQ9r8GKYo=";
/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;
/// Stands for no answer at all.
const SILENT: u16 = 0;

/// One request.
#[derive(Clone, Debug)]
pub struct Hook {
    /// `webhook-id`.
    pub id: String,
    /// Whether the signature fits.
    pub signed: bool,
    /// The body.
    pub body: Value,
    /// Whether it was answered with 200.
    pub taken: bool,
}

/// See the module.
#[derive(Clone)]
pub struct HookSink {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    hooks: Mutex<Vec<Hook>>,
    answer: AtomicU16,
}

impl HookSink {
    /// Starts one that takes everything.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start() -> Self {
        let shared = Arc::new(Shared { hooks: Mutex::default(), answer: AtomicU16::new(200) });
        let router = Router::new().fallback(take).with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, shared }
    }

    /// Answers with this status from now on.
    pub fn answer(&self, status: u16) {
        self.shared.answer.store(status, Ordering::SeqCst);
    }

    /// Takes requests and never answers from now on.
    pub fn fall_silent(&self) {
        self.answer(SILENT);
    }

    /// What came so far.
    pub fn hooks(&self) -> Vec<Hook> {
        self.shared.hooks.lock().expect("no panic").clone()
    }

    /// Ids of the alerts in requests that were taken.
    pub fn taken(&self) -> BTreeSet<String> {
        let taken = self.hooks().into_iter().filter(|hook| hook.taken);
        taken.flat_map(|hook| ids(&hook.body)).collect()
    }
}

/// Ids of the alerts in a body.
pub fn ids(body: &Value) -> Vec<String> {
    let alerts = body["alerts"].as_array().into_iter().flatten();
    alerts.filter_map(|alert| alert["id"].as_str().map(str::to_owned)).collect()
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let key = STANDARD.decode(HOOK_KEY.trim_start_matches("whsec_")).expect("base64");
    let content = [format!("{id}.{timestamp}.").as_bytes(), &body].concat();
    let signature = format!("v1,{}", STANDARD.encode(hmac_sha256(&key, &content)));
    let answer = shared.answer.load(Ordering::SeqCst);
    let hook = Hook {
        id: id.to_owned(),
        signed: header("webhook-signature") == signature,
        body: serde_json::from_slice(&body).unwrap_or_default(),
        taken: answer == 200,
    };
    shared.hooks.lock().expect("no panic").push(hook);
    if answer == SILENT {
        std::future::pending::<()>().await;
    }
    StatusCode::from_u16(answer).expect("a status")
}

/// RFC 2104 by hand: the product's library must not be its own judge.
fn hmac_sha256(key: &[u8], content: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; BLOCK];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::digest([&pad(0x36)[..], content].concat());
    Sha256::digest([&pad(0x5c)[..], &inner[..]].concat()).to_vec()
}
