//! GOV-24 to GOV-28: Graph replaces the policy as a whole, so all of it is sent.

use super::{Unmet, fields, patch_to, set};
use crate::change::{Change, Resource};
use crate::remedies::{NoFix, Subject};
use crate::snapshot::Id;
use serde_json::{Value, json};

pub(super) fn changes(subject: &Subject<'_>, unmet: &[Unmet]) -> Result<Vec<Change>, NoFix> {
    let policy = fields(subject.judged.snapshot.device_registration_policy.single()?)?;
    let mut wanted = policy.clone();
    for one in unmet {
        match one.path.strip_suffix(".@odata.type") {
            None => set(&mut wanted, &one.path, one.wanted()?),
            Some(membership) => set(&mut wanted, membership, members(subject, one)?),
        }
    }
    Ok(vec![patch_to(subject, Resource::DeviceRegistrationPolicy, &policy, &wanted, unmet)?])
}

/// Nobody, where the check says so; else the configured groups.
fn members(subject: &Subject<'_>, one: &Unmet) -> Result<Value, NoFix> {
    if let Some(kind) = &one.wanted {
        return Ok(json!({"@odata.type": kind}));
    }
    let groups = subject.texts("groups");
    if groups.is_empty() {
        return NoFix::because(format!(
            "who may join devices only you can know: set `groups` in `[tenant.parameters.{}]` to object ids of groups",
            subject.control.id
        ));
    }
    for group in &groups {
        if subject.context.group(&Id::new(group))?.is_none() {
            return NoFix::because(format!("the configured group {group} is none of this tenant"));
        }
    }
    let kind = "#microsoft.graph.enumeratedDeviceRegistrationMembership";
    Ok(json!({"@odata.type": kind, "users": [], "groups": groups}))
}
