//! What the registrations must be allowed in Graph, from the controls' own words, held against what a token says.

#[cfg(test)]
mod tests;

use crate::baseline::{Baseline, TenantConfig};
use crate::checks::permissions::{Danger, danger};
use std::collections::{BTreeMap, BTreeSet};
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::permissions::PermissionRow;

/// Permissions by name, each with the controls that need it.
pub type Needed = BTreeMap<String, BTreeSet<ControlId>>;

/// What the two registrations need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// To judge.
    pub reader: Needed,
    /// To fix.
    pub writer: Needed,
}

/// Wider application permissions, and what each of them allows besides itself. From Microsoft's permission
/// reference; diagnostics only, for Graph decides.
const WIDER: [(&str, &[&str]); 5] = [
    (
        "Directory.Read.All",
        &[
            "Application.Read.All",
            "Device.Read.All",
            "Domain.Read.All",
            "Group.Read.All",
            "GroupMember.Read.All",
            "GroupSettings.Read.All",
            "LicenseAssignment.Read.All",
            "Organization.Read.All",
            "RoleManagement.Read.Directory",
            "User.Read.All",
        ],
    ),
    ("Group.Read.All", &["GroupMember.Read.All"]),
    ("Organization.Read.All", &["LicenseAssignment.Read.All"]),
    ("Policy.Read.All", &["Policy.Read.AuthenticationMethod", "Policy.Read.PermissionGrant"]),
    (
        "RoleManagement.Read.Directory",
        &["RoleAssignmentSchedule.Read.Directory", "RoleEligibilitySchedule.Read.Directory"],
    ),
];

impl Needs {
    /// What the enabled controls of a baseline need; only these, if some are named.
    pub fn of(baseline: &Baseline, config: &TenantConfig, only: &[ControlId]) -> Self {
        let mut needs = Self::default();
        let enabled = baseline.members.iter().map(|member| &member.control);
        let enabled = enabled.filter(|control| !config.disabled.contains_key(&control.id));
        for control in enabled.filter(|control| only.is_empty() || only.contains(&control.id)) {
            for name in &control.permissions.read {
                needs.reader.entry(name.clone()).or_default().insert(control.id.clone());
            }
            for name in &control.permissions.write {
                needs.writer.entry(name.clone()).or_default().insert(control.id.clone());
            }
        }
        needs
    }
}

/// How each permission stands: what is needed, then what was granted beyond. Without a token nothing is known.
pub fn compared(needed: &Needed, granted: Option<&BTreeSet<String>>) -> Vec<PermissionRow> {
    let mut rows: Vec<PermissionRow> =
        needed.iter().map(|(name, controls)| standing(name, controls, granted)).collect();
    rows.extend(
        granted
            .into_iter()
            .flatten()
            .filter(|name| !needed.contains_key(*name))
            .map(|name| excess(name, needed)),
    );
    rows
}

fn standing(name: &str, controls: &BTreeSet<ControlId>, granted: Option<&BTreeSet<String>>) -> PermissionRow {
    let (standing, why) = match granted {
        None => ("unknown", String::new()),
        Some(granted) if granted.contains(name) => ("granted", String::new()),
        Some(granted) => match granted.iter().find(|one| is_wider(one, name)) {
            Some(wider) => ("covered", format!("{wider} was granted, which allows more")),
            None => ("missing", "what needs it says error or is refused, and never passes".to_owned()),
        },
    };
    let controls = controls.iter().cloned().collect();
    PermissionRow { permission: name.to_owned(), standing: standing.to_owned(), controls, why }
}

fn excess(name: &str, needed: &Needed) -> PermissionRow {
    let narrower: Vec<&str> = needed.keys().map(String::as_str).filter(|one| is_wider(name, one)).collect();
    let instead = match narrower.as_slice() {
        [] => "nothing here needs it".to_owned(),
        some => format!("{} would do", some.join(", ")),
    };
    let why = match danger(name) {
        Some(Danger::TierZero) => {
            format!(
                "whoever has this registration's proof can become Global Administrator with it; {instead}"
            )
        }
        Some(Danger::Flagged) => {
            format!("it reaches everybody's data or weakens the tenant's defences; {instead}")
        }
        None if name.contains("Write") => format!("it changes what it reaches; {instead}"),
        None => instead,
    };
    PermissionRow { permission: name.to_owned(), standing: "excess".to_owned(), controls: Vec::new(), why }
}

/// Whether a permission allows all that another one does, and more.
fn is_wider(wide: &str, narrow: &str) -> bool {
    if wide == narrow {
        return false;
    }
    // What may write a thing may read it; the parts around the verb name the thing.
    let reading = wide.replacen(".ReadWrite.", ".Read.", 1);
    if reading != wide && (reading == narrow || is_wider(&reading, narrow)) {
        return true;
    }
    WIDER.iter().any(|(own, allows)| *own == wide && allows.contains(&narrow))
}
