//! Alerts by mail: SMTP with TLS from the start or by STARTTLS, never without.

use super::message::Message;
use super::{ChannelError, DELIVERY_TIMEOUT, Deliver, DeliveryError, format};
use crate::causes::with_causes;
use futures_util::future::BoxFuture;
use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use trueconfig_core::alert::harmless;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// In the clear until both sides agreed on TLS, which must succeed: port 587.
    #[default]
    Starttls,
    /// From the first byte: port 465.
    Implicit,
}

/// What mail needs.
pub struct MailSettings {
    /// The server's name, as its certificate has it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// Who signs in, and the password; none for a server that wants neither.
    pub login: Option<(String, SecretString)>,
    /// The sender.
    pub from: String,
    /// Whom it is for.
    pub to: Vec<String>,
    /// PEM certificates of a private CA that replaces the system's.
    pub ca_pem: Option<Vec<u8>>,
}

/// A server that alerts are sent by.
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Mail {
    /// Checks addresses and certificates; nothing is sent.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn new(settings: &MailSettings) -> Result<Self, ChannelError> {
        let tls = match settings.tls {
            MailTls::Starttls => Tls::Required(parameters(settings)?),
            MailTls::Implicit => Tls::Wrapper(parameters(settings)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(DELIVERY_TIMEOUT));
        if let Some((user, password)) = &settings.login {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        let to = settings.to.iter().map(|address| mailbox(address)).collect::<Result<_, _>>()?;
        Ok(Self { transport: builder.build(), from: mailbox(&settings.from)?, to })
    }

    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        let host = self.from.email.domain();
        let mut mail = lettre::Message::builder()
            .from(self.from.clone())
            // The same delivery has the same id: mail programs show it once.
            .message_id(Some(format!("<{}@{host}>", message.delivery)))
            .subject(format::title(message))
            .header(ContentType::TEXT_PLAIN);
        for to in &self.to {
            mail = mail.to(to.clone());
        }
        let mail = mail.body(format::plain(message)).map_err(|error| DeliveryError(error.to_string()))?;
        self.transport.send(mail).await.map(drop).map_err(|error| {
            // A server's answer may be anything.
            DeliveryError(harmless(&with_causes(&error)))
        })
    }
}

impl Deliver for Mail {
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), DeliveryError>> {
        Box::pin(async move {
            // The transport's own limit is for each step of the conversation.
            match tokio::time::timeout(DELIVERY_TIMEOUT, self.send(message)).await {
                Ok(sent) => sent,
                Err(_) => Err(DeliveryError(format!("no end within {} s", DELIVERY_TIMEOUT.as_secs()))),
            }
        })
    }
}

fn parameters(settings: &MailSettings) -> Result<TlsParameters, ChannelError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.ca_pem {
        let wrong = |error| ChannelError(format!("its ca_file holds no certificate: {error}"));
        builder = builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(pem).map_err(wrong)?);
    }
    builder.build().map_err(|error| ChannelError(format!("cannot set up TLS: {error}")))
}

fn mailbox(address: &str) -> Result<Mailbox, ChannelError> {
    address.parse().map_err(|error| ChannelError(format!("{address:?} is no mail address: {error}")))
}
