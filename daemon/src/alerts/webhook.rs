//! Alerts by HTTPS: generic and signed as <https://www.standardwebhooks.com> says, or in the shapes of Slack and Teams.

use super::message::Message;
use super::{ChannelError, DELIVERY_TIMEOUT, Deliver, DeliveryError, format};
use crate::causes::with_causes;
use crate::graph::Origin;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use url::Url;

/// What every secret of the scheme begins with.
const KEY_PREFIX: &str = "whsec_";
/// Bytes of key that the scheme allows.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Time for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// The body's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookKind {
    /// [`Message`] as JSON, signed.
    Generic,
    /// Slack's incoming webhook.
    Slack,
    /// A Teams workflow.
    Teams,
}

/// What a webhook needs.
pub struct WebhookSettings {
    /// The body's shape.
    pub kind: WebhookKind,
    /// The address: Slack's and Teams' are secrets.
    pub url: SecretString,
    /// The key that signs; for a generic one.
    pub key: Option<SecretString>,
    /// PEM certificates of a private CA that replaces the system's.
    pub ca_pem: Option<Vec<u8>>,
}

/// An address that alerts are posted to.
pub struct Webhook {
    kind: WebhookKind,
    client: reqwest::Client,
    url: Url,
    key: Option<hmac::Key>,
}

impl Webhook {
    /// Checks address and key; nothing is sent.
    ///
    /// # Errors
    /// [`ChannelError`] without the address, which may be a secret.
    pub fn new(settings: &WebhookSettings) -> Result<Self, ChannelError> {
        let url = Url::parse(settings.url.expose_secret())
            .map_err(|error| ChannelError(format!("its URL is none ({error})")))?;
        let origin = Origin::parse(&url.origin().ascii_serialization()).map_err(|_| {
            ChannelError("its URL is not https; plain http is for loopback addresses only".to_owned())
        })?;
        let key = settings.key.as_ref().map(signing_key).transpose()?;
        let client = client(&origin, settings.ca_pem.as_deref())?;
        Ok(Self { kind: settings.kind, client, url, key })
    }

    async fn post(&self, message: &Message) -> Result<(), DeliveryError> {
        let body = match self.kind {
            WebhookKind::Generic => serde_json::to_vec(message),
            WebhookKind::Slack => serde_json::to_vec(&format::slack(message)),
            WebhookKind::Teams => serde_json::to_vec(&format::teams(message)),
        };
        let body = body.map_err(|error| DeliveryError(error.to_string()))?;
        let mut request = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json");
        if let Some(key) = &self.key {
            let timestamp = Utc::now().timestamp().to_string();
            let signature = signature(key, &message.delivery, &timestamp, &body);
            let signature =
                HeaderValue::from_str(&signature).map_err(|error| DeliveryError(error.to_string()))?;
            request = request
                .header("webhook-id", &message.delivery)
                .header("webhook-timestamp", timestamp)
                .header("webhook-signature", signature);
        }
        let answer =
            request.body(body).send().await.map_err(|error| DeliveryError(without_address(error)))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(DeliveryError(format!("it answered {status}"))),
        }
    }
}

impl Deliver for Webhook {
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), DeliveryError>> {
        Box::pin(self.post(message))
    }
}

fn client(origin: &Origin, ca_pem: Option<&[u8]>) -> Result<reqwest::Client, ChannelError> {
    // An error only says that another part of the process has installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("TrueConfig/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT)
        .timeout(DELIVERY_TIMEOUT);
    if origin.is_loopback() {
        builder = builder.no_proxy();
    }
    if let Some(pem) = ca_pem {
        let list = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| {
            ChannelError(format!("its ca_file holds no certificate: {}", with_causes(&error)))
        })?;
        builder = builder.tls_certs_only(list);
    }
    builder.build().map_err(|error| ChannelError(with_causes(&error)))
}

/// The key as the scheme writes it, `whsec_` and base64; any other text is taken for the key itself.
pub(super) fn signing_key(secret: &SecretString) -> Result<hmac::Key, ChannelError> {
    let text = secret.expose_secret();
    let bytes = match text.strip_prefix(KEY_PREFIX) {
        Some(encoded) => STANDARD
            .decode(encoded)
            .map_err(|_| ChannelError(format!("its key is no base64 behind {KEY_PREFIX}")))?,
        None => text.as_bytes().to_vec(),
    };
    if !KEY_BYTES.contains(&bytes.len()) {
        let (from, to) = (KEY_BYTES.start(), KEY_BYTES.end());
        let help = "make one with: echo \"whsec_$(openssl rand -base64 32)\"";
        return Err(ChannelError(format!("its key must have {from} to {to} bytes; {help}")));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// `v1,` and the base64 of HMAC-SHA256 over id, timestamp and body with points between.
pub(super) fn signature(key: &hmac::Key, id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(key);
    context.update(format!("{id}.{timestamp}.").as_bytes());
    context.update(body);
    format!("v1,{}", STANDARD.encode(context.sign()))
}

/// The address of a webhook is a secret.
fn without_address(error: reqwest::Error) -> String {
    with_causes(&error.without_url())
}
