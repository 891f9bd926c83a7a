//! Verbs that `trueconfigd` implements: it is looked for beside this binary and at the installed
//! place, never through PATH, for nobody may slip another one in.

use super::Session;
use super::args::{ControlAct, Passed};
use super::exit::{Exit, Trouble};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where packages install the daemon.
const INSTALLED: &str = "/usr/libexec/trueconfig/trueconfigd";

/// The daemon's binary.
///
/// # Errors
/// There is none at either place.
pub fn binary() -> Result<PathBuf, Trouble> {
    let own = std::env::current_exe()
        .map_err(|error| Trouble::Local(format!("cannot tell where this binary is: {error}")))?;
    let beside = own.with_file_name("trueconfigd");
    let installed = PathBuf::from(INSTALLED);
    [&beside, &installed].into_iter().find(|path| path.is_file()).cloned().ok_or_else(|| {
        Trouble::Local(format!(
            "trueconfigd is neither at {} nor at {INSTALLED}: build it (cargo build --release) or install the package",
            beside.display()
        ))
    })
}

/// Becomes the daemon's verb. It comes back only if that fails.
///
/// # Errors
/// The binary is not there or does not start.
pub fn exec(arguments: Vec<OsString>) -> Result<Exit, Trouble> {
    let path = binary()?;
    let error = Command::new(&path).args(arguments).exec();
    Err(Trouble::Local(format!("cannot start {}: {error}", path.display())))
}

/// Judges a tenant file.
///
/// # Errors
/// As [`exec`].
pub fn evaluate(session: &Session, args: Passed) -> Result<Exit, Trouble> {
    exec(evaluate_arguments(session.printer.is_json(), args))
}

fn evaluate_arguments(json: bool, args: Passed) -> Vec<OsString> {
    let mut arguments = vec![OsString::from("evaluate"), args.file.into_os_string()];
    arguments.extend(json.then(|| "--json".into()));
    arguments.extend(option("--level", args.level.map(|level| level.to_string().into())));
    arguments.extend(option("--as-of", args.as_of.map(OsString::from)));
    arguments.extend(option("--config", args.config.map(PathBuf::into_os_string)));
    arguments
}

/// Works with controls.
///
/// # Errors
/// As [`exec`].
pub fn control(session: &Session, act: ControlAct) -> Result<Exit, Trouble> {
    exec(control_arguments(session.printer.is_json(), act))
}

fn control_arguments(json: bool, act: ControlAct) -> Vec<OsString> {
    let mut arguments = vec![OsString::from("control")];
    let paths = |files: Vec<PathBuf>| files.into_iter().map(PathBuf::into_os_string);
    match act {
        ControlAct::New { id, file } => {
            arguments.extend(["new".into(), id.into()]);
            arguments.extend(paths(file.into_iter().collect()));
        }
        ControlAct::Check { files } => {
            arguments.push("check".into());
            arguments.extend(paths(files));
        }
        ControlAct::Test { files, all, config } => {
            arguments.push("test".into());
            arguments.extend(paths(files));
            arguments.extend(all.then(|| "--all".into()));
            arguments.extend(option("--config", config.map(PathBuf::into_os_string)));
            arguments.extend(json.then(|| "--json".into()));
        }
        ControlAct::Explain { control } => {
            arguments.extend(["explain".into(), control.into()]);
            arguments.extend(json.then(|| "--json".into()));
        }
    }
    arguments
}

/// Writes controls that accept what a tenant file holds.
///
/// # Errors
/// As [`exec`].
pub fn pin(file: &Path, into: &Path) -> Result<Exit, Trouble> {
    let verb = ["baseline", "from-snapshot"].map(OsString::from);
    let places = [file.as_os_str().to_owned(), "--into".into(), into.as_os_str().to_owned()];
    exec(verb.into_iter().chain(places).collect())
}

/// Checks the journal in a folder.
///
/// # Errors
/// As [`exec`].
pub fn verify(session: &Session, dir: &Path, key: Option<&str>) -> Result<Exit, Trouble> {
    let mut arguments = vec![OsString::from("verify"), "--dir".into(), dir.as_os_str().to_owned()];
    arguments.extend(option("--key", key.map(OsString::from)));
    arguments.extend(session.printer.is_json().then(|| "--json".into()));
    exec(arguments)
}

/// A flag with its value, where there is one.
pub fn option(flag: &str, value: Option<OsString>) -> Vec<OsString> {
    value.map(|value| vec![flag.into(), value]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{ControlAct, Passed, control_arguments, evaluate_arguments};

    #[test]
    fn evaluate_passes_everything_on() {
        let args = Passed {
            file: "tenant.json".into(),
            level: Some(2),
            as_of: Some("2026-11-24T00:00:00Z".into()),
            config: Some("c.toml".into()),
        };
        let expected = [
            "evaluate",
            "tenant.json",
            "--json",
            "--level",
            "2",
            "--as-of",
            "2026-11-24T00:00:00Z",
            "--config",
            "c.toml",
        ];
        assert_eq!(evaluate_arguments(true, args), expected);
    }

    #[test]
    fn control_passes_everything_on() {
        let act = ControlAct::Test { files: vec!["a.toml".into()], all: true, config: Some("c.toml".into()) };
        let expected = ["control", "test", "a.toml", "--all", "--config", "c.toml", "--json"];
        assert_eq!(control_arguments(true, act), expected);
        let act = ControlAct::New { id: "ORG-01".to_owned(), file: None };
        assert_eq!(control_arguments(true, act), ["control", "new", "ORG-01"]);
    }
}
