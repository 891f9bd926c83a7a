//! Stands in for the socket until its own piece lands: every peer is owner, do not ship.
#![expect(missing_docs, reason = "stands in")]
use super::handle::{Caller, Handle, HandleStream, Replies, Service};
use crate::config::Config;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::{UnixListener, UnixStream};
use trueconfig_common::interface::{FRAME_LIMIT, Method, PERMISSIONS};
use trueconfig_common::role::Role;
use trueconfig_common::varlink::{Call, Failure, FrameReader, Reply, frame, service};

pub struct Server;
pub struct Running(tokio::task::JoinHandle<()>);
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SocketError(#[from] std::io::Error);
impl Running {
    pub async fn stop(self) {
        self.0.abort();
    }
}
pub fn permissions() -> BTreeMap<String, Role> {
    PERMISSIONS.iter().map(|one| (one.method.to_owned(), one.role)).collect()
}
impl Server {
    pub async fn start<S: Service>(config: &Config, service: S) -> Result<Running, SocketError> {
        let _ = std::fs::remove_file(&config.socket);
        let listener = UnixListener::bind(&config.socket)?;
        let service = Arc::new(service);
        Ok(Running(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&service)));
            }
        })))
    }
}
async fn serve<S: Service>(stream: UnixStream, service: Arc<S>) {
    let caller = Caller { uid: 0, name: "root".into(), login_uid: None, role: Role::Owner };
    let (read, mut write) = stream.into_split();
    let mut frames = FrameReader::new(read, FRAME_LIMIT);
    while let Ok(Some(frame)) = frames.next().await {
        let Ok(call) = frame::decode::<Call>(&frame) else { return };
        if call.method == service::GET_INFO {
            let reply = Reply::last(service::Info::of_daemon());
            let Ok(bytes) = frame::encode(&reply, FRAME_LIMIT) else { return };
            let _ = write.write_all(&bytes).await;
            continue;
        }
        answer(&*service, &caller, call, &mut write).await;
    }
}
async fn send<P: serde::Serialize>(write: &mut tokio::net::unix::OwnedWriteHalf, reply: &Reply<P>) {
    if let Ok(bytes) = frame::encode(reply, FRAME_LIMIT) {
        let _ = frame::write(write, &bytes).await;
    }
}
macro_rules! dispatch {
    (once: [$($once:ty,)*], stream: [$($stream:ty,)*],) => {
        async fn answer<S: Service>(service: &S, caller: &Caller, call: Call, write: &mut tokio::net::unix::OwnedWriteHalf) {
            let name = call.method.rsplit('.').next().unwrap_or_default().to_owned();
            $(if name == <$once as Method>::NAME {
                let Ok(params) = serde_json::from_value::<$once>(call.parameters.clone()) else { return };
                match Handle::<$once>::handle(service, caller, params).await {
                    Ok(reply) => send(write, &Reply::last(reply)).await,
                    Err(error) => send(write, &Reply::error(&Failure::from(error))).await,
                }
                return;
            })*
            $(if name == <$stream as Method>::NAME {
                let Ok(params) = serde_json::from_value::<$stream>(call.parameters.clone()) else { return };
                let (replies, mut queue) = Replies::channel();
                let handled = HandleStream::<$stream>::handle(service, caller, params, replies);
                tokio::pin!(handled);
                loop {
                    tokio::select! {
                        biased;
                        Some(one) = queue.recv() => if call.more { send(write, &Reply::continued(one)).await },
                        done = &mut handled => {
                            match done {
                                Ok(reply) => send(write, &Reply::last(reply)).await,
                                Err(error) => send(write, &Reply::error(&Failure::from(error))).await,
                            }
                            return;
                        }
                    }
                }
            })*
        }
    };
}
trueconfig_common::with_methods!(dispatch);
