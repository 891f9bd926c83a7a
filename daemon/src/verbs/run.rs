//! `trueconfigd run`: the daemon in the foreground.

use super::{DONE, block_on, logging};
use crate::ambient::Ambient;
use crate::config::Config;
use crate::daemon::Daemon;
use crate::service_manager;
use miette::IntoDiagnostic;
use std::path::Path;

/// The clockwork only ticks; its own words say nothing to an operator.
const LOGGED: &str = "info,tokio_cron_scheduler=warn";

pub(super) fn run(file: &Path) -> miette::Result<u8> {
    logging::start(LOGGED);
    let config = Config::load(file)?;
    block_on(async {
        let stop = crate::signals::stop().into_diagnostic()?;
        let daemon =
            Daemon::start(&config, Ambient::system()).await.map_err(|error| miette::miette!("{error}"))?;
        service_manager::ready(&daemon.summary());
        tokio::select! {
            () = stop => {}
            () = service_manager::watch(|| daemon.answers()) => {}
            () = service_manager::report(|| daemon.summary()) => {}
        }
        service_manager::stopping();
        daemon.stop().await;
        Ok(DONE)
    })
}
