//! Properties of verdicts that hold for every tenant: what means the same is judged the same,
//! and what could not be read never passes. The tenants are those of all cases of all controls,
//! under random edits.

use super::judge;
use crate::{
    baseline::{Baseline, Case, Level, Member, check::Check},
    checks::{
        Context,
        policy::{conditions_once_enabled, policy_body},
    },
    snapshot::{ConditionalAccessPolicy, tenant_file},
};
use chrono::{DateTime, Utc};
use proptest::{
    prelude::*,
    sample::{Index, select},
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, sync::LazyLock};
use trueconfig_common::verdict::Verdict;

/// All controls with the parameters of their own files, as their cases expect.
static MEMBERS: LazyLock<Vec<Member>> = LazyLock::new(|| {
    let members = Baseline::with_cases(Level::MAXIMUM).members;
    let own = |member: Member| Member { parameters: member.control.parameters.clone(), ..member };
    members.into_iter().map(own).collect()
});

/// A control with one of its cases.
fn any_case() -> impl Strategy<Value = (&'static Member, &'static Case)> {
    let all: Vec<_> = MEMBERS
        .iter()
        .flat_map(|member| member.control.cases.iter().map(move |case| (member, case)))
        .collect();
    select(all)
}

/// The verdict on a tenant; none if the file is refused.
fn verdict(member: &Member, case: &Case, graph: &Map<String, Value>) -> Option<Verdict> {
    let snapshot = tenant_file::from_responses(graph, case.as_of).ok()?;
    Some(judge(&Context::new(&snapshot, &case.config, case.as_of), member).verdict)
}

/// Applies an edit to every value of a tenant, innermost first.
fn everywhere(value: &mut Value, edit: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(|entry| everywhere(entry, edit)),
        Value::Object(fields) => fields.values_mut().for_each(|field| everywhere(field, edit)),
        _ => {}
    }
    edit(value);
}

fn edited(case: &Case, mut edit: impl FnMut(&mut Value)) -> Map<String, Value> {
    let mut graph = case.graph.clone();
    graph.values_mut().for_each(|body| everywhere(body, &mut edit));
    graph
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && text.chars().all(|character| character == '-' || character.is_ascii_hexdigit())
}

/// A deterministic shuffle that needs nothing but a number.
fn shuffle(entries: &mut [Value], seed: u64) {
    let mut state = seed | 1;
    for last in (1..entries.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).unwrap() % (last + 1);
        entries.swap(last, other);
    }
}

/// Policies that satisfy a control, made as its fix would make them; none if there are none.
fn satisfying_policies(member: &Member, case: &Case) -> Option<Vec<Value>> {
    let Check::Policy(check) = &member.control.check else { return None };
    let snapshot = tenant_file::from_responses(&case.graph, case.as_of).ok()?;
    let context = Context::new(&snapshot, &case.config, case.as_of);
    let mut parameters = member.parameters.clone();
    parameters.insert("named_location".to_owned(), json!("risky"));
    parameters.insert("service_principals".to_owned(), json!(["worker"]));
    let made = check.requirements.iter().enumerate().map(|(number, requirement)| {
        let mut body = policy_body(&context, requirement, &parameters, "Added").ok()??;
        body["id"] = json!(format!("added{number}"));
        let policy: ConditionalAccessPolicy = serde_json::from_value(body.clone()).ok()?;
        if let Some(conditions) = conditions_once_enabled(&policy, requirement) {
            body["conditions"] = conditions;
        }
        body["state"] = json!("enabled");
        Some(body)
    });
    made.collect()
}

