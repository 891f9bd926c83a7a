//! `trueconfigd config check`: the configuration and everything it names.

use super::DONE;
use crate::config::Config;
use crate::output::say;
use std::path::Path;

pub(super) fn run(file: &Path) -> miette::Result<u8> {
    let config = Config::load(file)?;
    for tenant in &config.tenants {
        let baseline = crate::tenant::check(tenant, &config).map_err(|error| miette::miette!("{error}"))?;
        let (level, pattern, zone) = (tenant.level.get(), &tenant.schedule, &tenant.time_zone);
        let own = baseline.members.iter().filter(|member| member.control.is_operators()).count();
        let (name, all) = (&tenant.name, baseline.members.len());
        say(format_args!(
            "tenant {name}: level {level}, {all} controls, {own} of them yours, scans at \"{pattern}\" {zone}"
        ));
    }
    if let Some(key) = &config.signing {
        let signer = key.load().map_err(|error| miette::miette!("[signing]: {error}"))?;
        say(format_args!("checkpoints are signed with {}", signer.verifier()));
    }
    say(format_args!("{} is right", file.display()));
    Ok(DONE)
}
