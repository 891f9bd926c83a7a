//! The request surface of Microsoft Graph: paths, options, answers, errors, batches.

mod answer;
pub(crate) mod batch;
mod call;
mod delta;
mod error;
mod expand;
mod filter;
mod filter_tokens;
pub(crate) mod path;
pub(crate) mod query;
mod read;
mod references;
mod route;
mod search;
mod serve;
mod shown;
mod write;

pub(crate) use answer::Answer;
pub(crate) use call::{Call, Caller};
pub(crate) use error::GraphError;
pub(crate) use serve::serve;
