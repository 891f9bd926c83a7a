//! What a daemon under test is started with.

use super::binaries::{Binaries, binaries, binaries_with_crash_points};
use super::daemon::Daemon;
use chrono::Utc;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use toml::Table;
use trueconfig_daemon::config::write_for_twin;
use trueconfig_twin::{Options, TenantFile};

/// A change of the written configuration.
type Edit = Box<dyn FnOnce(&mut Table)>;

/// A daemon and the tenant it will watch, not yet started.
pub struct Stage {
    options: Options,
    binaries: &'static Binaries,
    environment: Vec<(String, String)>,
    edits: Vec<Edit>,
}

impl Stage {
    /// The demo tenant as of now: five permanent Global Administrators among much else.
    pub fn contoso() -> Self {
        Self::tenant(TenantFile::contoso().expect("the demo tenant is sound").rebased(Utc::now()))
    }

    /// Any tenant.
    pub fn tenant(file: TenantFile) -> Self {
        // Judges read afterwards what was said; see `tests/foreign`.
        let recording = std::env::var_os("TRUECONFIG_RECORDING").map(PathBuf::from);
        let options = Options { recording, ..Options::new(file) };
        Self { options, binaries: binaries(), environment: Vec::new(), edits: Vec::new() }
    }

    /// Takes the daemon that has crash points.
    #[must_use]
    pub fn with_crash_points(mut self) -> Self {
        self.binaries = binaries_with_crash_points();
        self
    }

    /// Sets a variable in the daemon's environment.
    #[must_use]
    pub fn with_environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Changes how the twin is started.
    #[must_use]
    pub fn with_twin(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// Changes the daemon's configuration after it was written.
    #[must_use]
    pub fn with_config(mut self, change: impl FnOnce(&mut Table) + 'static) -> Self {
        self.edits.push(Box::new(change));
        self
    }

    /// Changes the one tenant's section of the configuration.
    #[must_use]
    pub fn with_tenant_config(self, change: impl FnOnce(&mut Table) + 'static) -> Self {
        self.with_config(|config| {
            let tenant = config["tenant"][0].as_table_mut().expect("a tenant is a table");
            change(tenant);
        })
    }

    /// Starts twin and daemon and waits until the daemon answers.
    ///
    /// # Panics
    /// If either does not start.
    pub async fn start(self) -> Daemon {
        let mut daemon = self.prepare().await;
        daemon.restart().await;
        daemon
    }

    /// Starts the twin only; for tests of a daemon that refuses to start.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn prepare(self) -> Daemon {
        let dir = TempDir::with_prefix("trueconfig-").expect("a temporary folder");
        let config = dir.path().join("config.toml");
        let twin = trueconfig_twin::serve(self.options).await.expect("the twin starts");
        write_for_twin(&config, &twin).expect("the configuration can be written");
        edit(&config, self.edits);
        Daemon::new(dir, config, twin, self.binaries.clone(), self.environment)
    }
}

fn edit(file: &Path, edits: Vec<Edit>) {
    let text = fs::read_to_string(file).expect("the configuration can be read");
    let mut config: Table = text.parse().expect("the configuration is TOML");
    edits.into_iter().for_each(|edit| edit(&mut config));
    fs::write(file, config.to_string()).expect("the configuration can be written");
}
