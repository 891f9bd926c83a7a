//! Strange values, one at a time: every value of the tenants of all cases is taken away or replaced by what Graph
//! does not document there. None may turn a deviation into a pass, those aside that [`defensible`] names with a
//! reason. The ordinary run tries a share of them; `TRUECONFIG_STRANGE_SHARE=1` all.

mod defensible;

use super::judge;
use crate::{
    baseline::{Baseline, Case, Level, Member},
    checks::Context,
    snapshot::tenant_file,
};
use defensible::{DEFENSIBLE, Defensible};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use trueconfig_common::verdict::Verdict;

/// One of how many values the ordinary run tries.
const SHARE: u64 = 10;

/// A replacement by name; none takes the value away.
type Strange = (&'static str, Option<Value>);

fn replacements() -> [Strange; 9] {
    [
        ("absent", None),
        ("null", Some(Value::Null)),
        ("number", Some(json!(7))),
        ("negative", Some(json!(-7))),
        ("true", Some(json!(true))),
        ("unknown", Some(json!("unknownFutureValue"))),
        ("empty", Some(json!(""))),
        ("list", Some(json!([]))),
        ("object", Some(json!({}))),
    ]
}

/// Whether a replacement is as good a value as what it replaces: another number, an empty list, one entry less.
fn is_ordinary(before: &Value, strange: &Strange, pointer: &str) -> bool {
    match (before, strange.0) {
        (Value::Array(_), "list") | (Value::Bool(_), "true") | (Value::Number(_), "number") => true,
        (_, "absent") => pointer.rsplit('/').next().is_some_and(|last| last.parse::<usize>().is_ok()),
        _ => strange.1.as_ref() == Some(before),
    }
}

/// JSON pointers of everything inside of a value.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Array(entries) => entries.iter().enumerate().map(|(at, one)| (at.to_string(), one)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, one)| (key.replace('~', "~0").replace('/', "~1"), one)).collect()
        }
        _ => Vec::new(),
    };
    for (key, child) in children {
        let at = format!("{at}/{key}");
        pointers(child, &at, found);
        found.push(at);
    }
}

/// A pointer without the positions in lists.
fn pattern(pointer: &str) -> String {
    let parts = pointer.split('/').map(|part| if part.parse::<usize>().is_ok() { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn replaced(body: &Value, pointer: &str, strange: Option<&Value>) -> Value {
    let mut body = body.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match (body.pointer_mut(parent).unwrap(), strange) {
        (parent, Some(value)) => match parent {
            Value::Object(fields) => {
                drop(fields.insert(key.replace("~1", "/").replace("~0", "~"), value.clone()))
            }
            Value::Array(entries) => entries[key.parse::<usize>().unwrap()] = value.clone(),
            _ => unreachable!(),
        },
        (Value::Object(fields), None) => drop(fields.remove(&key.replace("~1", "/").replace("~0", "~"))),
        (Value::Array(entries), None) => drop(entries.remove(key.parse().unwrap())),
        _ => unreachable!(),
    }
    body
}

fn verdict(member: &Member, case: &Case, graph: &Map<String, Value>) -> Option<Verdict> {
    let snapshot = tenant_file::from_responses(graph, case.as_of).ok()?;
    Some(judge(&Context::new(&snapshot, &case.config, case.as_of), member).verdict)
}

/// FNV-1a: the same share of values in every run.
fn is_drawn(text: &str, share: u64) -> bool {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 7).is_multiple_of(share)
}

/// What was found so far.
#[derive(Default)]
struct Found {
    tried: usize,
    wrong: BTreeSet<String>,
    used: BTreeSet<usize>,
}

impl Found {
    fn try_all(&mut self, member: &Member, case: &Case, path: &str, share: u64, seen: &mut BTreeSet<String>) {
        let body = &case.graph[path];
        let mut all = Vec::new();
        pointers(body, "", &mut all);
        for pointer in all {
            let before = body.pointer(&pointer).unwrap();
            let place = format!("{path}{}", pattern(&pointer));
            let short: String = before.to_string().chars().take(40).collect();
            let new = seen.insert(format!("{} {place} {short}", case.verdict));
            if new && is_drawn(&format!("{}{place}{short}", member.control.id), share) {
                self.try_one(member, case, (path, &pointer), &place);
            }
        }
    }

    fn try_one(&mut self, member: &Member, case: &Case, (path, pointer): (&str, &str), place: &str) {
        let body = &case.graph[path];
        let before = body.pointer(pointer).unwrap();
        for strange in replacements().iter().filter(|one| !is_ordinary(before, one, pointer)) {
            let mut graph = case.graph.clone();
            graph.insert(path.to_owned(), replaced(body, pointer, strange.1.as_ref()));
            self.tried += 1;
            if verdict(member, case, &graph) != Some(Verdict::Pass) {
                continue;
            }
            let covers = |one: &Defensible| {
                one.places.iter().any(|end| place.ends_with(end)) && one.values.contains(&strange.0)
            };
            match DEFENSIBLE.iter().position(covers) {
                Some(number) => drop(self.used.insert(number)),
                None => drop(self.wrong.insert(format!(
                    "{} \"{}\": {place} {} ({before:.80})",
                    member.control.id, case.name, strange.0
                ))),
            }
        }
    }
}

#[test]
fn a_strange_value_never_turns_a_deviation_into_a_pass() {
    let share = std::env::var("TRUECONFIG_STRANGE_SHARE").ok().and_then(|text| text.parse().ok());
    let share = share.unwrap_or(SHARE).max(1);
    let mut found = Found::default();
    for member in Baseline::with_cases(Level::MAXIMUM).members {
        let own = Member { parameters: member.control.parameters.clone(), ..member };
        let mut seen = BTreeSet::new();
        let deviations = [Verdict::Fail, Verdict::Warning];
        for case in own.control.cases.iter().filter(|case| deviations.contains(&case.verdict)) {
            for path in case.graph.keys() {
                found.try_all(&own, case, path, share, &mut seen);
            }
        }
    }
    println!("{} values tried, one of {share}", found.tried);
    assert!(
        found.wrong.is_empty(),
        "{} pass:\n{}",
        found.wrong.len(),
        Vec::from_iter(found.wrong).join("\n")
    );
    let unused: Vec<&str> = (0..DEFENSIBLE.len())
        .filter(|number| share == 1 && !found.used.contains(number))
        .map(|number| DEFENSIBLE[number].reason)
        .collect();
    assert!(unused.is_empty(), "no longer needed: {unused:?}");
}