const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_changes_no_verdict((member, case) in any_case(), seed in any::<u64>()) {
        let shuffled = edited(case, |value| if let Value::Array(entries) = value { shuffle(entries, seed) });
        prop_assert_eq!(verdict(member, case, &shuffled), verdict(member, case, &case.graph));
    }

    #[test]
    fn casing_of_guids_changes_no_verdict((member, case) in any_case(), upper in any::<bool>()) {
        let recased = edited(case, |value| if let Value::String(text) = value && is_guid(text) {
            *text = if upper { text.to_uppercase() } else { text.to_lowercase() };
        });
        prop_assert_eq!(verdict(member, case, &recased), verdict(member, case, &case.graph));
    }

    #[test]
    fn null_and_absent_are_the_same((member, case) in any_case()) {
        let keeps = |key: &str| key == "signInActivity";
        let without = edited(case, |value| if let Value::Object(fields) = value {
            fields.retain(|key, value| !value.is_null() || keeps(key));
        });
        prop_assert_eq!(verdict(member, case, &without), verdict(member, case, &case.graph));
    }

    #[test]
    fn nulls_for_what_is_absent_change_no_verdict((member, case) in any_case()) {
        let optional = ["locations", "platforms", "devices", "signInRiskLevels", "userRiskLevels", "excludeRoles",
            "excludeGroups", "includeGuestsOrExternalUsers", "clientApplications", "insiderRiskLevels"];
        let with = edited(case, |value| if let Value::Object(fields) = value && fields.contains_key("clientAppTypes") {
            for key in optional {
                fields.entry(key).or_insert(Value::Null);
            }
        });
        prop_assert_eq!(verdict(member, case, &with), verdict(member, case, &case.graph));
    }

    #[test]
    fn every_family_failing_gives_error_or_not_applicable((member, case) in any_case()) {
        let found = verdict(member, case, &Map::new());
        // Only what needs nothing of the tenant can still be said, such as what people confirmed.
        prop_assume!(!matches!(member.control.check, Check::Attested(_)));
        let allowed = [Some(Verdict::Error), Some(Verdict::NotApplicable), Some(Verdict::Fail)];
        prop_assert!(allowed.contains(&found), "{:?}", found);
    }

    #[test]
    fn whatever_a_file_holds_nothing_panics(
        (member, case) in any_case(),
        which in any::<Index>(),
        strange in select(vec![json!(null), json!(7), json!(-1.5), json!("unknownFutureValue"), json!("0001-01-01T00:00:00Z"),
            json!("9999-12-31T23:59:59.9999999Z"), json!([]), json!({}), json!([null]), json!({"a": [1]}), json!(true)]),
    ) {
        let mut count = 0_usize;
        edited(case, |_| count += 1);
        let target = which.index(count.max(1));
        let mut at = 0_usize;
        let broken = edited(case, |value| {
            if at == target {
                *value = strange.clone();
            }
            at += 1;
        });
        let _ = verdict(member, case, &broken);
    }

    #[test]
    fn the_moment_of_judging_may_be_any((member, case) in any_case(), seconds in any::<i64>()) {
        let now = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let snapshot = tenant_file::from_responses(&case.graph, now).unwrap();
        let _ = judge(&Context::new(&snapshot, &case.config, now), member);
    }
}

#[test]
fn names_of_any_length_are_cut_in_what_is_said() {
    let name = "ä".repeat(100_000);
    // What a group is called is what GOV-05 judges.
    for member in MEMBERS.iter().filter(|member| member.control.id.as_str() != "GOV-05") {
        // What is said differs by verdict, and by whether there is a near miss: one case of each.
        let mut seen = BTreeSet::new();
        for case in
            member.control.cases.iter().filter(|case| seen.insert((case.verdict, case.near_miss.is_some())))
        {
            let graph = edited(case, |value| {
                if let Value::Object(fields) = value
                    && fields.contains_key("displayName")
                {
                    fields.insert("displayName".to_owned(), json!(name));
                }
            });
            let snapshot = tenant_file::from_responses(&graph, case.as_of).unwrap();
            let finding = judge(&Context::new(&snapshot, &case.config, case.as_of), member);
            assert_eq!(finding.verdict, case.verdict, "{} {}", member.control.id, case.name);
            let near_miss = finding.near_miss.map(|near| near.sentence).unwrap_or_default();
            for text in [&finding.reason, &finding.actual, &near_miss] {
                assert!(text.len() < 5_000, "{} {}: {} bytes", member.control.id, case.name, text.len());
            }
        }
    }
}

/// Every family of every case, taken away: where reading it as empty makes a difference, not reading it at
/// all must not pass (invariant 6).
#[test]
fn a_family_that_was_not_read_never_gives_pass_where_it_decided() {
    let mut wrong = Vec::new();
    let cases = MEMBERS.iter().flat_map(|member| member.control.cases.iter().map(move |case| (member, case)));
    for (member, case) in cases {
        let before = verdict(member, case, &case.graph);
        if before == Some(Verdict::Pass) {
            continue;
        }
        for path in case.graph.keys() {
            let mut emptied = case.graph.clone();
            emptied.insert(path.clone(), json!({"value": []}));
            let mut missing = case.graph.clone();
            missing.remove(path);
            let decides = verdict(member, case, &emptied) != before;
            if decides && verdict(member, case, &missing) == Some(Verdict::Pass) {
                wrong.push(format!("{} \"{}\": {path}", member.control.id, case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "passes without\n{}", wrong.join("\n"));
}

/// Every case of every requirement that a policy can meet, with such a policy added.
#[test]
fn adding_a_satisfying_policy_never_turns_pass_into_fail() {
    let mut wrong = Vec::new();
    for (member, case) in
        MEMBERS.iter().flat_map(|member| member.control.cases.iter().map(move |case| (member, case)))
    {
        let Some(added) = satisfying_policies(member, case) else { continue };
        if !matches!(
            verdict(member, case, &case.graph),
            Some(Verdict::Pass | Verdict::Warning | Verdict::Fail)
        ) {
            continue;
        }
        let mut more = case.graph.clone();
        if let Some(Value::Array(policies)) = more.get_mut(POLICIES).and_then(|body| body.get_mut("value")) {
            policies.extend(added);
        }
        let snapshot = tenant_file::from_responses(&more, case.as_of).unwrap();
        let finding = judge(&Context::new(&snapshot, &case.config, case.as_of), member);
        if finding.verdict != Verdict::Pass {
            wrong.push(format!("{} \"{}\": {}", member.control.id, case.name, finding.reason));
        }
    }
    assert!(wrong.is_empty(), "not satisfied\n{}", wrong.join("\n"));
}
