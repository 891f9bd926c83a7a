//! EXT-25, GOV-05, PA-31: groups: one of all guests, names, and who owns those that hold roles.

use super::{
    NoParameters,
    tally::{Offence, Tally, Words},
};
use crate::{
    checks::{Finding, Question, finding::evidence, index::Index, shown},
    snapshot::{FamilyName, Group, Unreadable},
};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use trueconfig_common::verdict::{NearMiss, Verdict};

/// How groups are named: `*` stands for any characters, `?` for one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Naming {
    pattern: String,
}

/// How many owners a role-assignable group may have.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Owners {
    maximum_owners: usize,
}

fn is_dynamic(group: &Group) -> bool {
    group.group_types.iter().any(|kind| kind.eq_ignore_ascii_case("DynamicMembership"))
}

/// EXT-25: a dynamic group whose members are the guests exists.
pub(super) fn guests(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let expected = "a dynamic group of all guests";
    let mut paused = None;
    let mut unknown = None;
    for group in question.context.snapshot.groups.rows()? {
        let selects = group.membership_rule.as_deref().is_some_and(selects_guests);
        if !is_dynamic(group) || !selects {
            continue;
        }
        match group.membership_rule_processing_state.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("on") => {}
            Some("paused") => {
                paused = Some(group);
                continue;
            }
            Some(_) => {
                unknown.get_or_insert(group);
                continue;
            }
        }
        let reason = format!("{} holds the guests", shown(&group.display_name));
        let values = json!({"membershipRule": group.membership_rule});
        return Ok(Finding::new(Verdict::Pass, reason.clone())
            .comparing(expected, reason)
            .with_evidence([evidence("group", &group.id, &group.display_name, "selects guests", values)]));
    }
    if let Some(group) = unknown {
        let detail = format!("membershipRuleProcessingState of group {} is not known", group.id);
        return Err(Unreadable::inside(FamilyName::Groups, detail));
    }
    let reason = match paused {
        Some(group) => format!("{} selects the guests, but its rule is paused", shown(&group.display_name)),
        None => "no dynamic group selects the guests".to_owned(),
    };
    let near_miss = paused.map(|group| NearMiss {
        sentence: format!("passes but for {}, whose rule is paused", shown(&group.display_name)),
        object: group.id.to_string(),
        field: "membershipRuleProcessingState".to_owned(),
        actual: json!("Paused"),
        wanted: json!("On"),
        also: Vec::new(),
    });
    Ok(Finding::new(Verdict::Fail, reason.clone()).comparing(expected, reason).with_near_miss(near_miss))
}

/// Whether a rule selects guests by their type, and nothing but them.
fn selects_guests(rule: &str) -> bool {
    let plain: String = rule
        .to_lowercase()
        .chars()
        .filter(|sign| !sign.is_whitespace() && !"()'\"".contains(*sign))
        .collect();
    plain.contains("user.usertype-eqguest") && !plain.contains("-not") && !plain.starts_with("not")
}

/// GOV-05: names of groups match the operator's pattern.
pub(super) fn naming(question: &Question<'_, '_>, naming: &Naming) -> Result<Finding, Unreadable> {
    let rows = question.context.snapshot.groups.rows()?;
    if naming.pattern.is_empty() {
        return Ok(Finding::without_source(
            "only you can know how groups are named; set the parameter \"pattern\"",
        ));
    }
    let mut tally = Tally::default();
    for group in rows.iter().filter(|group| !question.exceptions.has(&group.id)) {
        if group.display_name.is_empty() {
            let detail = format!("displayName of group {} is missing", group.id);
            tally.doubts(Unreadable::inside(FamilyName::Groups, detail));
        } else if matches(&naming.pattern, &group.display_name) {
            tally.passes();
        } else {
            tally.fails(Offence {
                kind: "group",
                id: group.id.clone(),
                name: group.display_name.clone(),
                detail: "does not match the pattern".to_owned(),
                values: json!({"displayName": shown(&group.display_name)}),
            });
        }
    }
    tally.told(&Words {
        expected: &format!("names of groups match {}", shown(&naming.pattern)),
        failing: "groups are named otherwise",
        field: "displayName",
        otherwise: Verdict::Fail,
    })
}

