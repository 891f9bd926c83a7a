//! Snapshots of the past: which there are, one as a tenant file, and what changed between two.

use super::Session;
use super::args::{Snapshot, SnapshotAct};
use super::exit::{Exit, Trouble};
use super::follow::Output;
use super::print::{Layout, safe};
use super::read::pages;
use crate::link::Failure;
use crate::look::Tone;
use crate::text::json::compact;
use crate::text::time;
use crate::view::table::{Cell, Column, Width, column};
use trueconfig_common::interface::snapshots::{
    CompareSnapshots, ExportSnapshot, ListSnapshots, SnapshotChange, SnapshotRow,
};

/// Characters of an id that tell snapshots apart.
const SHORT_ID: usize = 8;

/// What was asked for of snapshots.
pub async fn snapshot(session: &mut Session, args: Snapshot) -> Result<Exit, Trouble> {
    let tenant = session.tenant.clone();
    match args.act {
        SnapshotAct::List(list) => {
            let ask = |query| ListSnapshots { tenant: tenant.clone(), query };
            let page = pages(session, &list, ask).await?;
            if session.printer.is_json() {
                session.printer.json(&page, Layout::Whole)?;
                return Ok(Exit::Done);
            }
            let rows: Vec<_> = page.rows.iter().map(cells).collect();
            session.printer.table(&columns(), &rows, "No snapshot is kept: scan first.")?;
            Ok(Exit::Done)
        }
        SnapshotAct::Export { id, out } => {
            let client = session.connection.client().await?;
            let export = ExportSnapshot { tenant, id };
            let mut parts = client.stream(export).await.map_err(Failure::from)?;
            // The first part shows that there is such a snapshot; only then a file is made.
            let Some(first) = parts.next().await else { return Ok(Exit::Done) };
            let first = first.map_err(Failure::from)?;
            let mut output = Output::open(out)?;
            output.text(&first.text)?;
            while let Some(part) = parts.next().await {
                output.text(&part.map_err(Failure::from)?.text)?;
            }
            output.finish()?;
            Ok(Exit::Done)
        }
        SnapshotAct::Diff { from, to, list } => {
            let ask = |query| CompareSnapshots {
                tenant: tenant.clone(),
                from: from.clone(),
                to: to.clone(),
                query,
            };
            let page = pages(session, &list, ask).await?;
            let same = page.rows.is_empty();
            if session.printer.is_json() {
                session.printer.json(&page, Layout::Whole)?;
            } else if same {
                session.printer.line("They mean the same.")?;
            } else {
                page.rows.iter().try_for_each(|change| told(session, change))?;
            }
            Ok(if same { Exit::Done } else { Exit::Found })
        }
    }
}

fn columns() -> Vec<Column> {
    vec![
        column("id", Width::Fit(SHORT_ID)),
        column("taken", Width::Fit(20)),
        column("objects", Width::Fit(9)),
        column("new KiB", Width::Fit(9)),
        column("not read to the end", Width::Rest(16)),
    ]
}

fn cells(row: &SnapshotRow) -> Vec<Cell> {
    vec![
        Cell::toned(Tone::Strong, row.id.chars().take(SHORT_ID).collect::<String>()),
        Cell::plain(format!("{} UTC", time::minute(row.taken_at))),
        Cell::plain(row.objects.to_string()),
        Cell::plain((row.added_bytes / 1024).to_string()),
        Cell::toned(Tone::Warn, row.incomplete.join(" ")),
    ]
}

fn told(session: &Session, change: &SnapshotChange) -> Result<(), Trouble> {
    let SnapshotChange { family, object, name, change, differences } = change;
    let mark = match change.as_str() {
        "added" => "+",
        "removed" => "-",
        "changed" => "~",
        _ => "?",
    };
    let line = format!("{mark} {family} {} {} {change}", safe(object), safe(name));
    session.printer.line(&line.split_whitespace().collect::<Vec<_>>().join(" "))?;
    for one in differences {
        let (before, after) = (safe(&compact(&one.before)), safe(&compact(&one.after)));
        let path = if one.path.is_empty() { "read" } else { one.path.as_str() };
        session.printer.line(&format!("    {}: {before} -> {after}", safe(path)))?;
    }
    Ok(())
}
