//! EXT-25: a dynamic group of all guests, or the rule of the one that is paused.

use super::{Draft, NoFix, Subject};
use crate::change::{Change, Collection, Field, FieldPatch, ObjectCreation, Resource};
use serde_json::{Map, Value, json};
use trueconfig_common::personal::Personal;

const STATE: &str = "membershipRuleProcessingState";

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let judgement = subject.situation.judgement(&subject.control.id);
    let paused = judgement.and_then(|one| one.near_miss.as_ref()).filter(|near| near.field == STATE);
    let blast_radius = subject.control.blast_radius;
    let change = match paused {
        Some(near) => {
            let fields = |value: &Value| Map::from_iter([(STATE.to_owned(), value.clone())]);
            Change::SetFields(FieldPatch {
                resource: Resource::Group { id: near.object.clone() },
                name: Personal::new(""),
                fields: vec![Field { path: STATE.to_owned(), label: "whether its rule runs".to_owned() }],
                before: fields(&near.actual),
                after: fields(&near.wanted),
                remains: None,
                blast_radius,
            })
        }
        None => Change::CreateObject(ObjectCreation {
            collection: Collection::Groups,
            content: json!({
                "displayName": "All guests",
                "description": "Every guest, by rule (TrueConfig)",
                "mailNickname": "trueconfig-all-guests",
                "mailEnabled": false,
                "securityEnabled": true,
                "groupTypes": ["DynamicMembership"],
                "membershipRule": "(user.userType -eq \"Guest\")",
                STATE: "On",
            }),
            blast_radius,
        }),
    };
    Ok(vec![Draft::passing(vec![change])])
}
