//! A mail server on loopback that takes mail over TLS only, and only from who signs in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Who may sign in.
pub const MAIL_USER: &str = "alerts";
/// With this password.
pub const MAIL_PASSWORD: &str = "correct horse";

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// After STARTTLS.
    Asked,
    /// At once.
    AtOnce,
}

/// See the module.
pub struct MailSink {
    /// Where it listens.
    pub address: SocketAddr,
    /// The certificate to believe, as PEM.
    pub ca_pem: String,
    mails: Arc<Mutex<Vec<String>>>,
}

/// How a conversation goes on.
enum Next<S> {
    Tls(S),
    End,
}

impl MailSink {
    /// Starts one.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start(begins: Begins) -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let (der, key) = (made.cert.der().clone(), made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("protocols")
            .with_no_client_auth()
            .with_single_cert(vec![der], rustls::pki_types::PrivatePkcs8KeyDer::from(key).into())
            .expect("a pair");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&mails);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, acceptor.clone(), begins, Arc::clone(&kept)));
            }
        });
        Self { address, ca_pem: made.cert.pem(), mails }
    }

    /// Mails that were taken, whole.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("no panic").clone()
    }
}

async fn serve(socket: TcpStream, acceptor: TlsAcceptor, begins: Begins, mails: Arc<Mutex<Vec<String>>>) {
    let socket = match begins {
        Begins::AtOnce => socket,
        Begins::Asked => match converse(socket, None).await {
            Ok(Next::Tls(socket)) => socket,
            _ => return,
        },
    };
    let Ok(tls) = acceptor.accept(socket).await else { return };
    // What goes wrong here the sender notices.
    let _ = converse(tls, Some((mails, begins))).await;
}

/// Speaks SMTP; without somewhere to keep mail, which is before TLS, it takes none.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    keep: Option<(Arc<Mutex<Vec<String>>>, Begins)>,
) -> std::io::Result<Next<S>> {
    let mut stream = BufReader::new(stream);
    // After STARTTLS the client speaks first.
    if !matches!(keep, Some((_, Begins::Asked))) {
        say(&mut stream, "220 sink").await?;
    }
    let mut signed_in = false;
    loop {
        let line = hear(&mut stream).await?;
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        match (verb.as_str(), &keep) {
            ("", _) => return Ok(Next::End),
            ("EHLO", None) => say(&mut stream, "250-sink\r\n250 STARTTLS").await?,
            ("EHLO", Some(_)) => say(&mut stream, "250-sink\r\n250 AUTH PLAIN").await?,
            ("STARTTLS", None) => {
                say(&mut stream, "220 go on").await?;
                return Ok(Next::Tls(stream.into_inner()));
            }
            ("AUTH", Some(_)) => {
                let proof = STANDARD.encode(format!("\0{MAIL_USER}\0{MAIL_PASSWORD}"));
                signed_in = line == format!("AUTH PLAIN {proof}");
                say(&mut stream, if signed_in { "235 welcome" } else { "535 who?" }).await?;
            }
            ("MAIL" | "RCPT", Some(_)) if signed_in => say(&mut stream, "250 fine").await?,
            ("DATA", Some((mails, _))) if signed_in => {
                say(&mut stream, "354 go on").await?;
                let mail = until_dot(&mut stream).await?;
                mails.lock().expect("no panic").push(mail);
                say(&mut stream, "250 taken").await?;
            }
            ("QUIT", _) => return say(&mut stream, "221 bye").await.map(|()| Next::End),
            _ => say(&mut stream, "530 not so").await?,
        }
    }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

async fn hear<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    Ok(line.trim_end().to_owned())
}

async fn until_dot<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut mail = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(mail);
        }
        mail.push_str(&line);
    }
}
