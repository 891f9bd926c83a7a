//! The server through its socket, with handlers that only say that they were reached.

mod hostile;
mod permissions;
mod serving;

use super::accounts::{Accounts, Directory};
use super::handle::{Caller, Handle, HandleStream, Replies};
use super::limits::Deadlines;
use super::roles::Account;
use super::{Listener, Server};
use crate::config::{Principal, Roles};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use trueconfig_common::interface::{CallError, Method};
use trueconfig_common::role::Role;

/// Longest wait for anything that should happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a handler says when it was reached.
const REACHED: &str = "reached";

/// Answers every method with [`REACHED`], `Kill` only once it has a permit. Streams send pages of
/// [`PAGE`](Self::PAGE) bytes without end, except `StartScan`, which sends two and a last one, and
/// `Subscribe`, which is silent.
#[derive(Clone, Default)]
struct Stub {
    state: Arc<State>,
}

struct State {
    permits: Semaphore,
    entered: Semaphore,
    dropped: AtomicBool,
}

impl Default for State {
    fn default() -> Self {
        Self { permits: Semaphore::new(0), entered: Semaphore::new(0), dropped: AtomicBool::new(false) }
    }
}

impl Stub {
    const PAGE: usize = 200_000;

    async fn entered(&self) {
        let entered = self.state.entered.acquire();
        tokio::time::timeout(PATIENCE, entered).await.unwrap().unwrap().forget();
    }
}

fn reached(caller: &Caller) -> CallError {
    CallError::Failed { reason: format!("{REACHED} by {} as {}", caller.name, caller.role) }
}

impl<M: Method + Sync + 'static> Handle<M> for Stub {
    async fn handle(&self, caller: &Caller, _: M) -> Result<M::Reply, CallError> {
        if M::NAME == "Kill" {
            self.state.entered.add_permits(1);
            let permit = self.state.permits.acquire().await;
            permit.map_err(|_| reached(caller))?.forget();
        }
        Err(reached(caller))
    }
}

struct Dropped(Arc<State>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.dropped.store(true, Ordering::SeqCst);
    }
}

impl<M: Method + Sync + 'static> HandleStream<M> for Stub {
    async fn handle(&self, _: &Caller, _: M, replies: Replies<M::Reply>) -> Result<M::Reply, CallError> {
        let _dropped = Dropped(Arc::clone(&self.state));
        let progress = |scan: u64| {
            json!({ "scan": scan, "started_at": "2026-11-24T10:00:00Z", "phase": "done", "objects": {},
                "families": 0, "requests": 0, "summary": null, "error": "" })
        };
        let read = |value: Value| serde_json::from_value(value).unwrap();
        if M::NAME == "StartScan" {
            replies.send(read(progress(1))).await?;
            replies.send(read(progress(2))).await?;
            return Ok(read(progress(3)));
        }
        if M::NAME == "Subscribe" {
            self.state.entered.add_permits(1);
            return std::future::pending().await;
        }
        loop {
            replies.send(read(json!({ "lines": ["x".repeat(Self::PAGE)] }))).await?;
            self.state.entered.add_permits(1);
        }
    }
}

/// A name service whose answer a test may change.
#[derive(Clone)]
struct Known(Arc<Mutex<Option<Account>>>);

impl Accounts for Known {
    fn look_up(&self, uid: u32, _: &[String]) -> Result<Account, nix::Error> {
        let account = self.0.lock().unwrap().clone();
        account.map(|account| Account { uid, ..account }).ok_or(nix::Error::EIO)
    }
}

impl Known {
    fn as_user(name: &str) -> Self {
        let known = Self(Arc::default());
        known.become_user(name);
        known
    }

    fn become_user(&self, name: &str) {
        *self.0.lock().unwrap() = Some(Account {
            uid: 0,
            name: Some(name.into()),
            gids: Default::default(),
            groups: Default::default(),
        });
    }

    fn fail(&self) {
        *self.0.lock().unwrap() = None;
    }
}

/// Each role's name is a user that has it.
fn roles() -> Roles {
    let lists = Role::ALL.into_iter().map(|role| (role, vec![Principal::User(role.to_string())]));
    lists.collect()
}

/// A server at work.
struct Running {
    path: PathBuf,
    stub: Stub,
    known: Known,
    stop: CancellationToken,
    task: JoinHandle<()>,
    _folder: TempDir,
}

impl Running {
    fn as_role(role: Role) -> Self {
        Self::start(role.as_str(), Deadlines::default())
    }

    fn start(user: &str, deadlines: Deadlines) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let (stub, known, stop) = (Stub::default(), Known::as_user(user), CancellationToken::new());
        let listener = Listener::bind(&path, None).unwrap();
        let directory = Directory::new(roles(), Default::default(), Arc::new(known.clone()));
        let server = Server::with_directory(listener, directory, stub.clone(), stop.clone(), deadlines);
        Self { path, stub, known, stop, task: tokio::spawn(server.run()), _folder: folder }
    }

    /// A connection that sends what it likes.
    fn raw(&self) -> Raw {
        Raw::connect(&self.path).unwrap()
    }

    async fn stopped(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap();
    }
}

/// A blocking client that knows nothing of ours.
struct Raw(UnixStream);

impl Raw {
    fn connect(path: &Path) -> std::io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(stream))
    }

    fn send(&mut self, bytes: &[u8]) {
        // A server that has hung up is found out by reading.
        let _ = self.0.write_all(bytes);
    }

    fn receive(&mut self) -> Option<Value> {
        let mut frame = Vec::new();
        let mut byte = [0];
        loop {
            match self.0.read(&mut byte) {
                Ok(1) if byte[0] == 0 => return Some(serde_json::from_slice(&frame).unwrap()),
                Ok(1) => frame.push(byte[0]),
                Ok(_) => return None,
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("neither an answer nor the end: {error}"),
            }
        }
    }

    fn call(&mut self, method: &str, parameters: &Value, more: bool) -> Option<Value> {
        let call = json!({ "method": method, "parameters": parameters, "more": more });
        self.send(format!("{call}\0").as_bytes());
        self.receive()
    }
}

impl Running {
    /// Waits until a stream's handler was dropped.
    async fn stream_ended(&self) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !self.stub.state.dropped.load(Ordering::SeqCst) {
            assert!(tokio::time::Instant::now() < deadline, "its handler still runs");
            tokio::task::yield_now().await;
        }
    }
}

/// Runs blocking work beside the server.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}
