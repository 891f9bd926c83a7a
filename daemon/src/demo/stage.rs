//! Twin, daemon and socket of the demo, set up and struck.

use crate::ambient::Ambient;
use crate::config::{self, Config};
use crate::daemon::Daemon;
use chrono::Utc;
use miette::{IntoDiagnostic, WrapErr, miette};
use std::path::{Path, PathBuf};
use trueconfig_common::client::Client;
use trueconfig_common::interface::scan::StartScan;
use trueconfig_common::interface::settings::{RecordBreakGlassTest, SetMode, SetRemediation};
use trueconfig_common::mode::Mode;
use trueconfig_core::baseline::Level;
use trueconfig_twin::{Options, TenantFile, Twin};

/// Everything the demo runs.
pub struct Stage {
    pub(super) twin: Twin,
    pub(super) folder: PathBuf,
    pub(super) config: Config,
    daemon: Daemon,
    temporary: bool,
}

impl Stage {
    /// Starts the built-in tenant and a daemon on it, in `keep` or a temporary folder.
    ///
    /// # Errors
    /// With what could not be started, and why.
    pub async fn set(keep: Option<&Path>) -> miette::Result<Self> {
        let temporary = keep.is_none();
        let folder = match keep {
            Some(folder) => folder.to_owned(),
            None => std::env::temp_dir().join(format!("trueconfig-demo-{}", uuid::Uuid::new_v4())),
        };
        create(&folder)?;
        let tenant = TenantFile::contoso().map_err(|error| miette!("{error}"))?.rebased(Utc::now());
        let mut options = Options::new(tenant);
        options.requests = Some(folder.join("requests.jsonl"));
        let twin = trueconfig_twin::serve(options).await.map_err(|error| miette!("{error}"))?;
        let file = folder.join("config.toml");
        config::write_for_twin(&file, &twin).map_err(|error| miette!("{error}"))?;
        let mut config = Config::load(&file)?;
        // What everybody begins with, not everything there is.
        config.tenants.iter_mut().for_each(|tenant| tenant.level = Level::RECOMMENDED);
        let daemon = Daemon::start(&config, Ambient::system()).await.map_err(|error| miette!("{error}"))?;
        Ok(Self { twin, folder, config, daemon, temporary })
    }

    /// The socket of the daemon.
    pub fn socket(&self) -> &Path {
        &self.config.socket
    }

    /// A client of the daemon, as anyone would connect.
    ///
    /// # Errors
    /// If the daemon does not answer.
    pub async fn client(&self) -> miette::Result<Client> {
        Client::connect(self.socket()).await.map_err(|error| miette!("{error}"))
    }

    /// Does what a new operator does first, so that the screens have something to show: records a
    /// test of the break-glass accounts, switches remediation on in manual mode, scans.
    ///
    /// # Errors
    /// If one of these is refused.
    pub async fn prepare(&self) -> miette::Result<()> {
        let mut client = self.client().await?;
        let tenant = String::new;
        let test =
            RecordBreakGlassTest { tenant: tenant(), note: "both accounts signed in (demo)".to_owned() };
        client.call(test).await.map_err(|error| miette!("{error}"))?;
        let reason = "set up by the demo".to_owned();
        let on = SetRemediation { tenant: tenant(), enabled: true, reason: reason.clone() };
        client.call(on).await.map_err(|error| miette!("{error}"))?;
        let manual = SetMode { tenant: tenant(), control: None, mode: Some(Mode::Manual), reason };
        client.call(manual).await.map_err(|error| miette!("{error}"))?;
        scan(&mut client).await
    }

    /// Stops everything; a temporary folder is removed.
    pub async fn strike(self) {
        self.daemon.stop().await;
        self.twin.stop().await;
        if self.temporary
            && let Err(error) = std::fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(%error, folder = %self.folder.display(), "the demo's folder was not removed");
        }
    }
}

/// Scans and waits for the end.
pub(super) async fn scan(client: &mut Client) -> miette::Result<()> {
    let mut replies = client.stream(StartScan::default()).await.map_err(|error| miette!("{error}"))?;
    let mut error = "the daemon said nothing".to_owned();
    while let Some(progress) = replies.next().await {
        error = progress.map_err(|error| miette!("{error}"))?.error;
    }
    match error.as_str() {
        "" => Ok(()),
        error => Err(miette!("the scan failed: {error}")),
    }
}

fn create(folder: &Path) -> miette::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot create {}", folder.display()))
}
