//! Hears what the tenant answers, as nobody else in a test can: a new secret is in one answer only, and the
//! twin keeps and logs it no more than Graph does.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

/// How a secret begins in an answer.
const SECRET: &[u8] = b"\"secretText\":\"";

/// Stands between daemon and tenant.
#[derive(Clone)]
pub struct Wiretap {
    /// Where the daemon is to connect.
    pub address: SocketAddr,
    upstream: Arc<OnceLock<SocketAddr>>,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Wiretap {
    /// Listens; where to is said later.
    pub async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("a listener has an address");
        let tap = Self { address, upstream: Arc::default(), heard: Arc::default() };
        let taken = tap.clone();
        tokio::spawn(async move {
            while let Ok((daemon, _)) = listener.accept().await {
                let tap = taken.clone();
                tokio::spawn(async move { tap.pass(daemon).await });
            }
        });
        tap
    }

    /// Passes everything on to a tenant given by its URL; gives the URL of this end.
    pub fn before(&self, url: &str) -> String {
        let upstream = url.trim_start_matches("http://").parse().expect("a twin is on loopback");
        self.upstream.set(upstream).expect("this is said once");
        format!("http://{}", self.address)
    }

    async fn pass(&self, daemon: TcpStream) {
        let upstream = *self.upstream.get().expect("the tenant is known before anybody connects");
        let tenant = TcpStream::connect(upstream).await.expect("the tenant listens");
        let (mut asks, mut hears) = daemon.into_split();
        let (mut answers, mut asked) = tenant.into_split();
        tokio::spawn(async move {
            let _ = copy(&mut asks, &mut asked).await;
            let _ = asked.shutdown().await;
        });
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = answers.read(&mut bytes).await {
            self.heard.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&bytes[..length]);
            if hears.write_all(&bytes[..length]).await.is_err() {
                return;
            }
        }
    }

    /// Every secret that was answered, in order.
    pub fn secrets(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let places = heard.windows(SECRET.len()).enumerate().filter(|(_, window)| *window == SECRET);
        let secret = |place: usize| {
            let rest = heard[place + SECRET.len()..].iter().copied();
            String::from_utf8(rest.take_while(|byte| *byte != b'"').collect()).expect("secrets are text")
        };
        places.map(|(place, _)| secret(place)).collect()
    }
}
