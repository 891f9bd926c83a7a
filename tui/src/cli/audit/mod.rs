//! The audit log written for other programs: as it is stored (JSON lines), for spreadsheets (CSV), or as events of
//! the Open Cybersecurity Schema Framework for a SIEM. Each is made of the records alone, one by one.

mod csv;
mod ocsf;
#[cfg(test)]
mod tests;

use super::Session;
use super::args::{Export, ExportFormat};
use super::exit::{Exit, Trouble};
use super::follow::Output;
use crate::link::Failure;
use serde_json::Value;
use trueconfig_common::interface::audit::ExportAudit;

/// The whole audit log.
pub async fn export(session: &mut Session, args: Export) -> Result<Exit, Trouble> {
    let export = ExportAudit { tenant: session.tenant.clone() };
    let client = session.connection.client().await?;
    let mut pages = client.stream(export).await.map_err(Failure::from)?;
    let mut out = Output::open(args.output)?;
    out.text(&head(args.format))?;
    while let Some(page) = pages.next().await {
        for line in page.map_err(Failure::from)?.lines {
            out.text(&record(args.format, &line)?)?;
        }
    }
    out.finish()?;
    Ok(Exit::Done)
}

/// What stands above the records.
fn head(format: ExportFormat) -> String {
    match format {
        ExportFormat::Csv => csv::head(),
        ExportFormat::Jsonl | ExportFormat::Ocsf => String::new(),
    }
}

/// One record as it is written, with the end of its line.
fn record(format: ExportFormat, line: &str) -> Result<String, Trouble> {
    if format == ExportFormat::Jsonl {
        return Ok(format!("{line}\n"));
    }
    let wrong = |error: serde_json::Error| Trouble::Local(format!("the daemon sent no record: {error}"));
    let parsed: Value = serde_json::from_str(line).map_err(wrong)?;
    Ok(match format {
        ExportFormat::Csv => csv::row(&parsed),
        ExportFormat::Jsonl | ExportFormat::Ocsf => format!("{}\n", ocsf::event(&parsed, line)),
    })
}

/// A field of a record, or of its body, as text; empty if it is not there.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Whom a record names: a person by account, a part of the daemon as `system:PART`.
fn actor(actor: &Value) -> String {
    match actor["type"].as_str() {
        Some("system") => format!("system:{}", text(&actor["part"])),
        _ => text(&actor["name"]),
    }
}

/// Why somebody did it, in their own words.
fn words(body: &Value) -> String {
    let said = ["note", "reason", "statement", "message"].iter().map(|name| text(&body[*name]));
    said.into_iter().find(|said| !said.is_empty()).unwrap_or_default()
}

/// The control that a record is about.
fn control(body: &Value) -> String {
    let named = text(&body["control"]);
    if named.is_empty() { text(&body["plan"]["control"]) } else { named }
}
