//! `trueconfigd twin`: serves a tenant file as Microsoft Graph until stopped.

use super::{DONE, block_on};
use crate::config;
use crate::output::say;
use miette::{IntoDiagnostic, WrapErr};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use trueconfig_twin::{Ambush, Auth, Limits, Options, Synthetic, TenantFile, Twin, Weather};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Address for plain http; https takes another port of the same address.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The tenant file to serve; the built-in Contoso unless one is given.
    #[arg(long, value_name = "FILE")]
    tenant: Option<PathBuf>,
    /// Generate the tenant, e.g. users=1000000,apps=20000,sps=110000,policies=240,seed=7.
    #[arg(long, value_name = "NUMBERS", conflicts_with_all = ["tenant", "export"])]
    synthetic: Option<Synthetic>,
    /// Write the tenant back here when stopped.
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Write one JSON line per request here.
    #[arg(long, value_name = "FILE")]
    requests: Option<PathBuf>,
    /// Write every distinct request with its answer to a new file of this folder.
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
    /// Take any bearer token, or none.
    #[arg(long)]
    no_auth: bool,
    /// Enforce Graph's throttling limits.
    #[arg(long)]
    limits: bool,
    /// Trouble by chance with this seed: 429, 5xx, lost answers, lag, empty pages.
    #[arg(long, value_name = "SEED")]
    weather: Option<u64>,
    /// Edits of a second administrator right before or after requests: a JSON file of
    /// [{"method", "path", "moment": "before" or "after", "edits": [{"method", "path", "body"}]}].
    #[arg(long, value_name = "FILE")]
    ambush: Option<PathBuf>,
    /// Let an attacker loose, who chooses victims by this seed; each step is told.
    #[arg(long, value_name = "SEED")]
    attack: Option<u64>,
    /// Seconds after the start at which the attacker comes.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, requires = "attack")]
    attack_after: u64,
    /// Write a daemon configuration that points here, with credentials and a store beside it.
    #[arg(long, value_name = "FILE")]
    write_config: Option<PathBuf>,
    /// Write the certificate for https here.
    #[arg(long, value_name = "FILE")]
    write_ca: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> miette::Result<u8> {
    block_on(serve(arguments))
}

async fn serve(arguments: &Arguments) -> miette::Result<u8> {
    let mut options = tenant(arguments)?;
    options.listen = arguments.listen;
    options.listen_tls = SocketAddr::new(arguments.listen.ip(), 0);
    options.requests.clone_from(&arguments.requests);
    options.recording.clone_from(&arguments.record);
    if arguments.no_auth {
        options.auth = Auth::None;
    }
    if arguments.limits {
        options.faults.limits = Limits::Real;
    }
    if let Some(seed) = arguments.weather {
        options.faults.weather = Weather::rough(seed);
    }
    let ambushes = arguments.ambush.as_deref().map(ambushes).transpose()?.unwrap_or_default();
    let stop = crate::signals::stop().into_diagnostic()?;
    let mut twin = trueconfig_twin::serve(options).await.map_err(|error| miette::miette!("{error}"))?;
    ambushes.into_iter().for_each(|ambush| twin.faults().lie_in_wait(ambush));
    if let Some(file) = &arguments.write_ca {
        write(file, &twin.ca_pem)?;
    }
    if let Some(file) = &arguments.write_config {
        config::write_for_twin(file, &twin).map_err(|error| miette::miette!("{error}"))?;
    }
    say(format_args!("http://{} https://{}", twin.http, twin.https));
    attacked_until(stop, arguments, &twin).await;
    twin.end().await;
    if let Some(file) = &arguments.export {
        write(file, &twin.export().to_json())?;
    }
    Ok(DONE)
}

/// Waits for the end; the attacker comes before it, if one is to come.
async fn attacked_until(stop: impl Future<Output = ()>, arguments: &Arguments, twin: &Twin) {
    tokio::pin!(stop);
    if let Some(seed) = arguments.attack {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(Duration::from_secs(arguments.attack_after)) => {}
        }
        for step in twin.attack(seed) {
            let outcome = step.outcome.map_or_else(|error| error.to_string(), |()| "done".to_owned());
            say(format_args!("attack: {}, {}: {outcome}", step.what, step.target));
        }
    }
    stop.await;
}

fn ambushes(file: &Path) -> miette::Result<Vec<Ambush>> {
    let name = file.display();
    let text =
        std::fs::read_to_string(file).into_diagnostic().wrap_err_with(|| format!("cannot read {name}"))?;
    Ambush::parse(&text).map_err(|error| {
        miette::miette!(
            "{name}: {error}; write [{{\"method\", \"path\", \"moment\", \"edits\"}}], see --help"
        )
    })
}

/// The tenant to serve: a file, or one that is generated.
fn tenant(arguments: &Arguments) -> miette::Result<Options> {
    if let Some(numbers) = arguments.synthetic {
        return Options::synthetic(numbers).map_err(|error| miette::miette!("{error}"));
    }
    let file = match &arguments.tenant {
        None => TenantFile::contoso(),
        Some(file) => {
            let name = file.display().to_string();
            let text = std::fs::read_to_string(file)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot read the tenant file {name}"))?;
            TenantFile::parse(&text, &name)
        }
    };
    file.map(Options::new).map_err(|error| miette::miette!("{error}"))
}

fn write(file: &Path, text: &str) -> miette::Result<()> {
    std::fs::write(file, text).into_diagnostic().wrap_err_with(|| format!("cannot write {}", file.display()))
}
