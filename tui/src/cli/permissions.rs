//! What the registrations must be allowed in Graph: explained, and made by a script for an administrator.

use super::exit::{Exit, Trouble};
use super::print::{Layout, safe};
use super::{Session, daemon};
use crate::look::Tone;
use crate::view::table::{Cell, Column, Width, column};
use std::ffi::OsString;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::permissions::{GetPermissions, PermissionRow, RegistrationReport};

/// Controls named in a row of the table; all of them are in the JSON.
const NAMED: usize = 6;

/// What can be done about permissions.
#[derive(Debug, clap::Subcommand)]
pub enum Act {
    /// What is needed, missing and in excess, and why that is dangerous; exit 1 if anything is
    Explain {
        /// Only for these controls (repeat it); for all of the level if it is left out
        #[arg(long = "control", value_name = "ID")]
        controls: Vec<String>,
    },
    /// Print a PowerShell script that registers reader and writer with exactly what they need, without a daemon
    Script {
        /// Only for these controls (repeat it); for all of the level if it is left out
        #[arg(long = "control", value_name = "ID")]
        controls: Vec<String>,
        /// Level of the baseline, 1 to 3
        #[arg(long, value_name = "N", default_value_t = 1)]
        level: u8,
        /// Register no writer: nothing can ever be changed
        #[arg(long)]
        read_only: bool,
    },
}

/// Permissions explained, or made.
pub async fn permissions(session: &mut Session, act: Act) -> Result<Exit, Trouble> {
    match act {
        Act::Explain { controls } => explain(session, controls).await,
        Act::Script { controls, level, read_only } => daemon::exec(arguments(controls, level, read_only)),
    }
}

fn arguments(controls: Vec<String>, level: u8, read_only: bool) -> Vec<OsString> {
    let mut arguments: Vec<OsString> =
        ["permissions", "script", "--level"].into_iter().map(OsString::from).collect();
    arguments.push(level.to_string().into());
    arguments.extend(controls.into_iter().flat_map(|id| [OsString::from("--control"), id.into()]));
    arguments.extend(read_only.then(|| "--read-only".into()));
    arguments
}

async fn explain(session: &mut Session, controls: Vec<String>) -> Result<Exit, Trouble> {
    let controls = controls.into_iter().map(|id| ControlId::new(id.to_ascii_uppercase())).collect();
    let call = GetPermissions { tenant: session.tenant.clone(), controls };
    let report = session.connection.call(&call).await?;
    if session.printer.is_json() {
        session.printer.json(&report, Layout::Whole)?;
    } else {
        for registration in &report.registrations {
            show(session, registration)?;
        }
    }
    let configured = report.registrations.iter().filter(|one| one.configured);
    let wrong = configured.flat_map(|one| &one.permissions).any(is_wrong);
    Ok(if wrong { Exit::Found } else { Exit::Done })
}

fn show(session: &Session, registration: &RegistrationReport) -> Result<(), Trouble> {
    let name = safe(&registration.registration);
    let head = match (registration.configured, registration.error.is_empty()) {
        (false, _) => format!("{name}: not configured; it would need"),
        (true, false) => format!("{name}: {}", safe(&registration.error)),
        (true, true) => format!("{name}:"),
    };
    session.printer.line(&head)?;
    let rows: Vec<_> = registration.permissions.iter().map(cells).collect();
    session.printer.table(&columns(), &rows, "Nothing is needed.")
}

fn is_wrong(row: &PermissionRow) -> bool {
    matches!(row.standing.as_str(), "missing" | "excess")
}

fn columns() -> [Column; 4] {
    [
        column("standing", Width::Fit(8)),
        column("permission", Width::Fit(50)),
        column("for", Width::Fit(60)),
        column("why", Width::Rest(20)),
    ]
}

fn cells(row: &PermissionRow) -> Vec<Cell> {
    let tone = match row.standing.as_str() {
        "missing" => Tone::Bad,
        "excess" | "covered" => Tone::Warn,
        "granted" => Tone::Good,
        _ => Tone::Dim,
    };
    let more = match row.controls.len().checked_sub(NAMED) {
        Some(rest) if rest > 0 => format!(" and {rest} more"),
        _ => String::new(),
    };
    let named: Vec<&str> = row.controls.iter().take(NAMED).map(ControlId::as_str).collect();
    vec![
        Cell::toned(tone, row.standing.as_str()),
        Cell::plain(row.permission.as_str()),
        Cell::plain(format!("{}{more}", named.join(" "))),
        Cell::toned(Tone::Dim, row.why.as_str()),
    ]
}
