//! `trueconfigd config check`: the configuration and everything it names.

use super::DONE;
use crate::config::{AlertError, Config, CredentialError, SigningKey, SigningKeyError};
use crate::output::say;
use std::path::Path;

pub(super) fn run(file: &Path) -> miette::Result<u8> {
    let config = Config::load(file)?;
    for tenant in &config.tenants {
        let checked = crate::tenant::check(tenant, &config).map_err(|error| miette::miette!("{error}"))?;
        let (level, pattern, zone) = (tenant.level.get(), &tenant.schedule, &tenant.time_zone);
        let own = checked.baseline.members.iter().filter(|member| member.control.is_operators()).count();
        let (name, all) = (&tenant.name, checked.baseline.members.len());
        say(format_args!(
            "tenant {name}: level {level}, {all} controls, {own} of them yours, scans at \"{pattern}\" {zone}"
        ));
        let years = tenant.audit_years;
        say(format_args!("  its audit log is to be kept for {years} years; nothing here removes any of it"));
        checked.unread.iter().for_each(|name| left_to_systemd(name));
    }
    match config.signing.as_ref().map(SigningKey::load) {
        Some(Ok(signer)) => say(format_args!("checkpoints are signed with {}", signer.verifier())),
        Some(Err(SigningKeyError::Source(CredentialError::NoCredentials { name }))) => left_to_systemd(&name),
        Some(Err(error)) => return Err(miette::miette!("[signing]: {error}")),
        None => {}
    }
    for channel in &config.alerts.channels {
        match channel.open(config.alerts.repeat) {
            Ok(ready) => say(format_args!("alerts go to {} ({})", ready.name, ready.kind)),
            Err(AlertError::Secret { source: CredentialError::NoCredentials { name }, .. }) => {
                left_to_systemd(&name);
            }
            Err(error) => return Err(miette::miette!("{error}")),
        }
    }
    say(format_args!("{} is right", file.display()));
    Ok(DONE)
}

/// An administrator's shell has no credentials of the service; that is no fault of the configuration.
fn left_to_systemd(name: &str) {
    say(format_args!("  {name}: a systemd credential, read only when the service starts"));
}
