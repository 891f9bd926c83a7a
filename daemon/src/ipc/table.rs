//! The one table of methods: name, least role, handler. What is not in it cannot be called.

use super::handle::{Caller, Handle, HandleStream, Replies, Service};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use trueconfig_common::interface::{Answers, CallError, FRAME_LIMIT, Method};
use trueconfig_common::role::Role;
use trueconfig_common::varlink::service::{
    GET_INFO, GET_INTERFACE_DESCRIPTION, GetInterfaceDescription, Info, InterfaceDescription, description,
};
use trueconfig_common::varlink::{Call, Failure, Reply, ServiceError, frame, qualified};

/// Methods by their qualified names.
pub type Table<S> = BTreeMap<String, Entry<S>>;

/// One method.
pub struct Entry<S> {
    /// The least role.
    pub role: Role,
    /// How often it answers.
    pub answers: Answers,
    start: fn(Arc<S>, Caller, Call) -> Work,
}

/// A call under way.
pub enum Work {
    /// Run to its end whatever the client does.
    Once(BoxFuture<'static, Vec<u8>>),
    /// Dropped when the client goes away; every frame of it, the last one without `continues`.
    Stream(BoxStream<'static, Vec<u8>>),
}

impl<S> Entry<S> {
    /// Begins a call whose caller was found to be permitted.
    pub fn start(&self, service: &Arc<S>, caller: Caller, call: Call) -> Work {
        if self.answers == Answers::More && !call.more {
            return refuse(&ServiceError::ExpectedMore {}.into());
        }
        (self.start)(Arc::clone(service), caller, call)
    }
}

macro_rules! entries {
    (once: [$($once:ty,)*], stream: [$($stream:ty,)*],) => {
        [$((qualified(<$once>::NAME), once::<S, $once>()),)*
         $((qualified(<$stream>::NAME), stream::<S, $stream>()),)*]
    };
}

/// The table of a service that has every handler.
pub fn table<S: Service>() -> Table<S> {
    let introspection = [
        (GET_INFO.to_owned(), Entry { role: Role::Viewer, answers: Answers::Once, start: get_info }),
        (
            GET_INTERFACE_DESCRIPTION.to_owned(),
            Entry { role: Role::Viewer, answers: Answers::Once, start: get_interface_description },
        ),
    ];
    trueconfig_common::with_methods!(entries).into_iter().chain(introspection).collect()
}

fn once<S: Handle<M> + 'static, M: Method + 'static>() -> Entry<S> {
    Entry { role: M::ROLE, answers: M::ANSWERS, start: start_once::<S, M> }
}

fn stream<S, M>() -> Entry<S>
where
    S: HandleStream<M> + 'static,
    M: Method<Reply: 'static> + 'static,
{
    Entry { role: M::ROLE, answers: M::ANSWERS, start: start_stream::<S, M> }
}

fn start_once<S: Handle<M> + 'static, M: Method + 'static>(
    service: Arc<S>,
    caller: Caller,
    call: Call,
) -> Work {
    match parameters::<M>(&call.parameters) {
        Ok(parameters) => {
            Work::Once(Box::pin(async move { last_frame(service.handle(&caller, parameters).await) }))
        }
        Err(failure) => refuse(&failure),
    }
}

fn start_stream<S, M>(service: Arc<S>, caller: Caller, call: Call) -> Work
where
    S: HandleStream<M> + 'static,
    M: Method<Reply: 'static> + 'static,
{
    let parameters = match parameters::<M>(&call.parameters) {
        Ok(parameters) => parameters,
        Err(failure) => return refuse(&failure),
    };
    let (replies, queue) = Replies::channel();
    let handler = Box::pin(async move { service.handle(&caller, parameters, replies).await });
    let run = Run { handler: Some(handler), last: None, queue };
    let steps = stream::unfold(run, |mut run| async { run.step().await.map(|step| (step, run)) });
    if call.more {
        return Work::Stream(Box::pin(steps.map(Step::into_frame)));
    }
    let first = steps.map(|step| last_frame(step.into_result())).take(1);
    Work::Stream(Box::pin(first))
}

/// A stream's handler and what it has sent.
struct Run<R> {
    handler: Option<BoxFuture<'static, Result<R, CallError>>>,
    last: Option<Result<R, CallError>>,
    queue: mpsc::Receiver<R>,
}

enum Step<R> {
    Continued(R),
    Last(Result<R, CallError>),
}

impl<R> Run<R> {
    // Everything sent comes before what the handler gave at its end.
    async fn step(&mut self) -> Option<Step<R>> {
        while let Some(handler) = &mut self.handler {
            tokio::select! {
                biased;
                Some(reply) = self.queue.recv() => return Some(Step::Continued(reply)),
                last = handler => {
                    self.last = Some(last);
                    self.handler = None;
                    self.queue.close();
                }
            }
        }
        match self.queue.recv().await {
            Some(reply) => Some(Step::Continued(reply)),
            None => self.last.take().map(Step::Last),
        }
    }
}

impl<R: Serialize> Step<R> {
    fn into_frame(self) -> Vec<u8> {
        match self {
            Self::Continued(reply) => encode(&Reply::continued(reply)),
            Self::Last(last) => last_frame(last),
        }
    }

    fn into_result(self) -> Result<R, CallError> {
        match self {
            Self::Continued(reply) => Ok(reply),
            Self::Last(last) => last,
        }
    }
}

fn get_info<S>(_: Arc<S>, _: Caller, _: Call) -> Work {
    Work::answer(encode(&Reply::last(Info::of_daemon())))
}

fn get_interface_description<S>(_: Arc<S>, _: Caller, call: Call) -> Work {
    let asked = match parameters::<GetInterfaceDescription>(&call.parameters) {
        Ok(asked) => asked,
        Err(failure) => return refuse(&failure),
    };
    match description(&asked.interface) {
        Some(text) => {
            let reply = InterfaceDescription { description: text.to_owned() };
            Work::answer(encode(&Reply::last(reply)))
        }
        None => refuse(&ServiceError::InterfaceNotFound { interface: shortened(&asked.interface) }.into()),
    }
}

impl Work {
    fn answer(frame: Vec<u8>) -> Self {
        Self::Once(Box::pin(std::future::ready(frame)))
    }
}

fn refuse(failure: &Failure) -> Work {
    Work::answer(error_frame(failure))
}

/// The frame of a failure.
pub fn error_frame(failure: &Failure) -> Vec<u8> {
    encode(&Reply::error(failure))
}

fn last_frame<R: Serialize>(result: Result<R, CallError>) -> Vec<u8> {
    match result {
        Ok(reply) => encode(&Reply::last(reply)),
        Err(error) => error_frame(&error.into()),
    }
}

fn encode<P: Serialize>(reply: &Reply<P>) -> Vec<u8> {
    frame::encode(reply, FRAME_LIMIT).unwrap_or_else(|error| {
        let reason = format!("the answer cannot be sent: {error}; ask for less at once");
        let failure = Failure::Call(CallError::Failed { reason });
        // A short error always fits; an empty frame would only make the client hang up.
        frame::encode(&Reply::error(&failure), FRAME_LIMIT).unwrap_or_default()
    })
}

fn parameters<M: DeserializeOwned>(given: &Value) -> Result<M, Failure> {
    let empty = Map::new();
    let fields = match given {
        Value::Object(fields) => fields,
        Value::Null => &empty,
        // Serde would take a list for a struct.
        _ => return Err(invalid("parameters")),
    };
    M::deserialize(fields).map_err(|error| invalid(&culprit::<M>(fields, &error.to_string())))
}

/// The field an error is about. Serde names it only where it is missing or unknown; otherwise it is
/// the one without which the error is another.
fn culprit<M: DeserializeOwned>(fields: &Map<String, Value>, error: &str) -> String {
    let named = ["missing field `", "unknown field `"].iter().find_map(|start| error.strip_prefix(start));
    if let Some((field, _)) = named.and_then(|rest| rest.split_once('`')) {
        return field.to_owned();
    }
    let blamed = fields.keys().find(|key| {
        let mut others = fields.clone();
        others.remove(*key);
        M::deserialize(&others).err().is_none_or(|other| other.to_string() != error)
    });
    blamed.cloned().unwrap_or_else(|| "parameters".to_owned())
}

fn invalid(parameter: &str) -> Failure {
    ServiceError::InvalidParameter { parameter: shortened(parameter) }.into()
}

/// A name the peer chose, cut so that an answer or a log line stays short.
pub fn shortened(name: &str) -> String {
    const LENGTH: usize = 128;
    name.chars().take(LENGTH).collect()
}

#[cfg(test)]
mod tests;
