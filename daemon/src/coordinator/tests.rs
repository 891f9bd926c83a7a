//! A daemon of a newer version goes on with the baseline that was taken, until somebody takes its own.

use super::{Coordinator, Tenant, open};
use crate::ambient::Ambient;
use crate::config::OwnControls;
use crate::store::{StoreError, SystemDisk};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::Actor;
use trueconfig_core::baseline::{Baseline, Level, Shipped, TenantConfig};
use trueconfig_core::lifecycle::Command;
use trueconfig_core::snapshot::Retention;

/// A tenant of a product that ships some files.
fn tenant(baseline: Baseline, files: String) -> Arc<Tenant> {
    Arc::new(Tenant {
        name: "contoso".into(),
        baseline: Arc::new(baseline),
        files,
        own: OwnControls::default(),
        config: TenantConfig::default(),
        retention: Retention::default(),
        ambient: Ambient::system(),
    })
}

fn this_version() -> Arc<Tenant> {
    tenant(Baseline::embedded(Level::RECOMMENDED).unwrap(), Shipped::embedded().digest())
}

/// A product that no longer ships PA-01 at this level.
fn newer_version() -> Arc<Tenant> {
    let files: Vec<(&str, String)> = Baseline::embedded_files()
        .iter()
        .map(|(name, text)| (*name, text.replace("    { id = \"PA-01\" },\n", "")))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    tenant(Baseline::load(Level::RECOMMENDED, &files, &[]).unwrap(), "newer".to_owned())
}

/// A daemon that runs.
struct Daemon {
    coordinator: Coordinator,
    owner: JoinHandle<Result<(), StoreError>>,
}

fn opened(dir: &Path, tenant: Arc<Tenant>) -> Daemon {
    let opened = open(Arc::new(SystemDisk), dir, tenant, None).unwrap();
    Daemon { coordinator: opened.coordinator, owner: opened.owner.spawn().unwrap() }
}

async fn stop(daemon: Daemon) {
    daemon.coordinator.send(Command::Stop, Actor::system("daemon")).await.unwrap();
    daemon.owner.join().unwrap().unwrap();
}

#[tokio::test]
async fn an_upgrade_changes_no_rule_until_somebody_takes_it() {
    let dir = tempfile::tempdir().unwrap();
    let old = this_version();
    stop(opened(dir.path(), Arc::clone(&old))).await;

    let newer = newer_version();
    let daemon = opened(dir.path(), Arc::clone(&newer));
    let force = Arc::clone(&daemon.coordinator.view().force);
    assert_eq!((force.baseline.digest.as_str(), &force.lost), (old.baseline.digest.as_str(), &None));
    assert_ne!(old.baseline.digest, newer.baseline.digest);
    assert!(force.baseline.member(&"PA-01".into()).is_some_and(|member| member.scored));

    let take = Command::TakeBaseline(newer.offer(), Personal::new("its changes were read"));
    daemon.coordinator.send(take, Actor::system("test")).await.unwrap();
    assert_eq!(daemon.coordinator.view().force.baseline.digest, newer.baseline.digest);
    stop(daemon).await;

    let again = opened(dir.path(), newer_version());
    assert_eq!(again.coordinator.view().force.baseline.digest, newer.baseline.digest, "kept over a restart");
    stop(again).await;
}

#[tokio::test]
async fn a_lost_copy_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let newer = newer_version();
    let daemon = opened(dir.path(), Arc::clone(&newer));
    let take = Command::TakeBaseline(newer.offer(), Personal::new("its changes were read"));
    daemon.coordinator.send(take, Actor::system("test")).await.unwrap();
    stop(daemon).await;

    // Nothing was put under its name into the store.
    let older = this_version();
    let daemon = opened(dir.path(), Arc::clone(&older));
    let force = Arc::clone(&daemon.coordinator.view().force);
    assert_eq!(force.baseline.digest, older.baseline.digest);
    assert!(force.lost.as_ref().is_some_and(|why| why.contains("lost")), "{:?}", force.lost);
    stop(daemon).await;
}
