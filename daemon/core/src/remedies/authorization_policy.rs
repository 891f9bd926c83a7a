//! APP-08, EXT-01: the value that the check wants is the value to set.

use super::{Draft, NoFix, Subject};
use crate::baseline::check::Check;
use crate::change::{AuthorizationPolicyPatch, Change, SettingChange};
use crate::checks::setting::{SettingState, settings};
use crate::snapshot::FamilyName;

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let Check::Setting(check) = &subject.control.check else {
        return NoFix::because("its check names no setting");
    };
    if check.family != FamilyName::AuthorizationPolicy {
        return NoFix::because(format!("{} is set by hand", check.family.as_str()));
    }
    let unmet = settings(&subject.context, check, &subject.parameters)?.into_iter().filter(|one| !one.met);
    let values = unmet.map(value).collect::<Result<Vec<_>, _>>()?;
    if values.is_empty() {
        return NoFix::because("every value is as wanted");
    }
    let patch = AuthorizationPolicyPatch { values, blast_radius: subject.control.blast_radius };
    Ok(vec![Draft::passing(vec![Change::PatchAuthorizationPolicy(patch)])])
}

fn value(state: SettingState) -> Result<SettingChange, NoFix> {
    match state.wanted {
        Some(after) => {
            Ok(SettingChange { path: state.path, label: state.label, before: state.actual, after })
        }
        None => NoFix::because(format!("which value {} should have only you can know", state.label)),
    }
}
