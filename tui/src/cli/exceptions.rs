//! What people accept or confirm.

use super::Session;
use super::args::{ExceptionAct, Exceptions};
use super::exit::{Exit, Trouble};
use super::print::{Layout, safe};
use super::read::pages;
use crate::view::table::{Cell, Column, Width, column};
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::exceptions::{
    AddException, Attest, ExceptionRow, ListExceptions, RemoveException,
};

/// Exceptions listed or changed.
pub async fn exceptions(session: &mut Session, args: Exceptions) -> Result<Exit, Trouble> {
    match args.act {
        None => {}
        Some(act) => return change(session, act).await,
    }
    let tenant = session.tenant.clone();
    let page = pages(session, &args.list, |query| ListExceptions { tenant: tenant.clone(), query }).await?;
    if session.printer.is_json() {
        session.printer.json(&page, Layout::Whole)?;
        return Ok(Exit::Done);
    }
    let rows: Vec<_> = page.rows.iter().map(cells).collect();
    session.printer.table(&columns(), &rows, "There are no exceptions.")?;
    Ok(Exit::Done)
}

async fn change(session: &mut Session, act: ExceptionAct) -> Result<Exit, Trouble> {
    let tenant = session.tenant.clone();
    let id = |control: String| ControlId::new(control.to_ascii_uppercase());
    let (row, said) = match act {
        ExceptionAct::Add { control, object, reason, owner, expires, value } => {
            let call = AddException { tenant, control: id(control), object, reason, owner, expires, value };
            let row = session.connection.call(&call).await?;
            let until = format!("is excepted until {}", row.expires.format("%Y-%m-%d"));
            (row, until)
        }
        ExceptionAct::Remove { control, object, reason } => {
            let call = RemoveException { tenant, control: id(control), object, reason };
            (session.connection.call(&call).await?, "is no longer excepted".to_owned())
        }
    };
    if session.printer.is_json() {
        session.printer.json(&row, Layout::Whole)?;
    } else {
        session.printer.line(&format!("{} {said} from {}.", safe(row.object.as_str()), row.control))?;
    }
    Ok(Exit::Done)
}

/// Takes a person's word on a control.
pub async fn attest(session: &mut Session, control: String, statement: String) -> Result<Exit, Trouble> {
    let control = ControlId::new(control.to_ascii_uppercase());
    let call = Attest { tenant: session.tenant.clone(), control, statement };
    let row = session.connection.call(&call).await?;
    if session.printer.is_json() {
        session.printer.json(&row, Layout::Whole)?;
    } else {
        session.printer.line(&format!("{} is confirmed by {}.", row.control, safe(&row.owner)))?;
    }
    Ok(Exit::Done)
}

fn columns() -> [Column; 6] {
    [
        column("until", Width::Fit(10)),
        column("control", Width::Fit(12)),
        column("object", Width::Fit(40)),
        column("owner", Width::Fit(24)),
        column("from", Width::Fit(13)),
        column("why", Width::Rest(20)),
    ]
}

fn cells(row: &ExceptionRow) -> Vec<Cell> {
    let ended = if row.counts { "" } else { " (ended)" };
    let why = match &row.value {
        serde_json::Value::Null => row.reason.to_string(),
        value => format!("accepts {value}: {}", row.reason),
    };
    vec![
        Cell::plain(format!("{}{ended}", row.expires.format("%Y-%m-%d"))),
        Cell::plain(row.control.as_str()),
        Cell::plain(row.object.as_str()),
        Cell::plain(row.owner.as_str()),
        Cell::plain(row.source.as_str()),
        Cell::plain(why),
    ]
}
