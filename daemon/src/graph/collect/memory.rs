//! Pages of lists kept while a scan is under way, so that one that was cut short goes on where it was.

use super::super::error::GraphError;
use super::super::port::{Body, ReadFrom, ReadPort};
use futures_util::future::BoxFuture;
use serde_json::Value;
use std::collections::BTreeSet;

/// Keeps pages beyond the end of this process. What it lost is only read again.
pub trait PageMemory: Send + Sync {
    /// A page by the path or link it was read from, if it was kept and is fresh enough.
    fn recall(&self, from: &str) -> Option<Vec<u8>>;
    /// Keeps a page of the list that begins at the path `list`.
    fn keep(&self, list: &str, from: &str, body: &[u8]);
    /// Lets all pages of a list go.
    fn forget(&self, list: &str);
    /// The list was read to its end: when the scan has ended, its pages go.
    fn done(&self, list: &str);
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoMemory;

impl PageMemory for NoMemory {
    fn recall(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn keep(&self, _: &str, _: &str, _: &[u8]) {}

    fn forget(&self, _: &str) {}

    fn done(&self, _: &str) {}
}

/// A port that asks for a page of a list only if the memory does not have it.
pub(super) struct Remembered<'a> {
    pub port: &'a dyn ReadPort,
    pub memory: &'a dyn PageMemory,
    /// The path the list begins at.
    pub list: &'a str,
}

impl ReadPort for Remembered<'_> {
    fn read<'a>(&'a self, from: ReadFrom<'a>) -> BoxFuture<'a, Result<Body, GraphError>> {
        Box::pin(async move {
            let (ReadFrom::Path(text) | ReadFrom::Link(text)) = from;
            if let Some(bytes) = self.memory.recall(text) {
                return Ok(Body { bytes, calls: Vec::new() });
            }
            let body = self.port.read(from).await?;
            self.memory.keep(self.list, text, &body.bytes);
            Ok(body)
        })
    }

    fn batch<'a>(&'a self, paths: &'a [String]) -> BoxFuture<'a, Vec<Result<Value, GraphError>>> {
        self.port.batch(paths)
    }

    fn granted<'a>(&'a self) -> BoxFuture<'a, Result<BTreeSet<String>, GraphError>> {
        self.port.granted()
    }

    fn requests(&self) -> u64 {
        self.port.requests()
    }

    fn most_pages(&self) -> u32 {
        self.port.most_pages()
    }
}
