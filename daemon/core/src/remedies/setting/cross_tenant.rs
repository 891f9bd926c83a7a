//! EXT-21, EXT-22: the defaults towards other tenants. Blocking means blocking all: only the targets that were
//! allowed would leave the others as they are.

use super::{Unmet, at, fields, patch_to, set};
use crate::change::{Change, Resource};
use crate::remedies::{NoFix, Subject};
use serde_json::json;

pub(super) fn changes(subject: &Subject<'_>, unmet: &[Unmet]) -> Result<Vec<Change>, NoFix> {
    let policy = fields(subject.judged.snapshot.cross_tenant_access_default.single()?)?;
    let mut wanted = policy.clone();
    for one in unmet {
        let (path, value) = match one.path.strip_suffix(".accessType") {
            None => (one.path.as_str(), one.wanted()?),
            Some(side) => {
                let (all, kind) = match side.ends_with("applications") {
                    true => ("AllApplications", "application"),
                    false => ("AllUsers", "user"),
                };
                let mut block = at(&policy, side);
                block["accessType"] = one.wanted()?;
                block["targets"] = json!([{"target": all, "targetType": kind}]);
                (side, block)
            }
        };
        set(&mut wanted, path, value);
    }
    Ok(vec![patch_to(subject, Resource::CrossTenantAccessDefault, &policy, &wanted, unmet)?])
}
