//! Verbs that only look.

use super::args::{Controls, Drift, DriftAct, List, Show, Verify, Watch};
use super::exit::{Exit, Trouble};
use super::print::{Layout, safe};
use super::{Session, daemon, follow};
use crate::link::Failure;
use crate::screens;
use chrono::Utc;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::interface::audit::{ListAudit, VerifyJournal};
use trueconfig_common::interface::controls::{GetControl, ListControls};
use trueconfig_common::interface::drift::{AcknowledgeDrift, ListDrift};
use trueconfig_common::interface::remediations::{GetRemediation, ListRemediations};
use trueconfig_common::interface::status::GetStatus;
use trueconfig_common::interface::{ListQuery, Method, PAGE_LIMIT, Page};

/// How things stand.
pub async fn status(session: &mut Session, args: Watch) -> Result<Exit, Trouble> {
    if args.watch {
        return follow::status(session).await;
    }
    let status = session.connection.call(&GetStatus { tenant: session.tenant.clone() }).await?;
    if session.printer.is_json() {
        session.printer.json(&status, Layout::Whole)?;
    } else {
        session.printer.document(&screens::overview::summary(&status, session.printer.look(), Utc::now()))?;
    }
    Ok(Exit::Done)
}

/// Controls.
pub async fn controls(session: &mut Session, args: Controls) -> Result<Exit, Trouble> {
    let tenant = session.tenant.clone();
    let ask = |query| ListControls { tenant: tenant.clone(), query, at: args.at };
    let page = pages(session, &args.list, ask).await?;
    if session.printer.is_json() {
        session.printer.json(&page, Layout::Whole)?;
        return Ok(Exit::Done);
    }
    let (look, now) = (session.printer.look(), Utc::now());
    let rows: Vec<_> = page.rows.iter().map(|row| screens::controls::cells(row, look, now)).collect();
    session.printer.table(&screens::controls::columns(), &rows, "No control matches.")?;
    Ok(Exit::Done)
}

/// A control or a remediation.
pub async fn show(session: &mut Session, args: Show) -> Result<Exit, Trouble> {
    let (tenant, id) = (session.tenant.clone(), args.id.to_ascii_uppercase());
    let (look, now) = (session.printer.look(), Utc::now());
    if is_remediation(&id) {
        let detail = session.connection.call(&GetRemediation { tenant, id: RemediationId::new(id) }).await?;
        if session.printer.is_json() {
            session.printer.json(&detail, Layout::Whole)?;
        } else {
            session.printer.document(&screens::remediation::document(&detail, look, now))?;
        }
        return Ok(Exit::Done);
    }
    let asked = GetControl { tenant, id: ControlId::new(id), at: args.at };
    let detail = session.connection.call(&asked).await?;
    if session.printer.is_json() {
        session.printer.json(&detail, Layout::Whole)?;
    } else {
        session.printer.document(&screens::controls::document(&detail, look, now))?;
    }
    Ok(Exit::Done)
}

/// Remediations are `R-` and a number; no category of controls is called R.
pub fn is_remediation(id: &str) -> bool {
    id.strip_prefix("R-")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Remediations.
pub async fn history(session: &mut Session, args: List) -> Result<Exit, Trouble> {
    let tenant = session.tenant.clone();
    let page = pages(session, &args, |query| ListRemediations { tenant: tenant.clone(), query }).await?;
    if session.printer.is_json() {
        session.printer.json(&page, Layout::Whole)?;
        return Ok(Exit::Done);
    }
    let (look, now) = (session.printer.look(), Utc::now());
    let rows: Vec<_> =
        page.rows.iter().map(|row| screens::remediation::history_cells(row, look, now)).collect();
    session.printer.table(&screens::remediation::history_columns(), &rows, "No remediation matches.")?;
    Ok(Exit::Done)
}

/// The journal.
pub async fn audit(session: &mut Session, args: List) -> Result<Exit, Trouble> {
    let tenant = session.tenant.clone();
    let page = pages(session, &args, |query| ListAudit { tenant: tenant.clone(), query }).await?;
    if session.printer.is_json() {
        session.printer.json(&page, Layout::Whole)?;
        return Ok(Exit::Done);
    }
    let rows: Vec<_> = page.rows.iter().map(screens::audit::cells).collect();
    session.printer.table(&screens::audit::columns(), &rows, "No record matches.")?;
    Ok(Exit::Done)
}

/// Drift, or taking note of one.
pub async fn drift(session: &mut Session, args: Drift) -> Result<Exit, Trouble> {
    let tenant = session.tenant.clone();
    if let Some(DriftAct::Ack { seq, note }) = args.act {
        let row = session.connection.call(&AcknowledgeDrift { tenant, seq, note }).await?;
        if session.printer.is_json() {
            session.printer.json(&row, Layout::Whole)?;
        } else {
            session.printer.line(&format!("Drift {seq} of {} is acknowledged.", row.control))?;
        }
        return Ok(Exit::Done);
    }
    let page = pages(session, &args.list, |query| ListDrift { tenant: tenant.clone(), query }).await?;
    if session.printer.is_json() {
        session.printer.json(&page, Layout::Whole)?;
        return Ok(Exit::Done);
    }
    let (look, now) = (session.printer.look(), Utc::now());
    let numbered = |row: &_| screens::drift::numbered_cells(row, look, now);
    let rows: Vec<_> = page.rows.iter().map(numbered).collect();
    session.printer.table(&screens::drift::numbered_columns(), &rows, "Nothing drifted.")?;
    Ok(Exit::Done)
}

/// The whole chain.
pub async fn verify(session: &mut Session, args: Verify) -> Result<Exit, Trouble> {
    if let Some(dir) = args.dir {
        return daemon::verify(session, &dir, args.key.as_deref());
    }
    let report = session.connection.call(&VerifyJournal { tenant: session.tenant.clone() }).await?;
    let whole = report.damage.is_empty();
    if session.printer.is_json() {
        session.printer.json(&report, Layout::Whole)?;
    } else if whole {
        let printer = &mut session.printer;
        printer.line(&format!("The chain is whole: {} records, head {}.", report.records, report.head))?;
        printer.line(&safe(&report.seal))?;
    } else {
        let damage = safe(&report.damage);
        session
            .printer
            .line(&format!("The journal is damaged after {} good records: {damage}", report.records))?;
    }
    Ok(if whole { Exit::Done } else { Exit::Found })
}

/// The key table.
pub fn keys(session: &Session) -> Result<Exit, Trouble> {
    session.printer.line(session.preferences.keys.describe().trim_end())?;
    Ok(Exit::Done)
}

/// As many pages as the limit asks for, as one.
pub async fn pages<M, R>(
    session: &mut Session,
    args: &List,
    list: impl Fn(ListQuery) -> M,
) -> Result<Page<R>, Failure>
where
    M: Method<Reply = Page<R>> + Clone,
{
    let mut all = Page { rows: Vec::new(), total: None, next: None };
    let mut cursor = None;
    while all.rows.len() < args.limit {
        let wanted = (args.limit - all.rows.len()).min(usize::from(PAGE_LIMIT));
        let query = ListQuery {
            filter: args.filter.join(" "),
            sort: args.sort.clone(),
            cursor,
            limit: u16::try_from(wanted).unwrap_or(PAGE_LIMIT),
        };
        let page = session.connection.call(&list(query)).await?;
        let empty = page.rows.is_empty();
        all.rows.extend(page.rows);
        (all.total, all.next) = (page.total, page.next.clone());
        match page.next {
            Some(next) if !empty => cursor = Some(next),
            _ => break,
        }
    }
    Ok(all)
}
