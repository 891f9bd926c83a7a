//! APP-07, APP-30, EXT-07, GOV-30, GOV-31: one field of each object that does not do. Nothing is deleted.

use super::{Draft, NoFix, Subject};
use crate::baseline::Remedy;
use crate::change::{Change, Field, FieldPatch, Resource};
use crate::plan::CHANGE_LIMIT;
use crate::snapshot::Id;
use serde_json::{Map, Value, json};
use trueconfig_common::personal::Personal;
use trueconfig_common::verdict::{Evidence, Verdict};

/// What is set on each object.
struct Wanted {
    field: &'static str,
    label: &'static str,
    before: Value,
    after: Value,
}

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let mut changes = Vec::new();
    let found = subject.evidence();
    for one in &found {
        if let Some((resource, wanted)) = wanted(subject, one) {
            changes.push(change(subject, resource, &one.name, wanted));
        }
    }
    if changes.is_empty() {
        return NoFix::because("none of them can be changed by us: look at each by hand");
    }
    Ok(vec![limited(changes, subject.evidence_total())])
}

/// A draft of as many changes as a plan may have; `all` is how many there would have to be for the control to pass.
pub(super) fn limited(mut changes: Vec<Change>, all: usize) -> Draft {
    changes.truncate(CHANGE_LIMIT);
    let kept = all.saturating_sub(changes.len());
    let mut draft = Draft::passing(changes);
    if kept > 0 {
        draft.expected = Verdict::Fail;
        draft.note = format!("{kept} more stay as they are: looked at by hand, or next time");
    }
    draft
}

fn wanted(subject: &Subject<'_>, one: &Evidence) -> Option<(Resource, Wanted)> {
    let id = one.id.clone();
    let snapshot = &subject.judged.snapshot;
    match subject.control.remedy {
        Remedy::DisableServicePrincipal => {
            let known = one.values.get("lastUsed").is_some_and(|last| !last.is_null());
            let ours = subject.context.is_own(&Id::new(&id));
            (known && !ours).then(|| {
                (Resource::ServicePrincipal { id }, switch("accountEnabled", "whether it is enabled", true))
            })
        }
        Remedy::RequireAssignment => Some((
            Resource::ServicePrincipal { id },
            switch("appRoleAssignmentRequired", "whether only those assigned may use it", false),
        )),
        Remedy::DisableDevice => {
            let wanted = switch("accountEnabled", "whether it is enabled", true);
            Some((Resource::Device { id }, wanted))
        }
        Remedy::MakeGroupPrivate => {
            let groups = snapshot.groups.rows().ok()?;
            let group = groups.iter().find(|group| group.id.to_string() == id)?;
            let (before, after) = (json!(group.visibility), json!("Private"));
            Some((Resource::Group { id }, Wanted { field: "visibility", label: "visibility", before, after }))
        }
        Remedy::DisableInboxRule => {
            let user = one.values.get("user")?.as_str()?.to_owned();
            // A rule without an id is told by its user alone and cannot be addressed.
            (user != id)
                .then(|| (Resource::InboxRule { user, id }, switch("isEnabled", "whether it runs", true)))
        }
        _ => None,
    }
}

/// A switch that stands the wrong way.
fn switch(field: &'static str, label: &'static str, stands: bool) -> Wanted {
    Wanted { field, label, before: json!(stands), after: json!(!stands) }
}

fn change(subject: &Subject<'_>, resource: Resource, name: &str, wanted: Wanted) -> Change {
    let fields = |value: Value| Map::from_iter([(wanted.field.to_owned(), value)]);
    Change::SetFields(FieldPatch {
        resource,
        name: Personal::new(name),
        fields: vec![Field { path: wanted.field.to_owned(), label: wanted.label.to_owned() }],
        before: fields(wanted.before.clone()),
        after: fields(wanted.after.clone()),
        remains: None,
        blast_radius: subject.control.blast_radius,
    })
}
