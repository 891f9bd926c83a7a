//! The audit log: read, checked, exported.

use super::{Service, Tenant, blocking, failed};
use crate::ipc::{Caller, Handle, HandleStream, Replies};
use crate::store::{self, PageQuery};
use std::sync::Arc;
use trueconfig_common::interface::audit::{
    AuditRecord, ExportAudit, ExportPage, JournalReport, ListAudit, VerifyJournal,
};
use trueconfig_common::interface::{CallError, ListQuery, Page};
use trueconfig_core::view::audit::audit_record;
use trueconfig_core::view::query::{Filter, bad_cursor, limit};

/// Lines in one page of an export.
const EXPORT_PAGE: usize = 500;

impl Handle<ListAudit> for Service {
    async fn handle(&self, _: &Caller, asked: ListAudit) -> Result<Page<AuditRecord>, CallError> {
        let tenant = Arc::clone(self.tenant(&asked.tenant)?);
        blocking(move || tenant.audit(&asked.query)).await
    }
}

impl Tenant {
    /// A page of records, the newest first. A filter that names a control or remediation starts
    /// from the index; else a bounded number of records is looked at per page.
    fn audit(&self, query: &ListQuery) -> Result<Page<AuditRecord>, CallError> {
        let filter = Filter::parse::<AuditRecord>(&query.filter)?;
        let before = match &query.cursor {
            None => None,
            Some(cursor) => Some(cursor.parse::<u64>().map_err(|_| bad_cursor(cursor))?),
        };
        let subject = filter.value("remediation").or_else(|| filter.value("control"));
        let subject = subject.map(str::to_uppercase);
        let asked = PageQuery { before, limit: usize::from(limit(query)), subject };
        let page =
            self.journal.page(&asked, |record| filter.is_empty() || filter.matches(&audit_record(record)));
        let page = page.map_err(|error| failed(&error))?;
        Ok(Page {
            rows: page.records.iter().map(audit_record).collect(),
            total: filter.is_empty().then(|| usize::try_from(self.journal.last_seq()).unwrap_or(usize::MAX)),
            next: page.next.map(|seq| seq.to_string()),
        })
    }
}

impl Handle<VerifyJournal> for Service {
    async fn handle(&self, _: &Caller, asked: VerifyJournal) -> Result<JournalReport, CallError> {
        let tenant = self.tenant(&asked.tenant)?;
        let (journal, key) = (tenant.journal.clone(), tenant.verifier.clone());
        blocking(move || {
            let report = journal.verify(key.as_ref()).map_err(|error| failed(&error))?;
            Ok(JournalReport {
                records: report.last.seq,
                head: report.last.hash.to_string(),
                seal: report.seal.to_string(),
                damage: report.damage.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            })
        })
        .await
    }
}

impl HandleStream<ExportAudit> for Service {
    async fn handle(
        &self,
        _: &Caller,
        asked: ExportAudit,
        replies: Replies<ExportPage>,
    ) -> Result<ExportPage, CallError> {
        let tenant = Arc::clone(self.tenant(&asked.tenant)?);
        let end = tenant.journal.last_seq();
        let mut after = 0;
        loop {
            let reader = tenant.journal.clone();
            let lines = blocking(move || lines(&reader, after, end)).await?;
            let count = lines.len() as u64;
            if count == 0 || after + count >= end {
                return Ok(ExportPage { lines });
            }
            after += count;
            replies.send(ExportPage { lines }).await?;
        }
    }
}

fn lines(reader: &store::Reader, after: u64, end: u64) -> Result<Vec<String>, CallError> {
    let records = reader.replay(after).map_err(|error| failed(&error))?;
    let wanted = usize::try_from(end - after).unwrap_or(usize::MAX).min(EXPORT_PAGE);
    records
        .take(wanted)
        .map(|record| {
            let record = record.map_err(|error| failed(&error))?;
            serde_json::to_string(&record).map_err(|error| failed(&error))
        })
        .collect()
}
