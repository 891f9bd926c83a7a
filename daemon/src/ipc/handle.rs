//! What the daemon supplies to the socket: one handler per method. Whether the caller may call is
//! decided before a handler hears of it; a handler only needs the caller to record who it was.

use std::future::Future;
use tokio::sync::mpsc;
use trueconfig_common::interface::{CallError, Method};
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::Actor;
use trueconfig_common::role::Role;
use trueconfig_core::lifecycle::Approver;

/// Who called, as the kernel and the configuration say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Uid of the socket's peer.
    pub uid: u32,
    /// The account's name; the number where it has none.
    pub name: String,
    /// Whom `sudo` hides; none where it is not known.
    pub login_uid: Option<u32>,
    /// The highest role that the configuration gives.
    pub role: Role,
    /// The groups of approvers the account belongs to.
    pub approver_of: Vec<String>,
}

impl Caller {
    /// The caller as one who approves.
    pub fn approver(&self) -> Approver {
        Approver { actor: self.actor(), groups: self.approver_of.clone() }
    }

    /// The caller as a record names it (R77).
    pub fn actor(&self) -> Actor {
        Actor::Person {
            uid: self.uid,
            name: Personal::new(&self.name),
            role: self.role,
            login_uid: self.login_uid,
        }
    }
}

/// Answers a method once.
pub trait Handle<M: Method>: Send + Sync {
    /// Does it. Once called it is run to its end, even if the client goes away, except that a
    /// stopping daemon abandons it after [`DRAIN_DEADLINE`](super::limits::DRAIN_DEADLINE).
    fn handle(
        &self,
        caller: &Caller,
        parameters: M,
    ) -> impl Future<Output = Result<M::Reply, CallError>> + Send;
}

/// Answers a method any number of times.
pub trait HandleStream<M: Method>: Send + Sync {
    /// Sends every answer but the last, and gives the last one. It is dropped at an `await` when
    /// the client goes away, or wants no more: what must go on then belongs into a task.
    fn handle(
        &self,
        caller: &Caller,
        parameters: M,
        replies: Replies<M::Reply>,
    ) -> impl Future<Output = Result<M::Reply, CallError>> + Send;
}

/// Where a stream's answers go. It holds [`QUEUE`](Self::QUEUE) of them and then makes the handler
/// wait for its reader.
#[derive(Debug)]
pub struct Replies<R> {
    sender: mpsc::Sender<R>,
}

impl<R> Replies<R> {
    /// Replies that may wait to be written.
    pub const QUEUE: usize = 4;

    /// A queue and its other end.
    pub(super) fn channel() -> (Self, mpsc::Receiver<R>) {
        let (sender, receiver) = mpsc::channel(Self::QUEUE);
        (Self { sender }, receiver)
    }

    /// Sends an answer after which others follow.
    pub async fn send(&self, answer: R) -> Result<(), CallError> {
        let gone = || CallError::Failed { reason: "the client went away".to_owned() };
        self.sender.send(answer).await.map_err(|_| gone())
    }
}

macro_rules! service {
    (once: [$($once:ty,)*], stream: [$($stream:ty,)*],) => {
        /// A handler of every method of the interface. Nobody implements it by hand: whoever has
        /// all the handlers has it, and a new method makes the compiler ask for one more.
        pub trait Service: $(Handle<$once> +)* $(HandleStream<$stream> +)* Send + Sync + 'static {}
        impl<S> Service for S where
            S: $(Handle<$once> +)* $(HandleStream<$stream> +)* Send + Sync + 'static {}
    };
}
trueconfig_common::with_methods!(service);
