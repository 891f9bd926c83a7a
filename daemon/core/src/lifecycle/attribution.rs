//! Who moved a control, as far as the directory's own audit log tells (T6). A guess is none: an entry
//! counts if it names an object that bears the verdict out, or one that changed since the last scan
//! in a family the control reads.

use crate::baseline::Control;
use crate::snapshot::{AuditEntry, AuditTarget, FamilyName, Id};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use trueconfig_common::interface::drift::{MovedValue, Mover};
use trueconfig_common::personal::Personal;
use trueconfig_common::verdict::Judgement;

/// Most entries told of one change.
const MOVERS_MOST: usize = 10;
/// Most values told of one entry.
const VALUES_MOST: usize = 20;
/// Most characters of a value that are kept.
const VALUE_CHARACTERS: usize = 500;
/// Words of a family's name that say nothing of what it is about.
const EMPTY_WORDS: [&str; 4] = ["policy", "policies", "default", "settings"];

/// What is known of what happened between two scans.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Movements {
    /// The directory's audit log since the last scan; empty if it cannot be read.
    pub audits: Vec<AuditEntry>,
    /// Objects that are not the same as in the last snapshot; the id is empty where the family has one.
    pub changed: Vec<(FamilyName, String)>,
}

/// Who did what a changed verdict comes from, the newest first. Nobody means that it is not known.
pub(super) fn movers(
    judgement: &Judgement,
    control: Option<&Control>,
    movements: &Movements,
    since: Option<DateTime<Utc>>,
) -> Vec<Mover> {
    let reads = |family: FamilyName| {
        control.is_some_and(|one| one.permissions.read.iter().any(|read| read == family.permission()))
    };
    let (mut objects, mut families) = (BTreeSet::new(), Vec::new());
    objects.extend(judgement.evidence.iter().map(|one| Id::new(&one.id)));
    objects.extend(judgement.near_miss.iter().map(|one| Id::new(&one.object)));
    for (family, object) in movements.changed.iter().filter(|(family, _)| reads(*family)) {
        match object.as_str() {
            "" => families.push(*family),
            object => objects.extend([Id::new(object)]),
        }
    }
    let concerns = |entry: &&AuditEntry| {
        let late = entry.activity_date_time.zip(since).is_none_or(|(at, since)| at >= since);
        let named = entry.targets().any(|id| objects.contains(&id));
        late && succeeded(entry) && (named || families.iter().any(|family| is_about(entry, *family)))
    };
    let mut found: Vec<Mover> = movements.audits.iter().filter(concerns).filter_map(mover).collect();
    found.sort_by_key(|mover| std::cmp::Reverse(mover.at));
    found.truncate(MOVERS_MOST);
    found
}

fn succeeded(entry: &AuditEntry) -> bool {
    entry.result.as_deref().is_none_or(|result| result.eq_ignore_ascii_case("success"))
}

/// Entries about what a tenant has one of do not name it by an id of ours: their activity does.
fn is_about(entry: &AuditEntry, family: FamilyName) -> bool {
    let activity = entry.activity_display_name.to_lowercase();
    let mut words = family.as_str().split('_').filter(|word| !EMPTY_WORDS.contains(word)).peekable();
    words.peek().is_some() && words.all(|word| activity.contains(word))
}

/// An entry in our words; none if it does not say who.
fn mover(entry: &AuditEntry) -> Option<Mover> {
    let by = entry.initiated_by.as_ref()?;
    let (who, id, kind, from) = match (&by.user, &by.app) {
        (Some(user), _) => (&user.user_principal_name, user.id.as_ref(), "user", user.ip_address.as_str()),
        (None, Some(app)) => (&app.display_name, app.app_id.as_ref(), "application", ""),
        (None, None) => return None,
    };
    let id = id.cloned().unwrap_or_default();
    let who = if who.is_empty() { &id } else { who };
    let target = entry.target_resources.first();
    Some(Mover {
        who: Personal::new(short(who)),
        id: short(&id),
        kind: kind.to_owned(),
        from: Personal::new(short(from)),
        at: entry.activity_date_time,
        activity: short(&entry.activity_display_name),
        target: Personal::new(target.map(name).unwrap_or_default()),
        values: target.map(values).unwrap_or_default(),
    })
}

fn name(target: &AuditTarget) -> String {
    let names = [&target.user_principal_name, &target.display_name, &target.id];
    names.into_iter().find(|name| !name.is_empty()).map(|name| short(name)).unwrap_or_default()
}

