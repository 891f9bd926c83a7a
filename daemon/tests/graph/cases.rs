//! A tenant file means the same to `evaluate` and to a twin that serves it: what the daemon reads from the twin is
//! judged as the file is. Every case of every control is such a file.

use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::watch;
use trueconfig_common::verdict::{Judgement, Verdict};
use trueconfig_core::baseline::{Baseline, Case, Control, Level, Member, TenantConfig};
use trueconfig_core::evaluate::evaluate;
use trueconfig_core::snapshot::{Snapshot, tenant_file};
use trueconfig_daemon::config::{Config, write_for_twin};
use trueconfig_daemon::graph::collect::{Progress, Wanted, collect};
use trueconfig_twin::{Options, TenantFile, serve};

use crate::twin::FULL;

/// Cases of each control and verdict unless `TRUECONFIG_CASES` says otherwise.
const CASES: usize = 1;

/// Controls whose cases say what the daemon never reads over Graph: what is shown to people only (D28), and mailboxes
/// without a consent that the twin's client has.
const NOT_OVER_GRAPH: [&str; 2] = ["EXT-07", "GOV-33"];

/// What the daemon reads from a twin that serves a file.
async fn read(file: TenantFile, wanted: &Wanted<'_>, now: DateTime<Utc>) -> Snapshot {
    let twin = serve(Options { clock: Arc::new(move || now), ..Options::new(file) }).await.expect("a twin");
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("twin.toml");
    write_for_twin(&path, &twin).expect("a configuration");
    let text = std::fs::read_to_string(&path).expect("the configuration");
    let ports = Config::parse(&path, &text).expect("sound").tenants[0].connect().expect("ports");
    let (watch, _) = watch::channel(Progress::default());
    collect(ports.read.as_ref(), wanted, FULL, &watch, &|| now).await.expect("a snapshot").snapshot
}

fn judged(
    snapshot: &Snapshot,
    baseline: &Baseline,
    config: &TenantConfig,
    now: DateTime<Utc>,
) -> Vec<Judgement> {
    let evaluation = evaluate(snapshot, baseline, config, now);
    evaluation.judgements.into_iter().chain(evaluation.prerequisites).collect()
}

/// Issue 3, issue 8: the demo tenant is judged from its file as over Graph, and no control is an error.
#[tokio::test]
async fn the_demo_tenant_is_judged_alike_from_its_file_and_from_the_twin() {
    let file = TenantFile::contoso().expect("the demo tenant");
    let now = file.twin.as_of.expect("a base instant");
    let config = TenantConfig::default();
    let baseline = Baseline::embedded(Level::MAXIMUM).expect("a baseline");
    let mut from_file = tenant_file::read(&file.to_json(), now).expect("a snapshot");
    // What is read of a tenant is kept in the order of its ids, and some reasons name the first of many.
    from_file.sort();
    let from_file = judged(&from_file, &baseline, &config, now);
    let clients = file.twin.clients.clone();
    let snapshot = read(file, &Wanted::of(&baseline, &config), now).await;
    let from_twin = judged(&snapshot, &baseline, &config, now);
    assert_alike(&from_file, &from_twin);
    let errors = from_twin.iter().filter(|judgement| judgement.verdict == Verdict::Error);
    assert_eq!(errors.map(|judgement| &judgement.reason).collect::<Vec<_>>(), Vec::<&String>::new());

    // A copy of the tenant out of what was read of it, as `trueconfig snapshot export` writes it.
    let mut exported = Vec::new();
    tenant_file::write(&snapshot, &mut exported).expect("a file");
    let exported = String::from_utf8(exported).expect("text");
    let mut copy = TenantFile::parse(&exported, "exported").expect("a tenant file");
    copy.twin.clients = clients;
    let of_copy = read(copy, &Wanted::of(&baseline, &config), now).await;
    assert_alike(&from_twin, &judged(&of_copy, &baseline, &config, now));
}

fn assert_alike(one: &[Judgement], other: &[Judgement]) {
    assert_eq!(one.len(), other.len());
    let differ = |(one, other): &(&Judgement, &Judgement)| {
        (one.verdict, &one.reason, &one.control) != (other.verdict, &other.reason, &other.control)
    };
    let differences = one.iter().zip(other).filter(differ);
    let told: Vec<String> = differences
        .map(|(one, other)| {
            format!("{}: {} {} | {} {}", one.control, one.verdict, one.reason, other.verdict, other.reason)
        })
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// The baseline of one control with its own parameters, as its cases are judged.
fn alone(baseline: &Baseline, control: &Control) -> Baseline {
    let member = Member { parameters: control.parameters.clone(), scored: true, control: control.clone() };
    let mut alone = baseline.clone();
    alone.members = vec![member];
    alone
}

/// The first cases of each verdict. What cannot be read from a file is not there in the twin either, which does not
/// know that somebody failed to read it, so cases that are errors are left out.
fn chosen(control: &Control) -> Vec<&Case> {
    let most = std::env::var("TRUECONFIG_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CASES);
    let mut taken: BTreeMap<Verdict, usize> = BTreeMap::new();
    let cases = control.cases.iter().filter(|case| case.verdict != Verdict::Error);
    cases
        .filter(|case| {
            let count = taken.entry(case.verdict).or_default();
            *count += 1;
            *count <= most
        })
        .collect()
}

/// Why a case is judged differently over Graph, if it is.
async fn difference(baseline: &Baseline, case: &Case) -> Option<String> {
    let text = json!({"graph": case.graph}).to_string();
    let from_file = tenant_file::read(&text, case.as_of).expect("a snapshot");
    let from_file = judged(&from_file, baseline, &case.config, case.as_of);
    let file = match TenantFile::parse(&text, &case.name) {
        Ok(file) => file,
        Err(error) => return Some(error.to_string()),
    };
    // A file may hold what only beta shows; whether beta is read is another matter.
    let config = TenantConfig { beta: true, ..case.config.clone() };
    let from_twin = read(file, &Wanted::of(baseline, &config), case.as_of).await;
    let from_twin = judged(&from_twin, baseline, &case.config, case.as_of);
    let said = |judgements: &[Judgement]| format!("{}: {}", judgements[0].verdict, judgements[0].reason);
    let (file, twin) = (said(&from_file), said(&from_twin));
    (file != twin).then(|| format!("{file} | over Graph {twin}"))
}

/// Issue 3: the twin can be seeded from any snapshot.
#[tokio::test]
async fn cases_of_controls_are_judged_alike_from_the_file_and_from_the_twin() {
    let all = Baseline::load(Level::MAXIMUM, Baseline::embedded_files(), &[]).expect("a baseline with cases");
    let (mut compared, mut differences) = (0, Vec::new());
    let over_graph = |member: &&Member| !NOT_OVER_GRAPH.contains(&member.control.id.as_str());
    for member in all.members.iter().filter(over_graph) {
        let baseline = alone(&all, &member.control);
        for case in chosen(&member.control) {
            compared += 1;
            if let Some(difference) = difference(&baseline, case).await {
                differences.push(format!("{} \"{}\": {difference}", member.control.id, case.name));
            }
        }
    }
    assert!(compared > 200, "{compared} cases");
    assert!(differences.is_empty(), "{} of {compared}:\n{}", differences.len(), differences.join("\n"));
}
