//! Reading one family: a list page by page, one object, or once per object of another family.

use super::super::error::{Fault, GraphError};
use super::super::port::{ListBroken, ListRead, ReadFrom, ReadPort, each_page, each_page_from};
use super::Wanted;
use super::basis::Marks;
use super::memory::{PageMemory, Remembered};
use super::progress::Counter;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use trueconfig_core::snapshot::{AuditEntry, Family, FamilyName, Id, Row};

/// Objects whose details are asked for at a time: ten batches.
const AT_A_TIME: usize = 200;

/// What every family is read with.
pub(super) struct Reading<'a> {
    pub port: &'a dyn ReadPort,
    pub counter: Counter<'a>,
    /// What is asked for.
    pub wanted: &'a Wanted<'a>,
    /// Pages kept by a scan that was cut short.
    pub memory: &'a dyn PageMemory,
    /// Families taken over from an earlier scan, and when they were read.
    pub carried: BTreeMap<FamilyName, DateTime<Utc>>,
    /// Delta queries to follow instead of reading a family in full.
    pub deltas: BTreeMap<FamilyName, String>,
    /// What the audit log says since the last scan.
    pub audits: Vec<AuditEntry>,
    /// Where the next scan may start from.
    pub marks: Mutex<Marks>,
    /// Objects that delta queries named.
    pub changed: Mutex<BTreeMap<FamilyName, BTreeSet<Id>>>,
}

/// A question about one object: whose, and where its answer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question<K> {
    /// Whose details they are.
    pub about: K,
    /// The path of a list.
    pub path: String,
}

