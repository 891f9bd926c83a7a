//! The baseline in force, and the one on offer.

use super::args::BaselineAct;
use super::exit::{Exit, Trouble};
use super::print::{Layout, safe};
use super::{Session, daemon};
use crate::text::time;
use crate::view::table::{Cell, Column, Width, column};
use trueconfig_common::interface::baseline::{BaselineChange, BaselineStatus, GetBaseline, TakeBaseline};
use trueconfig_common::verdict::Verdict;

/// The baseline shown, compared or taken.
pub async fn baseline(session: &mut Session, act: Option<BaselineAct>) -> Result<Exit, Trouble> {
    let tenant = session.tenant.clone();
    match act {
        Some(BaselineAct::FromSnapshot { file, into }) => daemon::pin(&file, &into),
        Some(BaselineAct::Take { digest, reason }) => {
            let status = session.connection.call(&TakeBaseline { tenant, digest, reason }).await?;
            show(session, &status)?;
            Ok(Exit::Done)
        }
        Some(BaselineAct::Diff) => {
            let status = session.connection.call(&GetBaseline { tenant }).await?;
            compare(session, &status)?;
            Ok(if status.digest == status.offered_digest { Exit::Done } else { Exit::Found })
        }
        None | Some(BaselineAct::Status) => {
            let status = session.connection.call(&GetBaseline { tenant }).await?;
            show(session, &status)?;
            Ok(Exit::Done)
        }
    }
}

fn show(session: &Session, status: &BaselineStatus) -> Result<(), Trouble> {
    let printer = &session.printer;
    if printer.is_json() {
        return printer.json(status, Layout::Whole);
    }
    let (version, digest) = (safe(&status.version), short(&status.digest));
    printer.line(&format!("In force: level {}, version {version}, digest {digest}", status.level))?;
    if let Some(at) = status.taken_at {
        printer.line(&format!("Taken {} by {}", time::minute(at), safe(&status.taken_by)))?;
    }
    if status.digest == status.offered_digest {
        return printer.line("This version of TrueConfig offers the same.");
    }
    let (version, digest) = (safe(&status.offered_version), short(&status.offered_digest));
    printer
        .line(&format!("On offer: version {version}, digest {digest}, {} changes", status.changes.len()))?;
    printer.line(&format!("trueconfig baseline diff shows them; trueconfig baseline take --digest {digest}"))
}

fn compare(session: &Session, status: &BaselineStatus) -> Result<(), Trouble> {
    let printer = &session.printer;
    if printer.is_json() {
        return printer.json(status, Layout::Whole);
    }
    let rows: Vec<_> = status.changes.iter().map(cells).collect();
    printer.table(&columns(), &rows, "The offered baseline changes nothing.")?;
    if status.digest == status.offered_digest {
        return Ok(());
    }
    printer.line(&format!("Take it with trueconfig baseline take --digest {}", short(&status.offered_digest)))
}

fn columns() -> [Column; 5] {
    [
        column("control", Width::Fit(12)),
        column("change", Width::Fit(8)),
        column("now", Width::Fit(14)),
        column("then", Width::Fit(14)),
        column("what", Width::Rest(20)),
    ]
}

fn cells(change: &BaselineChange) -> Vec<Cell> {
    let verdict = |verdict: Option<Verdict>| verdict.map_or("", Verdict::as_str);
    let keys = if change.keys.is_empty() { String::new() } else { format!(" ({})", change.keys.join(", ")) };
    vec![
        Cell::plain(change.control.as_str()),
        Cell::plain(change.change.as_str()),
        Cell::plain(verdict(change.verdict)),
        Cell::plain(verdict(change.offered_verdict)),
        Cell::plain(format!("{}{keys}", change.title)),
    ]
}

fn short(digest: &str) -> String {
    safe(&digest.chars().take(12).collect::<String>())
}
