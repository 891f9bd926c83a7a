//! `trueconfigd permissions script`: a script for an administrator that registers the two applications in Entra,
//! each with exactly the permissions that the chosen controls need, and with a certificate for its proof.

use super::DONE;
use crate::output::say;
use miette::miette;
use trueconfig_common::id::ControlId;
use trueconfig_core::baseline::{Baseline, Level, TenantConfig};
use trueconfig_core::scopes::{Needed, Needs};

/// What does not depend on the controls; see its own comments.
const SCRIPT: &str = include_str!("register.ps1");

#[derive(Debug, clap::Subcommand)]
pub(super) enum Arguments {
    /// Print it.
    Script(Script),
}

#[derive(Debug, clap::Args)]
pub(super) struct Script {
    /// Level of the baseline, 1 to 3.
    #[arg(long, value_name = "N", default_value_t = 1)]
    level: u8,
    /// Only for these controls (repeat it); for all of the level if it is left out.
    #[arg(long = "control", value_name = "ID")]
    controls: Vec<String>,
    /// Register no writer: nothing can ever be changed.
    #[arg(long)]
    read_only: bool,
}

pub(super) fn run(Arguments::Script(script): &Arguments) -> miette::Result<u8> {
    let level = Level::try_from(script.level).map_err(|error| miette!("--level: {error}"))?;
    let baseline = Baseline::embedded(level).map_err(|error| miette!("{error}"))?;
    let only: Vec<_> = script.controls.iter().map(|id| ControlId::new(id.to_ascii_uppercase())).collect();
    if let Some(unknown) = only.iter().find(|id| baseline.member(id).is_none()) {
        return Err(miette!("--control: level {} has no {unknown}", script.level));
    }
    let mut needs = Needs::of(&baseline, &TenantConfig::default(), &only);
    if script.read_only {
        needs.writer.clear();
    }
    say(format_args!("{}", written(&needs)));
    Ok(DONE)
}

fn written(needs: &Needs) -> String {
    SCRIPT
        .replace("@READER@", &list(&needs.reader))
        .replace("@WRITER@", &list(&needs.writer))
        .trim_end()
        .to_owned()
}

/// One permission a line, with the controls that need it. Names are our own, of letters and points.
fn list(needed: &Needed) -> String {
    let line = |(name, controls): (&String, &std::collections::BTreeSet<ControlId>)| {
        let controls: Vec<&str> = controls.iter().map(ControlId::as_str).collect();
        format!("    '{name}' # {}", controls.join(" "))
    };
    needed.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn needs(level: u8, only: &[ControlId]) -> Needs {
        let baseline = Baseline::embedded(Level::try_from(level).unwrap()).unwrap();
        Needs::of(&baseline, &TenantConfig::default(), only)
    }

    /// Names in quotes on lines of their own, between the brackets of a list.
    fn listed(script: &str, list: &str) -> BTreeSet<String> {
        let (_, after) = script.split_once(&format!("${list} = @(")).unwrap();
        let (inside, _) = after.split_once("\n)").unwrap();
        inside
            .lines()
            .filter_map(|line| Some(line.trim().strip_prefix('\'')?.split_once('\'')?.0.into()))
            .collect()
    }

    #[test]
    fn the_script_asks_for_what_is_needed_and_nothing_else() {
        let needs = needs(3, &[]);
        let script = written(&needs);
        assert_eq!(listed(&script, "reader"), needs.reader.keys().cloned().collect());
        assert_eq!(listed(&script, "writer"), needs.writer.keys().cloned().collect());
        assert!(!script.contains("@READER@") && !script.contains("@WRITER@"));
        let one = written(&super::Needs { writer: Needed::new(), ..needs });
        assert!(listed(&one, "writer").is_empty());
    }

    /// Every permission that a control names is one of Graph's application permissions.
    #[test]
    #[ignore = "needs ../shared/graph"]
    fn every_permission_is_one_of_graphs() {
        let set = std::env::var_os("TRUECONFIG_GRAPH_ORACLE").map(std::path::PathBuf::from);
        let folder = set.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/graph"));
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let known: serde_json::Value = serde_json::from_str(&read("graph-permission-ids.json")).unwrap();
        // The newest have no id there yet; then Microsoft's table of paths must name them.
        let newer = read("permissions-slice.json");
        let needs = needs(3, &[]);
        assert!(needs.reader.len() > 10 && needs.writer.len() > 10);
        for name in needs.reader.keys().chain(needs.writer.keys()) {
            let is_known = known["application"][name].is_string() || newer.contains(&format!("\"{name}\""));
            assert!(is_known, "{name} is no application permission of Graph");
        }
    }
}
