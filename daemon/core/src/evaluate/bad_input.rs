//! What a tenant file may hold that Graph does not document, a value at a time: `error`, never a panic, and never a
//! pass where there was a deviation before.

use super::judge;
use crate::{
    baseline::{Baseline, Case, Level, Member},
    checks::Context,
    snapshot::tenant_file,
};
use serde_json::{Map, Value, json};
use trueconfig_common::verdict::Verdict;

/// Fields with a closed set of values, and numbers that are never negative; where they decide, one that is not
/// understood makes an error. Roles, names and ids are no such fields: another one is another object.
const CLOSED: [(&str, &str); 6] = [
    ("PA-29", "userType"),
    ("GOV-01", "userType"),
    ("EXT-26", "userType"),
    ("CA-42", "state"),
    ("ID-25", "authenticationType"),
    ("GOV-25", "userDeviceQuota"),
];

fn verdict(member: &Member, case: &Case, graph: &Map<String, Value>) -> Option<Verdict> {
    let snapshot = tenant_file::from_responses(graph, case.as_of).ok()?;
    Some(judge(&Context::new(&snapshot, &case.config, case.as_of), member).verdict)
}

/// Puts a strange value into every field of a name.
fn spoil(value: &mut Value, name: &str, strange: &Value) {
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(|entry| spoil(entry, name, strange)),
        Value::Object(fields) => {
            for (key, field) in fields {
                match key == name {
                    true => *field = strange.clone(),
                    false => spoil(field, name, strange),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn an_unknown_value_never_turns_a_deviation_into_a_pass() {
    let members = Baseline::with_cases(Level::MAXIMUM).members;
    for (control, field) in CLOSED {
        let member = members.iter().find(|member| member.control.id.as_str() == control).unwrap();
        let own = Member { parameters: member.control.parameters.clone(), ..member.clone() };
        let failing: Vec<&Case> =
            own.control.cases.iter().filter(|case| case.verdict == Verdict::Fail).collect();
        assert!(!failing.is_empty(), "{control}");
        for case in failing {
            for strange in [json!("unknownFutureValue"), json!(-7), json!({}), json!([])] {
                let mut graph = case.graph.clone();
                graph.values_mut().for_each(|body| spoil(body, field, &strange));
                let found = verdict(&own, case, &graph);
                assert!(
                    matches!(found, Some(Verdict::Error | Verdict::Fail)),
                    "{control} \"{}\": {field} = {strange}: {found:?}",
                    case.name
                );
            }
        }
    }
}
