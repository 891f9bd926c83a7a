//! Verbs that change settings.

use super::Session;
use super::args::{BreakGlass, BreakGlassAct, OnOff, Reason, Reasoned, SetMode, SetSettings, SettingsAct};
use super::exit::{Exit, Trouble};
use super::print::{Layout, safe};
use crate::link::Failure;
use crate::screens;
use crate::text::time;
use crate::view::table::{Cell, Width, column};
use chrono::Utc;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::Method;
use trueconfig_common::interface::settings::{self, GetSettings, Settings};
use trueconfig_common::interface::settings::{
    RecordBreakGlassTest, ReleaseHold, SetAutoRollback, SetRemediation,
};

/// Modes shown or set.
pub async fn mode(session: &mut Session, args: SetMode) -> Result<Exit, Trouble> {
    let control = args.control.map(|id| ControlId::new(id.to_ascii_uppercase()));
    let mode = args.mode.or(args.default);
    if control.is_none() && mode.is_none() {
        return show_modes(session).await;
    }
    if control.is_some() && mode.is_none() && !args.clear {
        return Err(Trouble::Usage(
            "which mode? advisory, manual or auto; --clear takes the override away".to_owned(),
        ));
    }
    let call = settings::SetMode {
        tenant: session.tenant.clone(),
        control: control.clone(),
        mode,
        reason: args.reason,
    };
    let what = control.map_or_else(|| "The default mode".to_owned(), |id| format!("The mode of {id}"));
    let to = mode.map_or("the default", |mode| mode.as_str());
    set(session, &call, &format!("{what} is {to} now.")).await
}

async fn show_modes(session: &mut Session) -> Result<Exit, Trouble> {
    let settings = read(session).await?;
    if session.printer.is_json() {
        session.printer.json(&settings, Layout::Whole)?;
        return Ok(Exit::Done);
    }
    let columns =
        [column("control", Width::Fit(12)), column("mode", Width::Fit(10)), column("why", Width::Rest(20))];
    let mut rows =
        vec![vec![Cell::plain("(default)"), Cell::plain(settings.default_mode.as_str()), Cell::plain("")]];
    for (id, own) in &settings.control_overrides {
        rows.push(vec![
            Cell::plain(id.as_str()),
            Cell::plain(own.mode.as_str()),
            Cell::plain(own.reason.as_str()),
        ]);
    }
    for (id, why) in &settings.holds {
        rows.push(vec![Cell::plain(id.as_str()), Cell::plain("manual (held)"), Cell::plain(why.as_str())]);
    }
    session.printer.table(&columns, &rows, "")?;
    Ok(Exit::Done)
}

/// Settings shown or changed.
pub async fn settings(session: &mut Session, args: SetSettings) -> Result<Exit, Trouble> {
    let tenant = session.tenant.clone();
    match args.act {
        Some(SettingsAct::Enable(Reason { reason })) => {
            set(session, &SetRemediation { tenant, enabled: true, reason }, "Remediation is on.").await
        }
        Some(SettingsAct::Disable(Reason { reason })) => {
            set(session, &SetRemediation { tenant, enabled: false, reason }, "Remediation is off.").await
        }
        Some(SettingsAct::AutoRollback { to, reason }) => {
            let call = SetAutoRollback { tenant, enabled: to == OnOff::On, reason };
            set(session, &call, "Automatic rollback is set.").await
        }
        None => {
            let settings = read(session).await?;
            show(session, &settings)?;
            Ok(Exit::Done)
        }
    }
}

/// The last break-glass test, or a new one.
pub async fn break_glass(session: &mut Session, args: BreakGlass) -> Result<Exit, Trouble> {
    if let Some(BreakGlassAct::Record { note }) = args.act {
        let call = RecordBreakGlassTest { tenant: session.tenant.clone(), note };
        return set(session, &call, "The break-glass test is recorded.").await;
    }
    let settings = read(session).await?;
    if session.printer.is_json() {
        session.printer.json(&settings.emergency_access_verified, Layout::Whole)?;
        return Ok(Exit::Done);
    }
    session.printer.line(&format!("Break-glass accounts: {}", safe(&settings.break_glass.join(", "))))?;
    let text = match &settings.emergency_access_verified {
        Some(test) => {
            let age = time::ago(test.at, Utc::now());
            format!(
                "Last test: {} ({age}) by {}: {}",
                time::minute(test.at),
                safe(&test.by),
                safe(test.note.as_str())
            )
        }
        None => "Never tested. Record one: trueconfig breakglass record --note TEXT".to_owned(),
    };
    session.printer.line(&text)?;
    Ok(Exit::Done)
}

/// Pulls the kill switch. It never asks: who needs it is in a hurry.
pub async fn kill(session: &mut Session, args: Reason) -> Result<Exit, Trouble> {
    let call = settings::Kill { tenant: session.tenant.clone(), reason: args.reason };
    set(session, &call, "The kill switch is pulled: no remediation runs. trueconfig resume releases it.")
        .await
}

/// Releases it.
pub async fn resume(session: &mut Session, args: Reason) -> Result<Exit, Trouble> {
    let call = settings::Resume { tenant: session.tenant.clone(), reason: args.reason };
    set(session, &call, "The kill switch is released. Nothing cancelled comes back.").await
}

/// Releases a control from its hold.
pub async fn release(session: &mut Session, args: Reasoned) -> Result<Exit, Trouble> {
    let control = ControlId::new(args.control.to_ascii_uppercase());
    let said = format!("{control} is released.");
    let call = ReleaseHold { tenant: session.tenant.clone(), control, reason: args.reason };
    set(session, &call, &said).await
}

async fn read(session: &mut Session) -> Result<Settings, Failure> {
    session.connection.call(&GetSettings { tenant: session.tenant.clone() }).await
}

async fn set<M>(session: &mut Session, call: &M, said: &str) -> Result<Exit, Trouble>
where
    M: Method<Reply = Settings> + Clone,
{
    let settings = session.connection.call(call).await?;
    if session.printer.is_json() {
        session.printer.json(&settings, Layout::Whole)?;
    } else {
        session.printer.line(said)?;
    }
    Ok(Exit::Done)
}

fn show(session: &Session, settings: &Settings) -> Result<(), Trouble> {
    if session.printer.is_json() {
        return session.printer.json(settings, Layout::Whole);
    }
    let rows = screens::settings::rows(settings, None, Utc::now());
    let cells: Vec<_> = rows
        .iter()
        .map(|row| vec![Cell::plain(row.name.as_str()), Cell::plain(row.value.as_str())])
        .collect();
    session.printer.table(&[column("setting", Width::Fit(30)), column("value", Width::Rest(20))], &cells, "")
}
