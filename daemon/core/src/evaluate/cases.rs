//! Runs every case of every shipped control.

use super::run_cases;
use crate::{
    baseline::{Baseline, Control, Level, check::Check},
    snapshot::FamilyName,
};
use trueconfig_common::verdict::Verdict;

fn controls() -> Vec<Control> {
    let files = Baseline::embedded_files().iter().filter(|(name, _)| name.starts_with("controls/"));
    files.map(|(name, text)| Control::parse(name, text).unwrap_or_else(|error| panic!("{error}"))).collect()
}

#[test]
fn every_case_of_every_control_holds() {
    let mut failures = Vec::new();
    for control in controls() {
        let failed = run_cases(&control).into_iter().filter_map(|run| Some((run.case, run.failure?)));
        failures.extend(failed.map(|(case, failure)| format!("{} \"{case}\": {failure}", control.id)));
    }
    assert!(failures.is_empty(), "{} cases fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_control_has_the_cases_the_catalogue_asks_for() {
    for control in controls() {
        let has = |verdict: Verdict, reason: &str| {
            control.cases.iter().any(|case| case.verdict == verdict && case.reason.contains(reason))
        };
        if matches!(control.check, Check::Source(_) | Check::Attested(_)) {
            assert!(has(Verdict::NotApplicable, "source"), "{}: no source", control.id);
            continue;
        }
        assert!(has(Verdict::Pass, ""), "{}: pass", control.id);
        let unmet = has(Verdict::Fail, "") || has(Verdict::Warning, "");
        assert!(unmet, "{}: not met", control.id);
        assert!(has(Verdict::Error, "unreadable"), "{}: unreadable", control.id);
        let licensed = control.licence.is_empty() || has(Verdict::NotApplicable, "licence");
        assert!(licensed, "{}: without licence", control.id);
        let names: std::collections::BTreeSet<&str> =
            control.cases.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names.len(), control.cases.len(), "{}: names of cases", control.id);
    }
}

#[test]
fn every_control_is_in_the_file_of_its_level() {
    let all = Baseline::embedded(Level::MAXIMUM).unwrap();
    for control in controls() {
        let member = all.member(&control.id).unwrap();
        assert!(member.scored, "{} is in no level file", control.id);
    }
}

#[test]
fn prerequisites_are_judged_and_not_scored_where_their_level_is_off() {
    let first = Baseline::embedded(Level::RECOMMENDED).unwrap();
    assert!(!first.member(&"APP-04".into()).unwrap().scored);
    assert!(first.member(&"APP-08".into()).unwrap().scored);
}

/// What is as many as users is judged by rules, or narrowed before a predicate is run: one over a million
/// objects takes ten seconds.
#[test]
fn no_shipped_control_runs_predicates_over_everybody() {
    for control in controls() {
        let (family, among) = match &control.check {
            Check::Each(check) => (check.family, &check.among),
            Check::Count(check) => (check.family, &check.among),
            _ => continue,
        };
        let many = [FamilyName::Users, FamilyName::Devices, FamilyName::ServicePrincipals];
        assert!(!many.contains(&family) || !among.is_empty(), "{}", control.id);
    }
}

/// Shipped controls are read without their cases where only their verdicts are wanted.
#[test]
fn without_its_cases_a_control_is_the_same() {
    let shipped = Baseline::embedded(Level::MAXIMUM).unwrap();
    let whole = Baseline::with_cases(Level::MAXIMUM);
    assert_eq!(shipped.digest, whole.digest);
    for (short, long) in shipped.members.iter().zip(&whole.members) {
        assert!(short.control.cases.is_empty() && !long.control.cases.is_empty(), "{}", long.control.id);
        assert_eq!(short.control.guidance, long.control.guidance, "{}", long.control.id);
    }
}
