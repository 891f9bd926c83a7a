//! Delta queries: rows that changed since the last scan, laid over those it read.

use super::super::error::GraphError;
use super::super::port::{ReadFrom, misshapen};
use super::query::{Source, source};
use super::read::Reading;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use trueconfig_core::snapshot::{Family, FamilyName, Id, Row};

/// What is new of an object; none if it is gone.
type News = BTreeMap<Id, Option<Map<String, Value>>>;

#[derive(Deserialize)]
struct DeltaPage {
    value: Vec<Map<String, Value>>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    delta: Option<String>,
}

impl Reading<'_> {
    /// Brings the rows of the last scan up to date. False if that cannot be done: the token has run
    /// out (410), or the answers make no sense together with the rows. The family is as it was then,
    /// and must be read in full.
    pub(super) async fn follow<T: Row + Send>(&self, family: &mut Family<T>) -> bool {
        let Some(path) = self.deltas.get(&T::FAMILY) else { return false };
        let followed = self.news(path).await;
        let applied = followed.and_then(|(news, link)| {
            let ids = news.keys().cloned().collect();
            let revised = apply(family, news).map_err(|error| misshapen(path, &error, Vec::new()))?;
            Ok((revised, link, ids))
        });
        match applied {
            Ok((None, ..)) => {
                tracing::warn!(
                    family = T::FAMILY.as_str(),
                    "what is kept of it is harmed: reading all of it"
                );
                false
            }
            Ok((Some(revised), link, ids)) => {
                self.counter.page(T::FAMILY, revised.count(), self.port.requests());
                *family = revised;
                self.mark(T::FAMILY, link);
                self.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(T::FAMILY, ids);
                self.counter.ended(T::FAMILY, self.port.requests());
                true
            }
            Err(error) => {
                tracing::info!(family = T::FAMILY.as_str(), %error, "no delta can be followed: reading all of it");
                false
            }
        }
    }

    /// Objects that changed since, each once, and where to go on next time.
    async fn news(&self, path: &str) -> Result<(News, Option<String>), GraphError> {
        let mut news = News::new();
        let mut page = self.delta_page(ReadFrom::Path(path)).await?;
        for _ in 0..self.port.most_pages() {
            for item in page.value {
                let Some(id) = item.get("id").and_then(Value::as_str).map(Id::from) else { continue };
                // The last word counts: an object may come more than once.
                let known = news.entry(id).or_default();
                if item.contains_key("@removed") {
                    *known = None;
                } else {
                    known.get_or_insert_default().extend(item);
                }
            }
            let Some(next) = page.next else { return Ok((news, page.delta)) };
            page = self.delta_page(ReadFrom::Link(&next)).await?;
        }
        Ok((news, None))
    }

    async fn delta_page(&self, from: ReadFrom<'_>) -> Result<DeltaPage, GraphError> {
        let body = self.port.read(from).await?;
        serde_json::from_slice(&body.bytes).map_err(|error| misshapen(&from.label(), &error, body.calls))
    }

    /// Notes from where the family's changes are to be followed next time.
    pub(super) fn mark(&self, family: FamilyName, link: Option<String>) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        match link.as_deref().and_then(path_of) {
            Some(path) => marks.delta.insert(family, path),
            None => marks.delta.remove(&family),
        };
    }

    /// Has Graph remember this moment for the families of `paths`, before they are read in full:
    /// what changes while they are read is then told next time. A scan that goes on where another
    /// was cut short keeps the moment of that one.
    pub(super) async fn begin_deltas(&self, paths: Vec<(FamilyName, String)>) {
        let known =
            |path: &str| self.memory.recall(path).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let (kept, new): (Vec<_>, Vec<_>) = paths
            .into_iter()
            .map(|(family, path)| (family, known(&path), path))
            .partition(|one| one.1.is_some());
        let asked: Vec<String> = new.iter().map(|(.., path)| path.clone()).collect();
        let answers = if asked.is_empty() { Vec::new() } else { self.port.batch(&asked).await };
        let asked =
            new.into_iter().zip(answers).map(|((family, _, path), answer)| (family, answer.ok(), path));
        for (family, answer, path) in kept.into_iter().chain(asked) {
            if let (Some(answer), Source::List(list)) = (&answer, source(family)) {
                self.memory.keep(list, &path, answer.to_string().as_bytes());
            }
            let page = answer.and_then(|value: Value| DeltaPage::deserialize(value).ok());
            self.mark(family, page.and_then(|page| page.delta));
        }
    }

    /// Whether a family was brought up to date by its delta query.
    pub(super) fn is_followed(&self, family: FamilyName) -> bool {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&family)
    }

    /// Objects of a family that a delta query named.
    pub(super) fn changed(&self, family: FamilyName) -> BTreeSet<Id> {
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        changed.get(&family).cloned().unwrap_or_default()
    }
}

/// Path and query of a link.
fn path_of(link: &str) -> Option<String> {
    let url = url::Url::parse(link).ok()?;
    Some(format!("{}?{}", url.path(), url.query()?))
}

/// Lays news over rows that stand in the order of their keys; none if those are harmed.
fn apply<T: Row>(family: &Family<T>, mut news: News) -> Result<Option<Family<T>>, serde_json::Error> {
    let ids: Vec<Id> = news.keys().cloned().collect();
    family.revised(ids.into_iter(), |id, row| {
        let Some(item) = news.remove(id).flatten() else { return Ok(None) };
        let known = row.map(serde_json::to_value).transpose()?;
        overlaid(known.unwrap_or(Value::Null), item).map(Some)
    })
}

/// Graph tells of an object that changed at least what changed of it.
fn overlaid<T: Row>(row: Value, news: Map<String, Value>) -> Result<T, serde_json::Error> {
    let mut members = match row {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    members.extend(news.into_iter().filter(|(name, _)| !name.contains('@')));
    serde_json::from_value(Value::Object(members))
}
