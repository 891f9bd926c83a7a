//! `trueconfigd undo`: what takes a remediation back, from a journal's files alone, for an administrator to send
//! when the product cannot. Nothing is sent.

use super::{DONE, WRONG_INPUT};
use crate::output::say;
use crate::store::{self, PersonalText};
use miette::{IntoDiagnostic as _, miette};
use serde::Serialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trueconfig_common::change::GraphRequest;
use trueconfig_common::id::RemediationId;
use trueconfig_common::remediation::{Act, Direction};
use trueconfig_core::change::{GRAPH_ROOT, Image};
use trueconfig_core::journal::event::Entry;
use trueconfig_core::lifecycle::work::write;
use trueconfig_core::state::{Remediation, State};

/// The property of a body that refers to an object.
const REFERENCE: &str = "@odata.id";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The remediation, such as R-00007.
    id: String,
    /// The tenant's store, such as /var/lib/trueconfig/contoso; a copy or a restored backup will do.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Root of Graph; national clouds have their own.
    #[arg(long, value_name = "URL", default_value = "https://graph.microsoft.com")]
    graph: String,
    /// Print JSON: [{"summary", "certain", "read", "after", "before", "request", "residue"}].
    #[arg(long)]
    json: bool,
}

/// One change to take back.
#[derive(Debug, Serialize)]
struct Undo {
    summary: String,
    /// Whether it is known that the change was made; if not, look before sending.
    certain: bool,
    /// What to fetch to see the touched fields.
    read: String,
    /// What stands there unless somebody changed it since.
    after: Image,
    /// What it is set back to.
    before: Image,
    /// What to send; none if the change cannot be taken back.
    request: Option<GraphRequest>,
    /// What stays behind even then, in words.
    residue: String,
}

pub(super) fn run(arguments: &Arguments) -> miette::Result<u8> {
    let id = RemediationId::new(arguments.id.to_uppercase());
    let state = state(&arguments.dir)?;
    let Some(remediation) = state.remediation(&id) else {
        let kept = state.remediations.len();
        eprintln!(
            "{id} is not in the journal of {}, which knows {kept} remediations",
            arguments.dir.display()
        );
        return Ok(WRONG_INPUT);
    };
    let undos = undos(remediation, arguments.graph.trim_end_matches('/'));
    match arguments.json {
        true => say(serde_json::to_string(&undos).into_diagnostic()?),
        false => print(&id, &undos)?,
    }
    Ok(DONE)
}

fn state(dir: &Path) -> miette::Result<State> {
    let mut state = State::default();
    for record in store::records(dir, PersonalText::Resolved).map_err(|error| miette!("{error}"))? {
        let record = record.map_err(|error| miette!("{error}"))?;
        let entry = Entry::from_record(&record).into_diagnostic()?;
        state.evolve(&entry).into_diagnostic()?;
    }
    Ok(state)
}

/// The last change first.
fn undos(remediation: &Arc<Remediation>, graph: &str) -> Vec<Undo> {
    let steps = remediation.steps.iter().enumerate().rev();
    steps
        .filter(|(_, step)| !matches!(step.undo, Act::Done { .. }))
        .filter(|(_, step)| !matches!(step.forward, Act::Idle | Act::Refused { .. }))
        .filter_map(|(number, step)| {
            let planned = remediation.plan.changes.get(number)?;
            Some(Undo {
                summary: planned.view.summary.clone(),
                certain: matches!(step.forward, Act::Done { .. }) && step.undo == Act::Idle,
                read: format!("{graph}{}", planned.change.read().path),
                after: planned.view.after.clone(),
                before: planned.view.before.clone(),
                request: write(remediation, number, Direction::Undo).map(|write| whole(write.request, graph)),
                residue: planned.view.residue.clone(),
            })
        })
        .collect()
}

/// With the root of Graph in the places that name it.
fn whole(request: GraphRequest, graph: &str) -> GraphRequest {
    let mut body = request.body;
    if let Some(below) =
        body.get(REFERENCE).and_then(Value::as_str).and_then(|text| text.strip_prefix(GRAPH_ROOT))
    {
        body[REFERENCE] = Value::from(format!("{graph}{below}"));
    }
    GraphRequest { path: format!("{graph}{}", request.path), body, ..request }
}

fn print(id: &RemediationId, undos: &[Undo]) -> miette::Result<()> {
    if undos.is_empty() {
        say(format_args!("{id} has changed nothing that stands now."));
        return Ok(());
    }
    say("Nothing is sent. As an administrator, do this in this order, with Graph Explorer for example:");
    for (number, undo) in (1..).zip(undos) {
        say(format_args!("\n{number}. Take back: {}", undo.summary));
        if !undo.certain {
            say("   It is not known whether this was done, or taken back already.");
        }
        say(format_args!("   Look first:  GET {}", undo.read));
        say(format_args!("   as we left it:  {}", text(&undo.after)?));
        say(format_args!("   as it was:      {}", text(&undo.before)?));
        say("   If it is neither, somebody else changed it since: ask before you go on.");
        match &undo.request {
            Some(request) => {
                say(format_args!("   Then send:   {} {}", request.method.as_str(), request.path));
                if request.body != Value::Null {
                    say(format_args!("   {}", text(&request.body)?));
                }
            }
            None => say("   No request takes this back."),
        }
        if !undo.residue.is_empty() {
            say(format_args!("   What stays:  {}", undo.residue));
        }
    }
    Ok(())
}

fn text(value: &impl Serialize) -> miette::Result<String> {
    serde_json::to_string(value).into_diagnostic()
}
