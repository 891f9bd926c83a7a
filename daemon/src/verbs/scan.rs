//! `trueconfigd scan --once`: one scan in the foreground, for cron, for trying a tenant read-only,
//! and for measuring. It takes the store's lock, stores a snapshot, never plans or writes.

use super::{DEVIATIONS, DONE, block_on, logging};
use crate::ambient::Ambient;
use crate::config::{Config, Tenant};
use crate::output::say;
use crate::store::Store;
use crate::{scan, tenant};
use miette::miette;
use std::path::PathBuf;
use std::sync::Arc;
use trueconfig_common::id::TenantName;
use trueconfig_common::interface::scan::ScanSummary;
use trueconfig_common::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scan once and exit; the daemon scans by its schedule.
    #[arg(long, required = true)]
    once: bool,
    /// Read what changed since the last scan instead of everything.
    #[arg(long)]
    incremental: bool,
    /// The configuration file.
    #[arg(long, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    /// Which tenant, if the configuration has several.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> miette::Result<u8> {
    logging::start("warn");
    let config = Config::load(&arguments.config)?;
    let tenant = choose(&config, arguments.tenant.as_deref())?;
    let summary = block_on(once(&config, tenant, arguments))?;
    say(serde_json::to_string(&summary).map_err(|error| miette!("{error}"))?);
    let deviates = [Verdict::Fail, Verdict::Error].iter().any(|one| summary.verdicts.contains_key(one));
    Ok(if deviates { DEVIATIONS } else { DONE })
}

fn choose<'a>(config: &'a Config, name: Option<&str>) -> miette::Result<&'a Tenant> {
    let names = || config.tenants.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
    match (name, config.tenants.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => Err(miette!("name a tenant with --tenant: {}", names())),
        (Some(name), _) => config
            .tenant(&TenantName::from(name))
            .ok_or_else(|| miette!("there is no tenant {name:?}; there are {}", names())),
    }
}

async fn once(config: &Config, tenant: &Tenant, arguments: &Arguments) -> miette::Result<ScanSummary> {
    let failed = |error: &dyn std::fmt::Display| miette!("tenant {}: {error}", tenant.name);
    let facts =
        Arc::new(tenant::facts(tenant, config, Ambient::system()).map_err(|error| miette!("{error}"))?);
    let ports = tenant.connect().map_err(|error| miette!("{error}"))?;
    let opened =
        Store::open(&config.tenant_dir(&tenant.name), &tenant.name).map_err(|error| failed(&error))?;
    let snapshots = opened.store.snapshots();
    let force =
        Arc::new(crate::coordinator::replayed(&opened.store, &facts).map_err(|error| failed(&error))?);
    let basis = if arguments.incremental { scan::basis(&snapshots, None) } else { None };
    let scanned = scan::scan(ports.read.as_ref(), &facts, &force, &snapshots, basis, |_| {}).await;
    let scanned = scanned.map_err(|error| failed(&error))?;
    opened.store.close().map_err(|error| failed(&error))?;
    Ok(scanned.summary)
}
