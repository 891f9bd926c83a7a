//! Copies of baselines: written once, and nothing else is taken for them.

use crate::store::{Baselines, Store};
use trueconfig_core::baseline::Shipped;

fn kept() -> (tempfile::TempDir, Baselines) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &"contoso".into()).unwrap().store;
    let baselines = store.baselines();
    store.close().unwrap();
    (folder, baselines)
}

#[test]
fn a_copy_comes_back_as_it_was_and_is_written_once() {
    let (folder, baselines) = kept();
    let digest = baselines.keep(&Shipped::embedded()).unwrap();
    assert_eq!(baselines.get(&digest), Some(Shipped::embedded()));
    let file = folder.path().join("baselines").join(format!("{digest}.json"));
    let written = std::fs::metadata(&file).unwrap().modified().unwrap();
    assert_eq!(baselines.keep(&Shipped::embedded()).unwrap(), digest);
    assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), written);
}

#[test]
fn a_copy_that_was_changed_is_none() {
    let (folder, baselines) = kept();
    let digest = baselines.keep(&Shipped::embedded()).unwrap();
    let file = folder.path().join("baselines").join(format!("{digest}.json"));
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("severity = \\\"critical\\\"", "severity = \\\"low\\\"", 1)).unwrap();
    assert_ne!(std::fs::read_to_string(&file).unwrap(), text);
    assert_eq!(baselines.get(&digest), None);
    assert_eq!(baselines.get("../../etc/passwd"), None);
}
