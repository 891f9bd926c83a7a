//! Running the cases that a control file carries.

use super::judge;
use crate::{
    baseline::{Case, Control, Member},
    checks::{Context, Finding},
    snapshot::tenant_file,
};

/// One case, run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRun {
    /// The case's name.
    pub case: String,
    /// What came of it where something else was expected, in words; none if it held.
    pub failure: Option<String>,
}

/// Runs every case of a control, with the parameters of its own file.
pub fn run_cases(control: &Control) -> Vec<CaseRun> {
    let member = Member { parameters: control.parameters.clone(), scored: true, control: control.clone() };
    let run = |case: &Case| CaseRun { case: case.name.clone(), failure: failure(&member, case) };
    control.cases.iter().map(run).collect()
}

fn failure(member: &Member, case: &Case) -> Option<String> {
    let snapshot = match tenant_file::from_responses(&case.graph, case.as_of) {
        Ok(snapshot) => snapshot,
        Err(error) => return Some(format!("its tenant is refused at {error}")),
    };
    let finding = judge(&Context::new(&snapshot, &case.config, case.as_of), member);
    let near = finding.near_miss.as_ref().map(|near| near.sentence.as_str()).unwrap_or_default();
    differs(case, &finding, near).map(|what| {
        let near = if near.is_empty() { String::new() } else { format!("; {near}") };
        format!("{what}; it says {}: {}{near}", finding.verdict, finding.reason)
    })
}

fn differs(case: &Case, finding: &Finding, near: &str) -> Option<String> {
    if finding.verdict != case.verdict {
        return Some(format!("{} expected", case.verdict));
    }
    if !finding.reason.contains(&case.reason) {
        return Some(format!("a reason with {:?} expected", case.reason));
    }
    let missing = case.near_miss.as_ref().filter(|expected| !near.contains(expected.as_str()));
    missing.map(|expected| format!("a near miss with {expected:?} expected"))
}
