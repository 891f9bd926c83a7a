//! The command line: the verbs of the screens, for scripts and for people without a full terminal.

pub mod args;
pub mod ask;
pub mod change;
pub mod configure;
pub mod daemon;
pub mod demo;
pub mod exit;
pub mod follow;
pub mod print;
pub mod read;

use crate::keys::{FILE_LIMIT, KeyTable};
use crate::link::{Connection, Endpoint};
use crate::look::{Charset, Look, Palette};
use crate::shell::{self, ShellError};
use args::{Arguments, Verb};
use exit::{Exit, Trouble};
use print::Printer;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Runs one invocation.
///
/// # Errors
/// What went wrong, with what to do.
pub async fn run(arguments: Arguments) -> Result<Exit, Trouble> {
    let look = look(&arguments, |name| std::env::var(name).ok());
    let endpoint = Endpoint::new(arguments.socket.clone(), arguments.tenant.clone().unwrap_or_default());
    let keys = keys(arguments.keys.as_deref(), |name| std::env::var(name).ok())?;
    let Some(verb) = arguments.verb else {
        shell::run(endpoint, look, keys).await?;
        return Ok(Exit::Done);
    };
    let mut session = Session {
        connection: Connection::to(&endpoint),
        printer: Printer::new(arguments.json, look),
        keys,
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
    /// What keys mean on the screens.
    pub keys: KeyTable,
    /// The tenant's name; empty where the daemon has one only.
    pub tenant: String,
}

async fn dispatch(session: &mut Session, verb: Verb) -> Result<Exit, Trouble> {
    match verb {
        Verb::Status(args) => read::status(session, args).await,
        Verb::Scan(args) => follow::scan(session, args).await,
        Verb::Controls(args) => read::controls(session, args).await,
        Verb::Show(args) => read::show(session, args).await,
        Verb::History(args) => read::history(session, args).await,
        Verb::Audit(args) => read::audit(session, args).await,
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
        Verb::Kill(args) => configure::kill(session, args).await,
        Verb::Resume(args) => configure::resume(session, args).await,
        Verb::Release(args) => configure::release(session, args).await,
        Verb::Export(args) => follow::export(session, args).await,
        Verb::Verify(args) => read::verify(session, args).await,
        Verb::Evaluate(args) => daemon::evaluate(session, args),
        Verb::Demo(args) => demo::run(session, args).await,
        Verb::Keys => read::keys(session),
    }
}

/// The key table with the person's own keys: from the file named, or from the usual place if there
/// is one.
fn keys(named: Option<&Path>, variable: impl Fn(&str) -> Option<String>) -> Result<KeyTable, Trouble> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
    let usual = folder.map(|folder| folder.join("trueconfig/keys")).filter(|path| path.is_file());
    let Some(path) = named.map(Path::to_owned).or(usual) else {
        return KeyTable::standard().map_err(|error| Trouble::from(ShellError::from(error)));
    };
    let mut text = String::new();
    File::open(&path)
        .and_then(|file| file.take(FILE_LIMIT).read_to_string(&mut text))
        .map_err(|error| Trouble::Usage(format!("cannot read the keys in {}: {error}", path.display())))?;
    KeyTable::patched(&path.display().to_string(), &text)
        .map_err(|error| Trouble::from(ShellError::from(error)))
}

/// How things look, from flags first and the environment second.
fn look(arguments: &Arguments, variable: impl Fn(&str) -> Option<String>) -> Look {
    let charset = if arguments.ascii { Charset::Ascii } else { Charset::of_locale(&variable) };
    // https://no-color.org: any value but the empty one.
    let colourless = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    let palette = match arguments.theme {
        Some(palette) => palette,
        None if colourless => Palette::Mono,
        None => Palette::Dark,
    };
    Look { charset, palette }
}

#[cfg(test)]
mod tests;
