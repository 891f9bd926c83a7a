//! Where alerts go: listed, and tried.

use super::Session;
use super::exit::{Exit, Trouble};
use super::print::{Layout, safe};
use crate::look::Tone;
use crate::text::time;
use crate::view::table::{Cell, Column, Width, column};
use trueconfig_common::interface::alerts::{ChannelRow, ListChannels, TestChannel};

/// What can be done about channels.
#[derive(Debug, clap::Subcommand)]
pub enum Act {
    /// List them; exit 1 if one fails
    List,
    /// Send a test to a channel now; exit 1 if it does not get through
    Test {
        /// The channel's name
        channel: String,
    },
}

/// Channels listed, or one of them tried.
pub async fn alerts(session: &mut Session, act: Option<Act>) -> Result<Exit, Trouble> {
    match act {
        None | Some(Act::List) => list(session).await,
        Some(Act::Test { channel }) => test(session, channel).await,
    }
}

async fn list(session: &mut Session) -> Result<Exit, Trouble> {
    let found = session.connection.call(&ListChannels { tenant: session.tenant.clone() }).await?;
    if session.printer.is_json() {
        session.printer.json(&found, Layout::Whole)?;
    } else {
        let rows: Vec<_> = found.channels.iter().map(cells).collect();
        session.printer.table(&columns(), &rows, "There are no channels.")?;
    }
    let failing = found.channels.iter().any(|channel| channel.failing);
    Ok(if failing { Exit::Found } else { Exit::Done })
}

async fn test(session: &mut Session, channel: String) -> Result<Exit, Trouble> {
    let call = TestChannel { tenant: session.tenant.clone(), channel };
    let tested = session.connection.call(&call).await?;
    if session.printer.is_json() {
        session.printer.json(&tested, Layout::Whole)?;
    } else if tested.delivered {
        let (name, time) = (safe(&tested.channel), tested.milliseconds);
        session.printer.line(&format!("The test got through to {name} in {time} ms."))?;
    } else {
        let (name, error) = (safe(&tested.channel), safe(&tested.error));
        session.printer.line(&format!("The test did not get through to {name}: {error}"))?;
    }
    Ok(if tested.delivered { Exit::Done } else { Exit::Found })
}

fn columns() -> [Column; 7] {
    [
        column("state", Width::Fit(7)),
        column("channel", Width::Fit(32)),
        column("type", Width::Fit(8)),
        column("from", Width::Fit(8)),
        column("delivered", Width::Fit(9)),
        column("waiting", Width::Fit(7)),
        column("last", Width::Rest(20)),
    ]
}

fn cells(row: &ChannelRow) -> Vec<Cell> {
    let state = match (row.failing, row.error.is_empty()) {
        (true, _) => Cell::toned(Tone::Bad, "failing"),
        (false, false) => Cell::toned(Tone::Warn, "retries"),
        (false, true) => Cell::toned(Tone::Good, "ok"),
    };
    let last = match (row.error.is_empty(), row.delivered_at) {
        (false, _) => row.error.clone(),
        (true, Some(at)) => time::minute(at),
        (true, None) => "nothing yet".to_owned(),
    };
    vec![
        state,
        Cell::plain(row.name.as_str()),
        Cell::plain(row.kind.as_str()),
        Cell::plain(row.severity.as_str()),
        Cell::plain(row.delivered.to_string()),
        Cell::plain(row.waiting.to_string()),
        Cell::plain(last),
    ]
}
