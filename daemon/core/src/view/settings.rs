//! Settings as shown, with what the daemon recommends.

use crate::credentials::OwnCredential;
use crate::lifecycle::Situation;
use crate::state::State;
use chrono::TimeDelta;
use std::collections::BTreeMap;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::settings::Settings;
use trueconfig_common::mode::{BlastRadius, Mode};
use trueconfig_common::remediation::RemediationState;
use trueconfig_common::role::Role;

/// What the configuration fixes and no command changes.
#[derive(Clone, Debug, Default)]
pub struct Fixed {
    /// The cron pattern of scans.
    pub schedule: String,
    /// Its time zone.
    pub time_zone: String,
    /// Who has which role.
    pub roles: BTreeMap<Role, Vec<String>>,
    /// Which role each method needs.
    pub permissions: BTreeMap<String, Role>,
    /// Marked as a test tenant (R89).
    pub test_tenant: bool,
    /// The proofs of our registrations.
    pub credentials: Vec<OwnCredential>,
}

/// The settings in force.
pub fn settings(state: &State, situation: &Situation<'_>, fixed: &Fixed) -> Settings {
    let chosen = &state.settings;
    let holds = chosen.holds.iter().map(|(control, hold)| (control.clone(), hold.reason.clone()));
    Settings {
        auto_remediation_enabled: chosen.auto_remediation_enabled,
        default_mode: chosen.default_mode,
        control_overrides: chosen.overrides.clone(),
        holds: holds.collect(),
        emergency_access_verified: chosen.emergency_access_verified.clone(),
        auto_rollback: chosen.auto_rollback,
        schedule: fixed.schedule.clone(),
        time_zone: fixed.time_zone.clone(),
        level: situation.baseline.level.get(),
        baseline: situation.baseline.digest.clone(),
        break_glass: situation.tenant.break_glass.clone(),
        roles: fixed.roles.clone(),
        advice: advice(state, situation),
        permissions: fixed.permissions.clone(),
        // Only the shell knows them.
        channels: Vec::new(),
    }
}

/// What the daemon recommends, in words (R23, R36, R61, R85, R87, R88, R90).
fn advice(state: &State, situation: &Situation<'_>) -> Vec<String> {
    let chosen = &state.settings;
    let mut advice = Vec::new();
    match &chosen.emergency_access_verified {
        None => {
            advice.push("Test the break-glass accounts and record it: no fix runs by itself before.".into())
        }
        Some(test) if situation.now - test.at > TimeDelta::days(30) => {
            advice.push("The monthly test of the break-glass accounts is due.".into());
        }
        Some(_) => {}
    }
    if !chosen.auto_remediation_enabled {
        advice.push(
            "Advisory is recommended for the first 30 to 60 days, and longer for controls of high risk or on which \
             the business depends; then switch remediation on."
                .into(),
        );
    } else if chosen.default_mode == Mode::Advisory && chosen.overrides.is_empty() {
        advice.push("Manual is the recommended mode: set it for one or two controls to begin with.".into());
    }
    let recent = |one: &&trueconfig_common::interface::settings::Override| {
        one.mode == Mode::Auto && situation.now - one.since < TimeDelta::days(30)
    };
    let promoted = chosen.overrides.values().filter(recent).count();
    if promoted > 3 {
        advice.push(format!("{promoted} controls were set to auto within a month; go slower."));
    }
    advice.extend(early_auto(state, situation));
    let old = |since| situation.now - since > TimeDelta::days(90);
    let stale: Vec<&str> =
        chosen.overrides.iter().filter(|(_, one)| old(one.since)).map(|(id, _)| id.as_str()).collect();
    if !stale.is_empty() {
        advice.push(format!("Review these overrides, they are older than a quarter: {}.", stale.join(", ")));
    }
    advice
}

/// Auto where much could break, without 30 days of successful manual fixes, or with rollbacks (R36, R87, R90).
fn early_auto(state: &State, situation: &Situation<'_>) -> Vec<String> {
    let automatic = state.settings.overrides.iter().filter(|(_, one)| one.mode == Mode::Auto);
    automatic
        .filter_map(|(control, _)| {
            let (first, rolled_back) = experience(state, control);
            let radius = situation.control(control).map(|one| one.blast_radius);
            if let Some(radius) = radius.filter(|radius| *radius > BlastRadius::SETTING) {
                return Some(format!(
                    "{control} is auto with blast radius {radius}: auto is recommended up to {}.",
                    BlastRadius::SETTING
                ));
            }
            let seasoned = first.is_some_and(|at| situation.now - at >= TimeDelta::days(30));
            match (rolled_back, seasoned) {
                (2.., _) => Some(format!("{control} was rolled back {rolled_back} times: set it to manual.")),
                (_, false) => Some(format!("{control} is auto without 30 days of successful manual fixes.")),
                _ => None,
            }
        })
        .collect()
}

fn experience(state: &State, control: &ControlId) -> (Option<chrono::DateTime<chrono::Utc>>, usize) {
    let own = || state.remediations.values().filter(|one| one.plan.control == *control);
    let first = own().filter(|one| one.state == RemediationState::Verified).map(|one| one.created_at).min();
    let rolled_back = own().filter(|one| one.state == RemediationState::RolledBack).count();
    (first, rolled_back)
}
