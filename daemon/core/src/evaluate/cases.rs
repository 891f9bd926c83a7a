//! Runs every case of every shipped control.

use super::judge;
use crate::{
    baseline::{Baseline, Control, Level, Member, check::Check},
    checks::Context,
    snapshot::tenant_file,
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
        let member = Member { parameters: control.parameters.clone(), scored: true, control };
        for case in &member.control.cases {
            let snapshot = tenant_file::from_responses(&case.graph, case.as_of).unwrap();
            let finding = judge(&Context::new(&snapshot, &case.config, case.as_of), &member);
            let near = finding.near_miss.as_ref().map(|near| near.sentence.clone()).unwrap_or_default();
            let as_expected = finding.verdict == case.verdict
                && finding.reason.contains(&case.reason)
                && case.near_miss.as_ref().is_none_or(|expected| near.contains(expected));
            if !as_expected {
                failures.push(format!(
                    "{} \"{}\": {} expected, {} found: {} | near miss: {near}",
                    member.control.id, case.name, case.verdict, finding.verdict, finding.reason
                ));
            }
        }
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
