//! A baseline of what a tenant holds today: for every control that judges settings, a control of the operator whose
//! accepted values are the present ones. Whoever changes one of them is told, whether that is better or worse.

use super::{Baseline, Member, TenantConfig, check::Check, check::SettingCheck};
use crate::{
    checks::{
        Context,
        setting::{SettingState, settings},
    },
    snapshot::Snapshot,
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::fmt::Write as _;
use trueconfig_common::id::ControlId;

/// The controls made, and those of which none could be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pinned {
    /// Names of files with their texts.
    pub files: Vec<(String, String)>,
    /// Controls that were left out, or values of them, and why.
    pub left_out: Vec<(ControlId, String)>,
}

/// Pins what a snapshot holds.
pub fn pin(snapshot: &Snapshot, baseline: &Baseline, config: &TenantConfig, now: DateTime<Utc>) -> Pinned {
    let context = Context::new(snapshot, config, now);
    let mut pinned = Pinned::default();
    for member in &baseline.members {
        let id = &member.control.id;
        let Check::Setting(check) = &member.control.check else {
            pinned.left_out.push((id.clone(), "it judges no setting".to_owned()));
            continue;
        };
        match settings(&context, check, &member.parameters) {
            Ok(states) => one(&mut pinned, member, check, &states, now),
            Err(cause) => pinned.left_out.push((id.clone(), cause.to_string())),
        }
    }
    pinned
}

fn one(
    pinned: &mut Pinned,
    member: &Member,
    check: &SettingCheck,
    states: &[SettingState],
    now: DateTime<Utc>,
) {
    let id = &member.control.id;
    let mut requirements = String::new();
    for state in states {
        match accepted(&state.actual) {
            Some(accepted) => {
                let (path, label) = (json!(state.path), json!(state.label));
                let _ = write!(
                    requirements,
                    "\n[[check.setting.require]]\npath = {path}\nlabel = {label}\n{accepted}\n"
                );
            }
            None => pinned.left_out.push((id.clone(), format!("{} is {}", state.path, state.actual))),
        }
    }
    if !requirements.is_empty() {
        pinned.files.push((format!("ORG-PIN-{id}.toml"), file(member, check, &requirements, now)));
    }
}

/// What a requirement says of the present value. Of a list its entries are all that may be there: one that goes is not
/// told. Nothing can be said of an empty list or a table.
fn accepted(actual: &Value) -> Option<String> {
    match actual {
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(format!("accepted = [{actual}]")),
        Value::Array(entries) if !entries.is_empty() && entries.iter().all(Value::is_string) => {
            Some(format!("only = {actual}"))
        }
        _ => None,
    }
}

/// JSON's texts, numbers and lists are TOML's, too.
fn file(member: &Member, check: &SettingCheck, requirements: &str, now: DateTime<Utc>) -> String {
    let control = &member.control;
    let day = now.format("%Y-%m-%d");
    let title = json!(format!("{}, as on {day}", control.title));
    let why = json!(format!("On {day} this was accepted as it was. {}", control.guidance.why));
    let actions =
        json!(["Find out who changed it, and whether that was wanted.", "Put it back, or pin it anew."]);
    let (category, severity) = (json!(control.category), json!(control.severity));
    let (read, steps) = (json!(control.permissions.read), json!(control.guidance.steps));
    format!(
        "# What {id} found on {day}, by `trueconfig baseline from-snapshot`.\n\
         id = \"ORG-PIN-{id}\"\ntitle = {title}\ncategory = {category}\nlevel = 1\nseverity = {severity}\n\
         blast_radius = 1\nhigh_impact = false\nhighest_mode = \"advisory\"\nremedy = \"none\"\n\n\
         [check.setting]\nfamily = \"{family}\"\n{requirements}\n\
         [permissions]\nread = {read}\n\n[frameworks]\n\n\
         [guidance]\nwhy = {why}\nactions = {actions}\nsteps = {steps}\n",
        id = control.id,
        family = check.family.as_str(),
    )
}
