//! Which way dependencies point, and how many there are.

use crate::{assert_none, document, source_files};
use std::collections::BTreeSet;
use toml::Table;
use trueconfig_tests::support::cargo;

/// Crate, folder, and the most direct dependencies it may have, other crates of ours not counted.
const CRATES: [(&str, &str, usize); 6] = [
    ("trueconfig-common", "common", 10),
    ("trueconfig-core", "daemon/core", 10),
    ("trueconfig-daemon", "daemon", 35),
    ("trueconfig-twin", "daemon/twin", 20),
    ("trueconfig-tui", "tui", 18),
    ("trueconfig-tests", "tests", 30),
];

/// Invariant 1.
#[test]
fn the_core_links_nothing_that_does_io() {
    let tree = tree("trueconfig-core");
    for name in ["tokio", "interprocess", "reqwest", "sled", "hyper", "rustls", "ring"] {
        assert!(!tree.contains(name), "trueconfig-core depends on {name}");
    }
}

#[test]
fn the_twin_shares_no_type_with_us() {
    assert_eq!(ours(&tree("trueconfig-twin")), ["trueconfig-twin"]);
}

#[test]
fn the_client_knows_only_the_vocabulary() {
    assert_eq!(ours(&tree("trueconfig-tui")), ["trueconfig-common", "trueconfig-tui"]);
}

#[test]
fn the_vocabulary_knows_none_of_us() {
    assert_eq!(ours(&tree("trueconfig-common")), ["trueconfig-common"]);
    assert_eq!(ours(&tree("trueconfig-core")), ["trueconfig-common", "trueconfig-core"]);
}

#[test]
fn direct_dependencies_stay_few() {
    for (name, folder, most) in CRATES {
        let manifest = manifest(folder);
        let count = names(&manifest, "dependencies").filter(|name| !name.starts_with("trueconfig-")).count();
        println!("{name}: {count} direct dependencies, at most {most}");
        assert!(count <= most, "{name} has {count} direct dependencies, at most {most}");
    }
}

#[test]
fn every_shared_version_is_used_and_every_version_is_shared() {
    let shared: BTreeSet<String> =
        names(manifest("")["workspace"].as_table().expect("a table"), "dependencies").collect();
    let mut used = BTreeSet::new();
    for (name, folder, _) in CRATES {
        let manifest = manifest(folder);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (dependency, how) in
                manifest.get(section).and_then(|section| section.as_table()).into_iter().flatten()
            {
                let inherits = how.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                assert!(inherits, "{name} names its own version of {dependency}");
                used.insert(dependency.clone());
            }
        }
    }
    let unused: Vec<_> = shared.difference(&used).collect();
    assert!(unused.is_empty(), "in the workspace's table and used by no crate: {unused:?}");
}

#[test]
fn every_dependency_of_the_product_is_used() {
    let files = source_files();
    let mut broken = Vec::new();
    for (name, folder, _) in CRATES.into_iter().filter(|(name, ..)| *name != "trueconfig-tests") {
        let sources: Vec<_> =
            files.iter().filter(|file| file.path.starts_with(&format!("{folder}/src/"))).collect();
        for dependency in names(&manifest(folder), "dependencies") {
            let word = dependency.replace('-', "_");
            if !sources.iter().any(|file| file.text.contains(&word)) {
                broken.push(format!("{name}: {dependency}"));
            }
        }
    }
    assert_none("a crate names a dependency that its sources do not", broken);
}

#[test]
fn every_crate_obeys_the_shared_lints() {
    for (name, folder, _) in CRATES.iter().filter(|(name, ..)| *name != "trueconfig-tests") {
        let inherits = manifest(folder)["lints"].get("workspace").and_then(toml::Value::as_bool);
        assert_eq!(inherits, Some(true), "{name}: [lints] workspace = true");
    }
}

/// Names of the crates that a crate's product code needs, by features it asks for itself.
fn tree(package: &str) -> BTreeSet<String> {
    let output =
        cargo(&["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"])
            .output()
            .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("names are text");
    let tree: BTreeSet<_> =
        text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    assert!(tree.contains(package), "cargo tree names {package} itself");
    tree
}

fn ours(tree: &BTreeSet<String>) -> Vec<&str> {
    tree.iter().map(String::as_str).filter(|name| name.starts_with("trueconfig-")).collect()
}

fn manifest(folder: &str) -> Table {
    let path = if folder.is_empty() { "Cargo.toml".to_owned() } else { format!("{folder}/Cargo.toml") };
    document(&path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn names<'a>(manifest: &'a Table, section: &str) -> impl Iterator<Item = String> + use<'a> {
    manifest
        .get(section)
        .and_then(|section| section.as_table())
        .into_iter()
        .flat_map(|section| section.keys().cloned())
}