fn values(target: &AuditTarget) -> Vec<MovedValue> {
    let some = target.modified_properties.iter().take(VALUES_MOST);
    some.map(|one| MovedValue {
        property: short(&one.display_name),
        before: Personal::new(short(&one.old_value)),
        after: Personal::new(short(&one.new_value)),
    })
    .collect()
}

/// Text from the tenant, bounded.
fn short(text: &str) -> String {
    text.chars().take(VALUE_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use trueconfig_common::id::ControlId;
    use trueconfig_common::verdict::{Evidence, Verdict};

    fn at(minute: u32) -> DateTime<Utc> {
        format!("2026-11-24T10:{minute:02}:00Z").parse().unwrap()
    }

    fn entry(minute: u32, activity: &str, target: &str, by: Value) -> AuditEntry {
        serde_json::from_value(json!({
            "id": format!("Directory_{minute}"), "activityDateTime": at(minute), "activityDisplayName": activity,
            "result": "success", "initiatedBy": by,
            "targetResources": [{"id": target, "displayName": "T", "modifiedProperties": [
                {"displayName": "state", "oldValue": "\"enabled\"", "newValue": "\"disabled\""}]}],
        }))
        .unwrap()
    }

    fn ann() -> Value {
        json!({"user": {"id": "u1", "userPrincipalName": "ann@contoso.com", "ipAddress": "192.0.2.7"}, "app": null})
    }

    fn judgement(evidence: &str) -> Judgement {
        let evidence = Evidence {
            kind: "policy".into(),
            id: evidence.into(),
            name: "P".into(),
            detail: String::new(),
            values: Value::Null,
        };
        Judgement {
            control: ControlId::new("CA-01"),
            verdict: Verdict::Fail,
            reason: String::new(),
            expected: String::new(),
            actual: String::new(),
            evidence: vec![evidence],
            evidence_total: 1,
            near_miss: None,
        }
    }

    fn control() -> Control {
        let baseline =
            crate::baseline::Baseline::embedded(crate::baseline::Level::try_from(3).unwrap()).unwrap();
        let member = baseline
            .members
            .iter()
            .find(|one| one.control.permissions.read.iter().any(|read| read == "Policy.Read.All"));
        member.unwrap().control.clone()
    }

    #[test]
    fn t6_whoever_changed_what_bears_the_verdict_out_is_named_with_place_time_and_values() {
        let id = "AAAAAAAA-0000-0000-0000-000000000001";
        let audits = vec![
            entry(5, "Update conditional access policy", id, ann()),
            entry(6, "Update user", "other", ann()),
        ];
        let movements = Movements { audits, changed: Vec::new() };
        let found = movers(&judgement(&id.to_lowercase()), None, &movements, Some(at(0)));
        let [mover] = &found[..] else { panic!("{found:?}") };
        assert_eq!(
            (mover.who.as_str(), mover.from.as_str(), mover.at),
            ("ann@contoso.com", "192.0.2.7", Some(at(5)))
        );
        assert_eq!(mover.values[0].before.as_str(), "\"enabled\"");
        assert!(
            movers(&judgement(id), None, &movements, Some(at(6))).is_empty(),
            "it was before the last scan"
        );
    }

    #[test]
    fn t6_a_policy_that_is_gone_is_found_by_what_changed_and_a_failed_try_is_nobodys_doing() {
        let app = json!({"user": null, "app": {"appId": "a1", "displayName": "Deploy", "servicePrincipalId": "s1"}});
        let mut failed = entry(8, "Delete conditional access policy", "p2", ann());
        failed.result = Some("failure".to_owned());
        let audits = vec![entry(7, "Delete conditional access policy", "p2", app), failed];
        let changed = vec![(FamilyName::ConditionalAccessPolicies, "p2".to_owned())];
        let movements = Movements { audits, changed };
        let found = movers(&judgement("p1"), Some(&control()), &movements, None);
        assert_eq!(found.iter().map(|one| one.who.as_str()).collect::<Vec<_>>(), ["Deploy"]);
        assert!(
            movers(&judgement("p1"), None, &movements, None).is_empty(),
            "this control does not read policies"
        );
    }

    #[test]
    fn t6_what_a_tenant_has_one_of_is_found_by_the_activity() {
        let audits =
            vec![entry(3, "Update authorization policy", "x", ann()), entry(4, "Update policy", "y", ann())];
        let changed = vec![(FamilyName::AuthorizationPolicy, String::new())];
        let found = movers(&judgement("z"), Some(&control()), &Movements { audits, changed }, None);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].activity, "Update authorization policy");
    }
}
