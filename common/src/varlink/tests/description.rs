//! The description and the list of methods are written by hand; here they are held against the code.

use crate::interface::PERMISSIONS;
use crate::varlink::service::{self, DESCRIPTION, SERVICE_DESCRIPTION};
use std::collections::BTreeMap;

/// Every file that declares methods.
const INTERFACE: [&str; 14] = [
    include_str!("../../interface/alerts.rs"),
    include_str!("../../interface/audit.rs"),
    include_str!("../../interface/baseline.rs"),
    include_str!("../../interface/controls.rs"),
    include_str!("../../interface/drift.rs"),
    include_str!("../../interface/exceptions.rs"),
    include_str!("../../interface/objects.rs"),
    include_str!("../../interface/permissions.rs"),
    include_str!("../../interface/remediations.rs"),
    include_str!("../../interface/scan.rs"),
    include_str!("../../interface/settings.rs"),
    include_str!("../../interface/snapshots.rs"),
    include_str!("../../interface/status.rs"),
    include_str!("../../interface/subscribe.rs"),
];

/// Files whose types the description names too.
const VOCABULARY: [&str; 6] = [
    include_str!("../../interface/mod.rs"),
    include_str!("../../remediation.rs"),
    include_str!("../../gate.rs"),
    include_str!("../../guard.rs"),
    include_str!("../../change.rs"),
    include_str!("../../window.rs"),
];

type Fields = Vec<String>;

/// Fields of every struct of the sources, in their order.
fn structs() -> BTreeMap<String, Fields> {
    let mut found: BTreeMap<String, Fields> = BTreeMap::new();
    let mut name = String::new();
    for line in INTERFACE.iter().chain(&VOCABULARY).flat_map(|source| source.lines()) {
        if let Some(rest) = line.strip_prefix("pub struct ") {
            name = rest.split(['<', ' ', '(', '{']).next().unwrap().to_owned();
            found.insert(name.clone(), Fields::new());
        } else if line == "}" {
            name.clear();
        } else if let Some((field, _)) = line.strip_prefix("    pub ").and_then(|rest| rest.split_once(": "))
            && let Some(fields) = found.get_mut(&name)
        {
            fields.push(field.to_owned());
        }
    }
    found
}

/// Method, and the struct it answers with.
fn methods() -> BTreeMap<String, String> {
    let lines = INTERFACE.iter().flat_map(|source| source.lines());
    let declared = lines.filter_map(|line| line.strip_prefix("method!(")?.split_once(");"));
    declared
        .map(|(arguments, _)| {
            let mut arguments = arguments.split(", ");
            let method = arguments.next().unwrap();
            let reply = arguments.nth(1).unwrap().split('<').next().unwrap();
            (method.to_owned(), reply.to_owned())
        })
        .collect()
}

/// What the description declares under a keyword: a name and its lists of fields.
fn described(keyword: &str) -> BTreeMap<String, Vec<Fields>> {
    let text: Vec<_> = DESCRIPTION.lines().filter(|line| !line.starts_with('#')).collect();
    let text = format!("\n{}", text.join("\n"));
    let start = format!("\n{keyword} ");
    let declarations = text.split(&start).skip(1);
    declarations
        .map(|declaration| {
            let end =
                ["\ntype ", "\nmethod ", "\nerror "].iter().filter_map(|next| declaration.find(next)).min();
            let mut parts = declaration[..end.unwrap_or(declaration.len())].split('(');
            let name = parts.next().unwrap().trim().to_owned();
            (name, parts.map(|list| fields(list.split(')').next().unwrap())).collect())
        })
        .collect()
}

fn fields(list: &str) -> Fields {
    let names = list.split(',').filter_map(|field| field.split_once(':'));
    names.map(|(name, _)| name.trim().to_owned()).collect()
}

#[test]
fn description_has_the_fields_of_the_code() {
    let structs = structs();
    for (method, reply) in methods() {
        let lists = &described("method")[&method];
        assert_eq!(lists[0], structs[&method], "parameters of {method}");
        assert_eq!(lists[1], structs[&reply], "reply of {method}");
    }
    for (name, lists) in described("type") {
        // An enumeration has words instead of fields.
        if !lists[0].is_empty() {
            assert_eq!(lists[0], structs[&name], "fields of {name}");
        }
    }
}

#[test]
fn description_names_every_method_and_error() {
    let methods: Vec<_> = methods().into_keys().collect();
    assert_eq!(described("method").into_keys().collect::<Vec<_>>(), methods);
    let errors: Vec<_> = described("error").into_keys().collect();
    assert_eq!(errors, ["Failed", "Invalid", "NotFound", "NotPermitted", "Refused"]);
    assert!(SERVICE_DESCRIPTION.contains("method GetInfo()"));
    assert!(service::description("io.example").is_none());
}

/// A method that is not on the list of `with_methods!` would never be served.
#[test]
fn list_of_methods_has_every_declaration() {
    let mut listed: Vec<_> = PERMISSIONS.iter().map(|row| row.method.to_owned()).collect();
    listed.sort_unstable();
    assert_eq!(listed, methods().into_keys().collect::<Vec<_>>());
    let modules = VOCABULARY[0].lines().filter(|line| line.starts_with("pub mod ")).count();
    assert_eq!(modules, INTERFACE.len(), "a new module of the interface must be listed here too");
}
