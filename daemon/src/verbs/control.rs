//! `trueconfigd control`: controls written, checked, tested and explained without a daemon.

use super::{DEVIATIONS, DONE};
use crate::config::{Config, OwnControls};
use crate::output::say;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use trueconfig_common::id::ControlId;
use trueconfig_core::baseline::{Baseline, Control, Explanation, Level};
use trueconfig_core::evaluate::{CaseRun, run_cases};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Arguments {
    /// Write a commented control to begin with; it is well formed and its cases hold.
    New {
        /// Its id, such as ORG-01.
        id: String,
        /// The new file; ID.toml in this folder if it is left out.
        file: Option<PathBuf>,
    },
    /// Check control files of yours, together with each other and with those that are shipped.
    Check {
        /// The files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Run the cases that control files carry, and print how many hold.
    Test(Test),
    /// Say what a control evaluates, plans and rolls back, and what it needs.
    Explain {
        /// The id of a shipped control, or a file of yours.
        control: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Test {
    /// The files.
    #[arg(value_name = "FILE", required_unless_present = "all")]
    files: Vec<PathBuf>,
    /// Every control that is shipped, and with --config every one of yours.
    #[arg(long)]
    all: bool,
    /// The configuration that names the folder of yours.
    #[arg(long, value_name = "FILE", requires = "all")]
    config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> miette::Result<u8> {
    match arguments {
        Arguments::New { id, file } => new(id, file.as_deref()),
        Arguments::Check { files } => check(files),
        Arguments::Test(arguments) => test(arguments),
        Arguments::Explain { control, json: true } => {
            say(serde_json::to_string_pretty(&explained(&find(control)?)).into_diagnostic()?);
            Ok(DONE)
        }
        Arguments::Explain { control, json: false } => {
            explain(&find(control)?);
            Ok(DONE)
        }
    }
}

fn new(id: &str, file: Option<&Path>) -> miette::Result<u8> {
    let name = format!("{id}.toml");
    let text = Control::template(&ControlId::from(id));
    Control::parse_operators(&name, &text).map_err(|error| miette!("{error}"))?;
    let path = file.unwrap_or(Path::new(&name));
    let cannot = || format!("cannot write {}", path.display());
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    let mut made = made.into_diagnostic().wrap_err_with(cannot)?;
    made.write_all(text.as_bytes()).into_diagnostic().wrap_err_with(cannot)?;
    say(format_args!("{} is written; try `trueconfig control test` on it", path.display()));
    Ok(DONE)
}

fn check(files: &[PathBuf]) -> miette::Result<u8> {
    let own = OwnControls::of_files(files).into_diagnostic()?;
    let controls: Vec<_> =
        own.files().into_iter().map(|(name, text)| Control::parse_operators(name, text)).collect();
    let wrong: Vec<String> =
        controls.iter().filter_map(|one| one.as_ref().err()).map(ToString::to_string).collect();
    if !wrong.is_empty() {
        return Err(miette!("{}", wrong.join("\n\n")));
    }
    Baseline::with_operators(Level::MAXIMUM, &own.files()).map_err(|error| miette!("{error}"))?;
    for control in controls.into_iter().flatten() {
        say(format_args!("{}: {} is well formed, {} cases", control.file, control.id, control.cases.len()));
    }
    Ok(DONE)
}

fn test(arguments: &Test) -> miette::Result<u8> {
    let mut controls = own(&OwnControls::of_files(&arguments.files).into_diagnostic()?)?;
    if let Some(config) = &arguments.config {
        controls.extend(own(&Config::load(config)?.own_controls().into_diagnostic()?)?);
    }
    if arguments.all {
        controls.extend(shipped()?);
    }
    let runs: Vec<(Control, Vec<CaseRun>)> = controls
        .into_iter()
        .map(|control| (run_cases(&control), control))
        .map(|(runs, one)| (one, runs))
        .collect();
    let cases: usize = runs.iter().map(|(_, runs)| runs.len()).sum();
    let failing: usize = runs.iter().map(|(_, runs)| failures(runs).count()).sum();
    if arguments.json {
        say(results(&runs, cases, failing));
    } else {
        for (control, runs) in &runs {
            say(format_args!(
                "{:<10} {:>3} cases, {} hold",
                control.id,
                runs.len(),
                runs.len() - failures(runs).count()
            ));
            for (case, failure) in failures(runs) {
                say(format_args!("{:10} \"{case}\": {failure}", ""));
            }
        }
        say(format_args!("{} controls, {cases} cases, {failing} of them do not hold", runs.len()));
    }
    Ok(if failing == 0 { DONE } else { DEVIATIONS })
}

fn failures(runs: &[CaseRun]) -> impl Iterator<Item = (&str, &str)> {
    runs.iter().filter_map(|run| Some((run.case.as_str(), run.failure.as_deref()?)))
}

fn results(runs: &[(Control, Vec<CaseRun>)], cases: usize, failing: usize) -> Value {
    let one = |(control, runs): &(Control, Vec<CaseRun>)| {
        let failed: Vec<_> =
            failures(runs).map(|(case, why)| json!({"case": case, "failure": why})).collect();
        json!({"id": control.id, "cases": runs.len(), "failed": failed})
    };
    json!({"controls": runs.iter().map(one).collect::<Vec<_>>(), "cases": cases, "failing": failing})
}

fn own(files: &OwnControls) -> miette::Result<Vec<Control>> {
    let parsed = files.files().into_iter().map(|(name, text)| Control::parse_operators(name, text));
    parsed.collect::<Result<_, _>>().map_err(|error| miette!("{error}"))
}

fn shipped() -> miette::Result<Vec<Control>> {
    let files = Baseline::embedded_files().iter().filter(|(name, _)| name.starts_with("controls/"));
    files
        .map(|(name, text)| Control::parse(name, text))
        .collect::<Result<_, _>>()
        .map_err(|error| miette!("{error}"))
}

/// A shipped control by its id, or one of a file.
fn find(control: &str) -> miette::Result<Control> {
    let path = Path::new(control);
    if path.is_file() {
        let found = own(&OwnControls::of_files(&[path.to_owned()]).into_diagnostic()?)?;
        return found.into_iter().next().ok_or_else(|| miette!("{control} holds no control"));
    }
    let id = control.to_uppercase();
    let found = shipped()?.into_iter().find(|one| one.id.as_str() == id);
    found.ok_or_else(|| miette!("there is neither a shipped control nor a file {control:?}"))
}

fn explained(control: &Control) -> Value {
    let Explanation { evaluates, plans, rolls_back } = Explanation::of(control);
    json!({
        "id": control.id, "title": control.title, "category": control.category, "level": control.level.get(),
        "severity": control.severity, "licence": control.licence, "highest_mode": control.effective_highest_mode(),
        "blast_radius": control.blast_radius, "parameters": control.parameters,
        "evaluates": evaluates, "plans": plans, "rolls_back": rolls_back,
        "depends_on": control.depends_on, "permissions": {"read": control.permissions.read, "write": control.permissions.write},
        "frameworks": control.frameworks, "guidance": control.guidance, "cases": control.cases.len(),
    })
}

fn explain(control: &Control) {
    let explanation = Explanation::of(control);
    let words = |all: Vec<String>| if all.is_empty() { "none".to_owned() } else { all.join(", ") };
    say(format_args!("{} {}", control.id, control.title));
    say(format_args!("{}, level {}, {}", control.severity, control.level.get(), control.category));
    let mut lines = vec![
        ("evaluates", explanation.evaluates),
        ("plans", explanation.plans),
        ("rolls back", explanation.rolls_back),
        (
            "highest mode",
            format!("{}, blast radius {}", control.effective_highest_mode(), control.blast_radius),
        ),
        ("licences", words(control.licence.iter().map(|one| one.as_str().to_owned()).collect())),
        ("reads with", words(control.permissions.read.clone())),
        ("writes with", words(control.permissions.write.clone())),
        ("depends on", words(control.depends_on.iter().map(ToString::to_string).collect())),
        (
            "parameters",
            words(control.parameters.iter().map(|(name, value)| format!("{name} = {value}")).collect()),
        ),
        ("why", control.guidance.why.clone()),
    ];
    lines.extend(control.guidance.actions.iter().map(|action| ("do", action.clone())));
    lines.extend(control.guidance.steps.iter().map(|step| ("in the portal", step.clone())));
    lines.push(("cases", control.cases.len().to_string()));
    for (name, text) in lines.iter().filter(|(_, text)| !text.is_empty()) {
        say(format_args!("{name:<14} {text}"));
    }
}