/// Whether a name matches a pattern of `*` and `?`. One pass, one step back to the last `*`.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut read) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while let Some(sign) = name.get(read) {
        match pattern.get(at) {
            Some('*') => {
                back = Some((at, read));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == sign => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((star, from)) = back else { return false };
                back = Some((star, from + 1));
                at = star + 1;
                read = from + 1;
            }
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|sign| *sign == '*'))
}

/// PA-31: groups that may hold roles have few owners, all of them privileged, none a guest.
pub(super) fn owners(question: &Question<'_, '_>, limits: &Owners) -> Result<Finding, Unreadable> {
    let context = question.context;
    let groups = context.snapshot.groups.rows()?;
    let assignable = |group: &&Group| group.is_assignable_to_role == Some(true);
    let mut tally = Tally::default();
    if groups.iter().any(|group| assignable(&group)) {
        let privileged: BTreeSet<_> =
            context.principals_with(|given| context.is_privileged_role(given.role))?.into_keys().collect();
        let owners = Index::new(context.snapshot.group_owners.rows()?, |row| &row.group);
        for group in groups.iter().filter(assignable).filter(|group| !question.exceptions.has(&group.id)) {
            let Some(row) = owners.get(&group.id) else {
                let detail = format!("owners of group {} were not read", group.id);
                tally.doubts(Unreadable::inside(FamilyName::GroupOwners, detail));
                continue;
            };
            let mut lacks = Vec::new();
            if row.owners.len() > limits.maximum_owners {
                lacks.push(format!("{} owners", row.owners.len()));
            }
            for owner in &row.owners {
                let name = context.name_of(&owner.id);
                let user = context.user(&owner.id)?;
                if let Some(user) = user.filter(|user| user.is_of_unknown_type()) {
                    let detail = format!("userType of user {} is not known", user.id);
                    tally.doubts(Unreadable::inside(FamilyName::Users, detail));
                }
                if user.is_some_and(crate::snapshot::User::is_guest) {
                    lacks.push(format!("owner {name} is a guest"));
                } else if !privileged.contains(&owner.id) && !question.exceptions.has(&owner.id) {
                    lacks.push(format!("owner {name} is not privileged"));
                }
            }
            if lacks.is_empty() {
                tally.passes();
                continue;
            }
            tally.fails(Offence {
                kind: "group",
                id: group.id.clone(),
                name: group.display_name.clone(),
                detail: crate::checks::finding::few(&lacks),
                values: json!({"owners": row.owners.len()}),
            });
        }
    }
    let expected = format!(
        "role-assignable groups have at most {} owners, all of them privileged",
        limits.maximum_owners
    );
    tally.told(&Words {
        expected: &expected,
        failing: "role-assignable groups are not held closely",
        field: "owners",
        otherwise: Verdict::Fail,
    })
}

#[cfg(test)]
mod tests {
    use super::{matches, selects_guests};

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, expected) in [
            ("GRP-*", "GRP-Sales", true),
            ("GRP-*", "grp-Sales", false),
            ("*-???-*", "a-xyz-b", true),
            ("*-???-*", "a-xy-b", false),
            ("*a*b", "xaxbxb", true),
            ("", "x", false),
            ("**", "", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn guests_are_selected_by_type_however_it_is_written() {
        for rule in [
            "(user.userType -eq \"Guest\")",
            "user.usertype -eq 'guest'",
            "(user.userType -eq \"Guest\") and (user.accountEnabled -eq true)",
        ] {
            assert!(selects_guests(rule), "{rule}");
        }
        for rule in [
            "user.userType -eq \"Member\"",
            "user.userType -ne \"Guest\"",
            "-not (user.userType -eq \"Guest\")",
            "not(user.userType -eq \"Guest\")",
            "",
        ] {
            assert!(!selects_guests(rule), "{rule}");
        }
    }
}
