//! `ListSnapshots`, `ExportSnapshot`, `CompareSnapshots`, and judging a snapshot of the past.

use super::{Service, Tenant, blocking, failed};
use crate::ipc::{Caller, Handle, HandleStream, Replies};
use crate::store::SnapshotHead;
use chrono::{DateTime, Utc};
use std::io::{self, Write};
use std::sync::Arc;
use tokio::sync::mpsc;
use trueconfig_common::interface::snapshots::{
    CompareSnapshots, ExportSnapshot, ListSnapshots, SnapshotChange, SnapshotRow, SnapshotText,
};
use trueconfig_common::interface::{CallError, Page};
use trueconfig_core::evaluate::evaluate;
use trueconfig_core::lifecycle::Judged;
use trueconfig_core::snapshot::{Snapshot, compare, tenant_file};
use trueconfig_core::view::query;

/// Bytes of one part of an export.
const PART_BYTES: usize = 1 << 20;
/// Parts of an export that may wait for its reader.
const PARTS_WAITING: usize = 4;

impl Handle<ListSnapshots> for Service {
    async fn handle(&self, _: &Caller, asked: ListSnapshots) -> Result<Page<SnapshotRow>, CallError> {
        let tenant = Arc::clone(self.tenant(&asked.tenant)?);
        blocking(move || {
            let rows = tenant.kept()?.into_iter().rev().map(row).collect();
            query::page(rows, &asked.query)
        })
        .await
    }
}

impl Handle<CompareSnapshots> for Service {
    async fn handle(&self, _: &Caller, asked: CompareSnapshots) -> Result<Page<SnapshotChange>, CallError> {
        let tenant = Arc::clone(self.tenant(&asked.tenant)?);
        blocking(move || {
            let (from, to) = (tenant.snapshot(&asked.from)?, tenant.snapshot(&asked.to)?);
            query::page(compare(&from, &to), &asked.query)
        })
        .await
    }
}

impl HandleStream<ExportSnapshot> for Service {
    async fn handle(
        &self,
        _: &Caller,
        asked: ExportSnapshot,
        replies: Replies<SnapshotText>,
    ) -> Result<SnapshotText, CallError> {
        let tenant = Arc::clone(self.tenant(&asked.tenant)?);
        let (sender, mut parts) = mpsc::channel(PARTS_WAITING);
        let writing = blocking(move || {
            let snapshot = tenant.snapshot(&asked.id)?;
            let mut file = Parts { text: Vec::with_capacity(PART_BYTES), sender };
            let written = tenant_file::write(&snapshot, &mut file).and_then(|()| file.flush());
            written.map_err(|error| failed(&error))
        });
        let sending = async {
            let mut last = SnapshotText { text: String::new() };
            while let Some(text) = parts.recv().await {
                replies.send(std::mem::replace(&mut last, SnapshotText { text })).await?;
            }
            Ok(last)
        };
        let (written, sent) = tokio::join!(writing, sending);
        written.and(sent)
    }
}

/// Text on its way out, cut where a character ends.
struct Parts {
    text: Vec<u8>,
    sender: mpsc::Sender<String>,
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        if self.text.len() >= PART_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let whole = match std::str::from_utf8(&self.text) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let rest = self.text.split_off(whole);
        let text = String::from_utf8(std::mem::replace(&mut self.text, rest)).map_err(io::Error::other)?;
        self.sender.blocking_send(text).map_err(io::Error::other)
    }
}

impl Tenant {
    /// What the newest snapshot of a time or before says, by the controls in force now; as of the
    /// moment it was taken.
    ///
    /// # Errors
    /// [`CallError::NotFound`] if there is none so old.
    pub(super) async fn judged_at(self: &Arc<Self>, at: DateTime<Utc>) -> Result<Judged, CallError> {
        let tenant = Arc::clone(self);
        blocking(move || {
            let head = tenant.kept()?.into_iter().rev().find(|head| head.taken_at <= at);
            let head = head.ok_or_else(|| not_found(at.to_rfc3339(), "no snapshot is that old"))?;
            let snapshot = tenant.read(&head.id)?;
            let view = tenant.view();
            let evaluation = evaluate(&snapshot, &view.force.baseline, &view.force.config, snapshot.taken_at);
            Ok(Judged { id: head.id, snapshot: snapshot.into(), evaluation })
        })
        .await
    }

    fn kept(&self) -> Result<Vec<SnapshotHead>, CallError> {
        self.snapshots.list().map_err(|error| failed(&error))
    }

    /// The snapshot whose id begins so.
    fn snapshot(&self, id: &str) -> Result<Snapshot, CallError> {
        let kept = self.kept()?;
        let mut found = kept.iter().filter(|head| !id.is_empty() && head.id.starts_with(id));
        match (found.next(), found.next()) {
            (Some(head), None) => self.read(&head.id),
            (Some(_), Some(_)) => Err(not_found(id.to_owned(), "several begin so: give more of its id")),
            (None, _) => Err(not_found(id.to_owned(), "it may have been let go")),
        }
    }

    fn read(&self, id: &str) -> Result<Snapshot, CallError> {
        let found = self.snapshots.get(id).map_err(|error| failed(&error))?;
        found.ok_or_else(|| not_found(id.to_owned(), "it is gone or harmed"))
    }
}

fn row(head: SnapshotHead) -> SnapshotRow {
    let SnapshotHead { id, taken_at, objects, incomplete, added_bytes } = head;
    SnapshotRow { id, taken_at, objects, incomplete, added_bytes }
}

fn not_found(id: String, why: &str) -> CallError {
    let help = format!("{why}; list them with `trueconfig snapshot list`");
    CallError::NotFound { kind: "snapshot".to_owned(), id, help }
}
