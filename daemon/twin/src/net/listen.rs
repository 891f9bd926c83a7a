//! Accepting connections: one loop per listener, a bound on connections, an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Duration, timeout};
use tokio_rustls::TlsAcceptor;

use crate::TwinError;
use crate::service::{Hangup, Scheme, Service};

/// Most connections of one listener at a time; more wait in the kernel.
const MAX_CONNECTIONS: usize = 512;
/// Longest TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest wait for running requests when the twin stops.
const DRAIN: Duration = Duration::from_secs(2);
/// Pause after a failed accept, so that a lack of descriptors does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Opens a listener; only loopback is accepted, since the twin answers to weak secrets.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, TwinError> {
    if !address.ip().is_loopback() {
        return Err(TwinError::NotLoopback(address));
    }
    TcpListener::bind(address).await.map_err(|source| TwinError::Bind { address, source })
}

/// Serves a listener until `stop` becomes true or its sender is gone.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    service: Arc<Service>,
    mut stop: watch::Receiver<bool>,
) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(permit) = permits.clone().acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (tls, service, stop) = (tls.clone(), Arc::clone(&service), stop.clone());
        connections.spawn(async move {
            connection(stream, tls, service, stop).await;
            drop(permit);
        });
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if timeout(DRAIN, drained).await.is_err() {
        connections.shutdown().await;
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    service: Arc<Service>,
    stop: watch::Receiver<bool>,
) {
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    match tls {
        None => requests(stream, Scheme::Http, service, stop).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
                requests(stream, Scheme::Https, service, stop).await;
            }
        }
    }
}

async fn requests<S>(stream: S, scheme: Scheme, service: Arc<Service>, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let service = Arc::clone(&service);
        async move {
            let response = service.exchange(scheme, request).await;
            // A dropped connection is an error of the service: hyper closes without an answer.
            if response.extensions().get::<Hangup>().is_some() { Err(Dropped) } else { Ok(response) }
        }
    });
    let builder = Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// A connection dropped on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the connection was dropped on purpose")]
struct Dropped;
