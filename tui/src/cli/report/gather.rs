//! Asking the daemon for all that a report says.

use super::{Point, Report};
use crate::cli::Session;
use crate::cli::args::List;
use crate::cli::exit::Trouble;
use crate::cli::read::pages;
use crate::link::Failure;
use chrono::Utc;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::audit::{AuditRecord, ListAudit};
use trueconfig_common::interface::controls::{ControlDetail, GetControl, ListControls};
use trueconfig_common::interface::exceptions::ListExceptions;
use trueconfig_common::interface::settings::GetSettings;
use trueconfig_common::interface::status::GetStatus;

/// Most controls, and most exceptions, in a report.
const MOST_ROWS: usize = 10_000;

/// Scans that the trend shows.
const TREND: usize = 120;

/// How often it is begun again because a scan ended meanwhile.
const TRIES: usize = 3;

/// Everything, of one and the same scan.
pub(super) async fn gather(session: &mut Session) -> Result<Report, Trouble> {
    for _ in 0..TRIES {
        let report = once(session).await?;
        let status = GetStatus { tenant: session.tenant.clone() };
        let now = session.connection.call(&status).await?;
        let scan = |last: &Option<trueconfig_common::interface::status::LastScan>| {
            last.as_ref().map(|last| last.snapshot.clone())
        };
        if scan(&now.last_scan) == scan(&report.status.last_scan) {
            return Ok(report);
        }
    }
    Err(Trouble::Local("scans end faster than a report is read: try again when none is running".to_owned()))
}

async fn once(session: &mut Session) -> Result<Report, Failure> {
    let tenant = session.tenant.clone();
    let status = session.connection.call(&GetStatus { tenant: tenant.clone() }).await?;
    let settings = session.connection.call(&GetSettings { tenant: tenant.clone() }).await?;
    let rows =
        pages(session, &all(), |query| ListControls { tenant: tenant.clone(), query, at: None }).await?.rows;
    let mut controls = Vec::with_capacity(rows.len());
    for row in rows {
        controls.push(control(session, row.id).await?);
    }
    let exceptions =
        pages(session, &all(), |query| ListExceptions { tenant: tenant.clone(), query }).await?.rows;
    let scans = List { filter: vec!["kind:scan_finished".to_owned()], sort: String::new(), limit: TREND };
    let scans = pages(session, &scans, |query| ListAudit { tenant: tenant.clone(), query }).await?.rows;
    let trend = scans.iter().rev().filter_map(point).collect();
    Ok(Report { made_at: Utc::now(), status, settings, trend, controls, exceptions })
}

fn all() -> List {
    List { filter: Vec::new(), sort: String::new(), limit: MOST_ROWS }
}

async fn control(session: &mut Session, id: ControlId) -> Result<ControlDetail, Failure> {
    let tenant = session.tenant.clone();
    session.connection.call(&GetControl { tenant, id, at: None }).await
}

fn point(record: &AuditRecord) -> Option<Point> {
    let score = record.body.get("score")?.as_f64()?;
    Some(Point { at: record.time, score })
}
