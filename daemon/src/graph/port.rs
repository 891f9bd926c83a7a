//! The two ports to a tenant. They are separate types, so that whoever holds only a [`ReadPort`]
//! is unable to write. A simulation implements both over a model in memory.

use super::error::{Fault, GraphError};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use trueconfig_common::change::GraphRequest;
use trueconfig_common::remediation::CallRecord;
use uuid::Uuid;

/// What to read.
#[derive(Clone, Copy, Debug)]
pub enum ReadFrom<'a> {
    /// A Graph path with query, such as `/v1.0/users?$top=999`.
    Path(&'a str),
    /// A nextLink or deltaLink exactly as Graph gave it.
    Link(&'a str),
}

impl ReadFrom<'_> {
    /// Method and address without query, which may hold a page token.
    pub fn label(&self) -> String {
        let (Self::Path(text) | Self::Link(text)) = self;
        format!("GET {}", text.split('?').next().unwrap_or(text))
    }
}

/// The body of a successful read.
#[derive(Debug)]
pub struct Body {
    /// JSON bytes.
    pub bytes: Vec<u8>,
    /// Every try.
    pub calls: Vec<CallRecord>,
}

/// One object, or its proven absence.
#[derive(Clone, Debug)]
pub struct ObjectRead {
    /// The object; none where Graph says 404.
    pub value: Option<Value>,
    /// Every try.
    pub calls: Vec<CallRecord>,
}

/// Reads a tenant.
pub trait ReadPort: Send + Sync {
    /// Reads one object or one page. Repeats as the bounds allow.
    fn read<'a>(&'a self, from: ReadFrom<'a>) -> BoxFuture<'a, Result<Body, GraphError>>;

    /// Reads many small things, twenty in one request; answers stand in the order of `paths`.
    fn batch<'a>(&'a self, paths: &'a [String]) -> BoxFuture<'a, Vec<Result<Value, GraphError>>>;

    /// Application permissions the token names; empty where that cannot be told.
    fn granted<'a>(&'a self) -> BoxFuture<'a, Result<BTreeSet<String>, GraphError>>;

    /// Requests made so far, those for tokens included.
    fn requests(&self) -> u64;

    /// Most pages of one list.
    fn most_pages(&self) -> u32;

    /// Reads one object; 404 is an answer, not a failure.
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<ObjectRead, GraphError>> {
        Box::pin(async move {
            match self.read(ReadFrom::Path(path)).await {
                Ok(body) => object(path, body),
                Err(error) if error.fault == Fault::NotFound => {
                    Ok(ObjectRead { value: None, calls: error.into_failure().calls })
                }
                Err(error) => Err(error),
            }
        })
    }
}

/// Writes to a tenant.
pub trait WritePort: Send + Sync {
    /// Sends a request once. `client_request_id` is in the journal already, and every try carries it.
    ///
    /// It is sent again only after an answer that proves that it was not processed (401, 429), or
    /// where no connection was made.
    fn write<'a>(&'a self, request: &'a GraphRequest, client_request_id: Uuid)
    -> BoxFuture<'a, WriteOutcome>;

    /// Application permissions the token names; empty where that cannot be told.
    fn granted<'a>(&'a self) -> BoxFuture<'a, Result<BTreeSet<String>, GraphError>>;
}

/// How a write ended.
#[derive(Debug)]
pub enum WriteOutcome {
    /// It took effect.
    Done {
        /// The answer's body without secrets; null where there is none.
        body: Value,
        /// The new secret's value, told only here.
        secret: Option<SecretString>,
        /// Every try.
        calls: Vec<CallRecord>,
    },
    /// Nothing changed.
    Refused {
        /// HTTP status; none where it was never sent.
        status: Option<u16>,
        /// Graph's code or ours.
        code: String,
        /// In words, with what to do where we know.
        message: String,
        /// The permission that is missing, where that is the cause.
        permission: Option<String>,
        /// Every try.
        calls: Vec<CallRecord>,
    },
    /// It may have taken effect or not: the target must be read.
    Unknown {
        /// Why that cannot be told.
        reason: String,
        /// Every try.
        calls: Vec<CallRecord>,
    },
}

/// How much a list held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListRead {
    /// Pages read.
    pub pages: u32,
    /// Items in them.
    pub items: u64,
}

/// A list that broke off.
#[derive(Clone, Debug)]
pub struct ListBroken {
    /// What was read before.
    pub read: ListRead,
    /// What stopped it.
    pub error: GraphError,
}

/// Reads a list page by page and hands each page on as soon as it is there.
///
/// A page may be empty and still lead on. The pages are bounded, and a link that leads to itself is refused.
pub async fn each_page<T: DeserializeOwned>(
    port: &dyn ReadPort,
    path: &str,
    take: impl FnMut(Vec<T>) + Send,
) -> Result<ListRead, ListBroken> {
    each_page_from(port, ReadFrom::Path(path), take).await
}

/// The same from a page in the middle on.
pub(super) async fn each_page_from<T: DeserializeOwned>(
    port: &dyn ReadPort,
    from: ReadFrom<'_>,
    mut take: impl FnMut(Vec<T>) + Send,
) -> Result<ListRead, ListBroken> {
    let mut read = ListRead::default();
    let mut link: Option<String> = None;
    loop {
        let page = match port.read(link.as_deref().map_or(from, ReadFrom::Link)).await {
            Ok(body) => page::<T>(from.label(), body),
            Err(error) => Err(error),
        };
        let (items, next) = page.map_err(|error| ListBroken { read, error })?;
        read.pages += 1;
        read.items += items.len() as u64;
        take(items);
        let Some(next) = next else { return Ok(read) };
        if let Some(error) = endless(from.label(), &next, link.as_deref(), read.pages, port.most_pages()) {
            return Err(ListBroken { read, error });
        }
        link = Some(next);
    }
}

fn endless(call: String, next: &str, current: Option<&str>, pages: u32, most: u32) -> Option<GraphError> {
    if current == Some(next) {
        let message = "the next page is this page again";
        return Some(GraphError::local(&call, Fault::Shape, "page_loop", message, Vec::new()));
    }
    let message = format!("the list has more than {most} pages");
    (pages >= most).then(|| GraphError::local(&call, Fault::TooMuch, "too_many_pages", &message, Vec::new()))
}

fn page<T: DeserializeOwned>(call: String, body: Body) -> Result<(Vec<T>, Option<String>), GraphError> {
    #[derive(serde::Deserialize)]
    struct Page<T> {
        value: Vec<T>,
        #[serde(rename = "@odata.nextLink")]
        next: Option<String>,
    }
    match serde_json::from_slice::<Page<T>>(&body.bytes) {
        Ok(page) => Ok((page.value, page.next)),
        Err(error) => Err(misshapen(&call, &error, body.calls)),
    }
}

fn object(path: &str, body: Body) -> Result<ObjectRead, GraphError> {
    match serde_json::from_slice(&body.bytes) {
        Ok(value) => Ok(ObjectRead { value: Some(value), calls: body.calls }),
        Err(error) => Err(misshapen(&ReadFrom::Path(path).label(), &error, body.calls)),
    }
}

/// An answer that is not what Graph documents.
pub(super) fn misshapen(call: &str, error: &serde_json::Error, calls: Vec<CallRecord>) -> GraphError {
    let message = format!("the answer has an unexpected shape: {error}");
    GraphError::local(call, Fault::Shape, "shape", &message, calls)
}