impl Reading<'_> {
    /// A list, each page handed on as soon as it is there.
    pub(super) async fn list<T: DeserializeOwned + Row + Send>(&self, path: &str) -> Family<T> {
        self.list_as(path, |row: T| row).await
    }

    /// A list whose items are turned into rows as they come.
    pub(super) async fn list_as<I, T>(&self, path: &str, mut turn: impl FnMut(I) -> T + Send) -> Family<T>
    where
        I: DeserializeOwned + Send,
        T: Row + Send,
    {
        let mut family = Family::reading();
        let mut result = self.pages_of(path, &mut family, &mut turn).await;
        if result.as_ref().is_err_and(|broken| broken.read.pages > 0 && is_expired(&broken.error)) {
            // The link to the next page has run out: only the beginning of the list still leads on.
            self.memory.forget(path);
            family = Family::reading();
            self.counter.again(T::FAMILY, self.port.requests());
            result = self.pages_of(path, &mut family, &mut turn).await;
        }
        let error = result.err().map(|broken| broken.error);
        match &error {
            None => self.memory.done(path),
            // What broke off for another reason would break off there again.
            Some(error) if !is_outage(error) => self.memory.forget(path),
            Some(_) => {}
        }
        self.end(&mut family, error);
        family
    }

    async fn pages_of<I, T>(
        &self,
        path: &str,
        family: &mut Family<T>,
        turn: &mut (impl FnMut(I) -> T + Send),
    ) -> Result<ListRead, ListBroken>
    where
        I: DeserializeOwned + Send,
        T: Row + Send,
    {
        let port = Remembered { port: self.port, memory: self.memory, list: path };
        each_page::<I>(&port, path, |page| {
            self.counter.page(T::FAMILY, page.len(), self.port.requests());
            family.push_page(page.into_iter().map(&mut *turn).collect());
        })
        .await
    }

    /// The first page of a list; whatever follows is older and of no interest.
    pub(super) async fn newest<T: DeserializeOwned + Row>(&self, path: &str) -> Family<T> {
        #[derive(Deserialize)]
        struct First<T> {
            value: Vec<T>,
        }
        let mut family = Family::reading();
        let result = self.port.read(ReadFrom::Path(path)).await;
        let page = result.and_then(|body| {
            serde_json::from_slice::<First<T>>(&body.bytes).map_err(|error| {
                super::super::port::misshapen(&ReadFrom::Path(path).label(), &error, body.calls)
            })
        });
        let error = match page {
            Ok(first) => {
                self.counter.page(T::FAMILY, first.value.len(), self.port.requests());
                family.push_page(first.value);
                None
            }
            Err(error) => Some(error),
        };
        self.end(&mut family, error);
        family
    }

    /// An object of which the tenant has exactly one.
    pub(super) async fn single<T: DeserializeOwned + Row>(&self, path: &str) -> Family<T> {
        let mut family = Family::reading();
        let result = self.port.read(ReadFrom::Path(path)).await;
        let row = result.and_then(|body| {
            serde_json::from_slice::<T>(&body.bytes).map_err(|error| {
                super::super::port::misshapen(&ReadFrom::Path(path).label(), &error, body.calls)
            })
        });
        let error = match row {
            Ok(row) => {
                self.counter.page(T::FAMILY, 1, self.port.requests());
                family.push_page(vec![row]);
                None
            }
            Err(error) => Some(error),
        };
        self.end(&mut family, error);
        family
    }

    /// The answers to many questions, in batches, put into `family`. An object that is gone
    /// meanwhile has no row; another failure ends it after the batch it stands in.
    pub(super) async fn details<K, I, T>(
        &self,
        questions: Vec<Question<K>>,
        family: &mut Family<T>,
        mut rows: impl FnMut(K, Vec<I>) -> Vec<T> + Send,
    ) -> Result<(), GraphError>
    where
        K: Send,
        I: DeserializeOwned + Send,
        T: Row + Send,
    {
        let mut questions = questions.into_iter();
        loop {
            let some: Vec<_> = questions.by_ref().take(AT_A_TIME).collect();
            if some.is_empty() {
                return Ok(());
            }
            let paths: Vec<_> = some.iter().map(|question| question.path.clone()).collect();
            let answers = self.port.batch(&paths).await;
            let mut failure = None;
            for (question, answer) in some.into_iter().zip(answers) {
                match self.whole_list::<I>(&question.path, answer).await {
                    Ok(items) => {
                        let page = rows(question.about, items);
                        self.counter.page(T::FAMILY, page.len(), self.port.requests());
                        family.push_page(page);
                    }
                    Err(error) if error.fault == Fault::NotFound => {}
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
            failure.map_or(Ok(()), Err)?;
        }
    }

    /// A batch gives the first page of a list; longer ones are followed to their end.
    async fn whole_list<I: DeserializeOwned + Send>(
        &self,
        path: &str,
        answer: Result<Value, GraphError>,
    ) -> Result<Vec<I>, GraphError> {
        #[derive(Deserialize)]
        struct First<I> {
            value: Vec<I>,
            #[serde(rename = "@odata.nextLink")]
            next: Option<String>,
        }
        let first: First<I> = serde_json::from_value(answer?).map_err(|error| {
            super::super::port::misshapen(&ReadFrom::Path(path).label(), &error, Vec::new())
        })?;
        let mut items = first.value;
        if let Some(next) = first.next {
            each_page_from::<I>(self.port, ReadFrom::Link(&next), |page| items.extend(page))
                .await
                .map_err(|ListBroken { error, .. }| error)?;
        }
        Ok(items)
    }

    /// The family is read to its end, or as far as it goes.
    pub(super) fn end<T: Row>(&self, family: &mut Family<T>, error: Option<GraphError>) {
        match error {
            None => family.finish(),
            Some(error) => stop(family, &error),
        }
        self.counter.ended(T::FAMILY, self.port.requests());
    }
}

/// Whether a link to a page is refused: `Directory_ExpiredPageToken` and its kin.
fn is_expired(error: &GraphError) -> bool {
    error.fault == Fault::Refused && matches!(error.status, Some(400 | 410))
}

/// Whether the same request may succeed when the network or Graph is back.
fn is_outage(error: &GraphError) -> bool {
    matches!(error.fault, Fault::Unreachable | Fault::Server | Fault::Throttled | Fault::Token)
}

/// A family that ended with a failure. Only a permission that our token lacks counts as denied:
/// whatever else refuses us is told with its code.
fn stop<T: Row>(family: &mut Family<T>, error: &GraphError) {
    match &error.permission {
        Some(permission) if family.count() == 0 => *family = Family::denied(permission.clone()),
        _ => family.stop(reason(error)),
    }
}

/// An id as one segment of a path: ids come from the tenant and may hold anything.
pub(super) fn segment(id: &Id) -> String {
    let text = id.to_string();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    text.bytes()
        .map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn reason(error: &GraphError) -> String {
    let word = if error.fault == Fault::Unlicensed { "licence: " } else { "" };
    format!("{word}{error}")
}
