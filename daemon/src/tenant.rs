//! One tenant, running: coordinator, executor, scans and upkeep, started and stopped in order.

use crate::alerts::{Channel, Courier, Deliveries, OutboxFile};
use crate::ambient::Ambient;
use crate::config::{
    self, AlertError, Config, ConnectError, CredentialError, OwnControls, OwnControlsError, SigningKeyError,
};
use crate::coordinator::{self, Coordinator, OpenError, Opened};
use crate::executor::{Executor, Patience, Sealer};
use crate::ipc;
use crate::service;
use crate::store::{Reader, StoreError, SystemDisk};
use crate::tasks::{ScanTask, Ticker, Upkeep};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trueconfig_common::role::Role;
use trueconfig_core::baseline::{Baseline, FileError, Shipped};
use trueconfig_core::schedule::{Schedule, ScheduleError};
use trueconfig_core::view::Fixed;

/// How long a write under way may take before the daemon leaves it to be probed after the restart.
const FINISH_DEADLINE: Duration = Duration::from_secs(20);

/// A tenant that runs.
pub struct Running {
    /// What the socket's handlers see.
    pub served: Arc<service::Tenant>,
    tasks: JoinSet<()>,
    stop: CancellationToken,
    owner: JoinHandle<Result<(), StoreError>>,
}

/// A tenant's configuration that is right.
pub struct Checked {
    /// Its controls.
    pub baseline: Baseline,
    /// The credentials that could not be read, because only systemd passes them.
    pub unread: Vec<String>,
}

