//! The command line: the verbs of the screens, for scripts and for people without a full terminal.

pub mod alerts;
pub mod args;
pub mod ask;
pub mod audit;
pub mod baseline;
pub mod change;
pub mod configure;
pub mod csv;
pub mod daemon;
pub mod demo;
pub mod doctor;
pub mod exceptions;
pub mod exit;
pub mod follow;
pub mod generate;
pub mod metrics;
pub mod permissions;
pub mod print;
pub mod read;
pub mod report;
pub mod schema;
pub mod snapshot;

use crate::link::{Connection, Endpoint};
use crate::look::{Charset, Look, Palette, zone};
use crate::preferences::Preferences;
use crate::shell;
use args::{Arguments, Audit, AuditAct, Verb};
use exit::{Exit, Trouble};
use print::Printer;

/// Runs one invocation.
///
/// # Errors
/// What went wrong, with what to do.
pub async fn run(arguments: Arguments) -> Result<Exit, Trouble> {
    let variable = |name: &str| std::env::var(name).ok();
    let preferences = Preferences::load(arguments.preferences.as_deref(), variable)?;
    let look = look(&arguments, &preferences, variable);
    let endpoint = Endpoint::new(arguments.socket.clone(), arguments.tenant.clone().unwrap_or_default());
    let Some(verb) = arguments.verb else {
        shell::run(endpoint, look, preferences).await?;
        return Ok(Exit::Done);
    };
    let mut session = Session {
        connection: Connection::to(&endpoint),
        printer: Printer::new(arguments.json, look),
        preferences,
        tenant: endpoint.tenant.clone(),
        endpoint,
    };
    dispatch(&mut session, verb).await
}

/// What every verb needs.
pub struct Session {
    /// The daemon, connected on the first call.
    pub connection: Connection,
    /// Where the daemon is.
    pub endpoint: Endpoint,
    /// Where results go.
    pub printer: Printer,
    /// What the person chose for the screens.
    pub preferences: Preferences,
    /// The tenant's name; empty where the daemon has one only.
    pub tenant: String,
}

async fn dispatch(session: &mut Session, verb: Verb) -> Result<Exit, Trouble> {
    match verb {
        Verb::Status(args) => read::status(session, args).await,
        Verb::Scan(args) => follow::scan(session, args).await,
        Verb::Controls(args) => read::controls(session, args).await,
        Verb::Show(args) => read::show(session, args).await,
        Verb::Snapshot(args) => snapshot::snapshot(session, args).await,
        Verb::History(args) => read::history(session, args).await,
        Verb::Audit(Audit { act: Some(AuditAct::Export(args)), .. }) => audit::export(session, args).await,
        Verb::Audit(Audit { list, act: None }) => read::audit(session, list).await,
        Verb::Drift(args) => read::drift(session, args).await,
        Verb::Plan(args) => change::plan(session, args).await,
        Verb::Approve(args) => change::approve(session, args).await,
        Verb::Reject(args) => change::reject(session, args).await,
        Verb::Withdraw(args) => change::withdraw(session, args).await,
        Verb::Rollback(args) => change::rollback(session, args).await,
        Verb::Close(args) => change::close(session, args).await,
        Verb::Mode(args) => configure::mode(session, args).await,
        Verb::Settings(args) => configure::settings(session, args).await,
        Verb::Breakglass(args) => configure::break_glass(session, args).await,
        Verb::Alerts { act } => alerts::alerts(session, act).await,
        Verb::Baseline { act } => baseline::baseline(session, act).await,
        Verb::Exceptions(args) => exceptions::exceptions(session, args).await,
        Verb::Attest { control, statement } => exceptions::attest(session, control, statement).await,
        Verb::Permissions(act) => permissions::permissions(session, act).await,
        Verb::Kill(args) => configure::kill(session, args).await,
        Verb::Resume(args) => configure::resume(session, args).await,
        Verb::Release(args) => configure::release(session, args).await,
        Verb::Export(args) => audit::export(session, args).await,
        Verb::Report(args) => report::report(session, args).await,
        Verb::Verify(args) => read::verify(session, args).await,
        Verb::Evaluate(args) => daemon::evaluate(session, args),
        Verb::Control(act) => daemon::control(session, act),
        Verb::Demo(args) => demo::run(session, args).await,
        Verb::Metrics(args) => metrics::metrics(session, args).await,
        Verb::Doctor => doctor::doctor(session).await,
        Verb::Completions { shell } => generate::completions(shell),
        Verb::Schema => schema::print(&session.printer),
        Verb::Manual { folder } => generate::manual(&folder),
        Verb::Keys => read::keys(session),
    }
}

/// How things look: flags first, then the environment, then the person's preferences, then what the
/// terminal can do.
fn look(arguments: &Arguments, preferences: &Preferences, variable: impl Fn(&str) -> Option<String>) -> Look {
    let ascii = arguments.ascii || preferences.ascii;
    let charset = if ascii { Charset::Ascii } else { Charset::of_locale(&variable) };
    // https://no-color.org: any value but the empty one.
    let colourless = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    let palette = match (arguments.theme, preferences.theme) {
        (Some(palette), _) => palette,
        (None, _) if colourless => Palette::Mono,
        (None, Some(palette)) => palette,
        (None, None) => Palette::of_terminal(&variable),
    };
    let zone = preferences.zone.unwrap_or_else(|| zone::of_system(variable));
    Look { zone, ..Look::new(charset, palette) }
}

#[cfg(test)]
mod tests;