/// Why a tenant cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its store.
    #[error("tenant {tenant}: {source}")]
    Open {
        /// Which.
        tenant: String,
        /// Why.
        source: OpenError,
    },
    /// The thread of its coordinator.
    #[error("no thread for the coordinator: {0}")]
    Thread(std::io::Error),
    /// A control file.
    #[error(transparent)]
    Baseline(#[from] FileError),
    /// The folder of the operator's own controls.
    #[error("[controls]: {0}")]
    OwnControls(#[from] OwnControlsError),
    /// Its schedule.
    #[error("schedule: {0}")]
    Schedule(#[from] ScheduleError),
    /// What the operator says about controls.
    #[error("tenant {tenant}: {}", .problems.join("; "))]
    Settings {
        /// Which tenant.
        tenant: String,
        /// What is wrong.
        problems: Vec<String>,
    },
    /// Its credentials or addresses.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The key that signs checkpoints.
    #[error("[signing]: {0}")]
    Signing(#[from] SigningKeyError),
    /// Where alerts go.
    #[error(transparent)]
    Alerts(#[from] AlertError),
}

/// Starts one tenant of the configuration.
///
/// # Errors
/// [`StartError`]; nothing of it runs then.
pub fn start(
    config: &config::Tenant,
    all: &Config,
    ambient: Ambient,
    ticker: &Ticker,
) -> Result<Running, StartError> {
    let tenant = Arc::new(facts(config, all, ambient)?);
    let folder = all.tenant_dir(&config.name);
    let sealer = Sealer::new(&folder.join("sealed"));
    let ports = config.connect()?;
    let credentials = config.proofs()?;
    let channels = all.alerts.channels_of(&config.name)?;
    let schedule = Schedule::parse(&config.schedule, &config.time_zone)?;
    let rhythm = (schedule, TimeDelta::hours(i64::from(config.full_scan_hours)));
    let signer = all.signing.as_ref().map(|key| key.load().map(Arc::new)).transpose()?;
    let verifier = signer.as_ref().map(|signer| signer.verifier().clone());
    let opened = coordinator::open(Arc::new(SystemDisk), &folder, tenant, signer);
    let Opened { coordinator, reader, snapshots, owner } =
        opened.map_err(|source| StartError::Open { tenant: config.name.to_string(), source })?;
    let owner = owner.spawn().map_err(StartError::Thread)?;
    let stop = CancellationToken::new();
    let (scan, scans) = ScanTask::new(
        coordinator.clone(),
        Arc::clone(&ports.read),
        snapshots.clone(),
        rhythm,
        ticker.ticks(),
    );
    let executor = Executor {
        coordinator: coordinator.clone(),
        read: Arc::clone(&ports.read),
        write: Arc::clone(&ports.write),
        sealer,
        patience: Patience {
            deadline: config.verification.deadline(),
            interval: config.verification.interval(),
        },
        rescan: scans.demand(),
    };
    let upkeep =
        Upkeep { coordinator: coordinator.clone(), credentials: credentials.clone(), ticks: ticker.ticks() };
    let mut tasks = JoinSet::new();
    tasks.spawn(scan.run(stop.clone()));
    tasks.spawn(executor.run(stop.clone()));
    tasks.spawn(upkeep.run(stop.clone()));
    let alerts = send_couriers(channels, &folder, (&coordinator, &reader), (&mut tasks, &stop));
    let fixed = Fixed {
        schedule: config.schedule.clone(),
        time_zone: config.time_zone.clone(),
        roles: roles(all),
        permissions: ipc::permissions(),
        test_tenant: config.test,
        credentials,
    };
    let write = config.writer.as_ref().map(|_| ports.write);
    let (journal, read) = (reader, ports.read);
    let served =
        service::Tenant { coordinator, snapshots, journal, verifier, scans, alerts, read, write, fixed };
    let served = Arc::new(served);
    Ok(Running { served, tasks, stop, owner })
}

/// Starts a courier per channel.
fn send_couriers(
    channels: Vec<Channel>,
    folder: &Path,
    (coordinator, journal): (&Coordinator, &Reader),
    (tasks, stop): (&mut JoinSet<()>, &CancellationToken),
) -> Vec<Deliveries> {
    let start = |channel: Channel| {
        let file = OutboxFile::of(folder, &channel.name);
        let (courier, deliveries) = Courier::new(channel, coordinator.clone(), journal.clone(), file);
        tasks.spawn(courier.run(stop.clone()));
        deliveries
    };
    channels.into_iter().map(start).collect()
}

/// What does not change about a tenant while the daemon runs.
///
/// # Errors
/// [`StartError`] if the baseline or what the operator says about it is wrong.
pub fn facts(
    config: &config::Tenant,
    all: &Config,
    ambient: Ambient,
) -> Result<coordinator::Tenant, StartError> {
    let (name, own) = (config.name.clone(), all.own_controls()?);
    let (baseline, files) = (Arc::new(baseline(config, &own)?), Shipped::embedded().digest());
    let retention = config.retention;
    Ok(coordinator::Tenant {
        name,
        baseline,
        files,
        own,
        config: config.settings.clone(),
        retention,
        ambient,
    })
}

/// Checks everything a tenant's configuration names, without starting anything. Credentials that only systemd
/// can pass, and does not pass here, are left out and named.
///
/// # Errors
/// [`StartError`] with the first thing that is wrong.
pub fn check(config: &config::Tenant, all: &Config) -> Result<Checked, StartError> {
    let baseline = baseline(config, &all.own_controls()?)?;
    let mut unread = Vec::new();
    for (role, source) in config.registrations() {
        match config.registration(role, source) {
            Err(ConnectError::Credential { source: CredentialError::NoCredentials { name }, .. }) => {
                unread.push(name);
            }
            other => drop(other?),
        }
    }
    if unread.is_empty() {
        config.connect()?;
    }
    Ok(Checked { baseline, unread })
}

fn baseline(config: &config::Tenant, own: &OwnControls) -> Result<Baseline, StartError> {
    let baseline = Baseline::with_operators(config.level, &own.files())?;
    let problems = baseline.problems(&config.settings);
    match problems.is_empty() {
        true => Ok(baseline),
        false => Err(StartError::Settings { tenant: config.name.to_string(), problems }),
    }
}

/// Who has which role, as the configuration has it.
fn roles(config: &Config) -> BTreeMap<Role, Vec<String>> {
    let written = config.roles.iter();
    written.map(|(role, who)| (*role, who.iter().map(ToString::to_string).collect())).collect()
}

impl Running {
    /// Stops in order: tasks first, a write under way to its end, the journal last.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be closed; the journal is whole all the same.
    pub async fn stop(mut self) -> Result<(), StoreError> {
        self.stop.cancel();
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(FINISH_DEADLINE, finished).await.is_err() {
            tracing::warn!("a task did not stop in time; what it was writing is probed at the next start");
            self.tasks.shutdown().await;
        }
        let goodbye = trueconfig_core::lifecycle::Command::Stop;
        let actor = trueconfig_common::remediation::Actor::system("daemon");
        if let Err(error) = self.served.coordinator.send(goodbye, actor).await {
            tracing::warn!(%error, "the stop could not be recorded");
        }
        let closed = tokio::task::spawn_blocking(move || self.owner.join()).await;
        match closed {
            Ok(Ok(result)) => result,
            _ => {
                tracing::error!("the coordinator's thread died");
                Ok(())
            }
        }
    }
}
