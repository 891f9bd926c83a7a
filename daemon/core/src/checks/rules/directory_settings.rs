//! Password rules in the directory settings: smart lockout (ID-05), banned passwords (ID-23), and
//! their enforcement on-premises (ID-24). Where nothing was set the template's defaults hold.

use super::expectation::{Expectation, Expected};
use crate::{
    checks::Context,
    snapshot::{FamilyName, GroupSetting, Id, Unreadable},
};
use serde::Deserialize;
use serde_json::{Value, json};
use trueconfig_common::verdict::Verdict;

/// The template "Password Rule Settings".
pub const PASSWORD_RULES: &str = "5cf42378-d67d-4f36-ba46-e8b86229381d";

/// Most tries before an account is locked; also what holds where nothing was set.
const MOST_TRIES: i64 = 10;

/// Shortest lock in seconds; also what holds where nothing was set.
const SHORTEST_LOCK: i64 = 60;

const FAMILY: FamilyName = FamilyName::GroupSettings;

/// Words of the organisation, for a list that has none.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BannedWords {
    /// The words.
    pub banned_words: Vec<String>,
}

/// ID-05.
pub(super) fn smart_lockout(context: &Context<'_>) -> Result<Expected, Unreadable> {
    let rules = password_rules(context)?;
    let tries = number(rules, "LockoutThreshold", MOST_TRIES).map(|found| Expectation {
        path: "LockoutThreshold".to_owned(),
        label: "the lockout threshold",
        actual: json!(found),
        expected: format!("at most {MOST_TRIES}"),
        wanted: json!(MOST_TRIES),
        met: (1..=MOST_TRIES).contains(&found),
    });
    let lock = number(rules, "LockoutDurationInSeconds", SHORTEST_LOCK).map(|found| Expectation {
        path: "LockoutDurationInSeconds".to_owned(),
        label: "the lockout duration in seconds",
        actual: json!(found),
        expected: format!("at least {SHORTEST_LOCK}"),
        wanted: json!(SHORTEST_LOCK),
        met: found >= SHORTEST_LOCK,
    });
    Ok(Expected::Values(FAMILY, vec![tries, lock]))
}

/// ID-23.
pub(super) fn banned_passwords(context: &Context<'_>) -> Result<Expected, Unreadable> {
    let rules = password_rules(context)?;
    let enforced = switched_on(rules, "EnableBannedPasswordCheck", "the custom list of banned passwords");
    let list = rules.and_then(|one| one.value("BannedPasswordList")).unwrap_or_default();
    let words = list.split(['\t', '\n', ',']).filter(|word| !word.trim().is_empty()).count();
    let words = Expectation {
        path: "BannedPasswordList".to_owned(),
        label: "the number of banned words",
        actual: json!(words),
        expected: "at least 1".to_owned(),
        wanted: Value::Null,
        met: words > 0,
    };
    Ok(Expected::Values(FAMILY, vec![enforced, Ok(words)]))
}

/// ID-24.
pub(super) fn on_premises_passwords(context: &Context<'_>) -> Result<Expected, Unreadable> {
    if context.snapshot.organization.single()?.on_premises_sync_enabled != Some(true) {
        return Ok(Expected::settled(Verdict::NotApplicable, "scope: the directory is cloud only"));
    }
    let rules = password_rules(context)?;
    let label = "password protection on-premises";
    let enabled = switched_on(rules, "EnableBannedPasswordCheckOnPremises", label);
    Ok(Expected::Values(FAMILY, vec![enabled, mode(rules)]))
}

/// The tenant's own password rules, if it has any.
fn password_rules<'a>(context: &Context<'a>) -> Result<Option<&'a GroupSetting>, Unreadable> {
    let template = Id::new(PASSWORD_RULES);
    let rows = context.snapshot.group_settings.rows()?;
    let inside = |detail: &str| Unreadable::inside(FAMILY, detail);
    let Some(found) = rows.iter().find(|row| row.template_id.as_ref() == Some(&template)) else {
        return match rows.iter().any(|row| row.template_id.is_none()) {
            true => Err(inside("templateId of a setting is missing")),
            false => Ok(None),
        };
    };
    if found.values.is_empty() || found.values.iter().any(|one| one.name.is_empty()) {
        return Err(inside("values of the password rules are missing, or a name among them"));
    }
    match found.values.iter().find(|one| one.value.is_none()) {
        Some(one) => Err(inside(&format!("{} has no value", crate::checks::shown(&one.name)))),
        None => Ok(Some(found)),
    }
}

fn number(rules: Option<&GroupSetting>, name: &str, default: i64) -> Result<i64, String> {
    let Some(text) = rules.and_then(|one| one.value(name)) else { return Ok(default) };
    let shown = || format!("{name} is \"{}\", no whole number", crate::checks::shown(text));
    text.trim().parse().map_err(|_| shown())
}

fn switched_on(rules: Option<&GroupSetting>, name: &str, label: &'static str) -> Result<Expectation, String> {
    let actual = match rules.and_then(|one| one.value(name)) {
        None => Value::Null,
        Some(text) if text.eq_ignore_ascii_case("true") => json!(true),
        Some(text) if text.eq_ignore_ascii_case("false") => json!(false),
        Some(text) => {
            return Err(format!("{name} is \"{}\", neither true nor false", crate::checks::shown(text)));
        }
    };
    Ok(Expectation {
        path: name.to_owned(),
        label,
        met: actual == json!(true),
        actual,
        expected: "true".to_owned(),
        wanted: json!(true),
    })
}

fn mode(rules: Option<&GroupSetting>) -> Result<Expectation, String> {
    let name = "BannedPasswordCheckOnPremisesMode";
    let text = rules.and_then(|one| one.value(name));
    let known = ["Audit", "Enforce", "Enforced"];
    if let Some(text) = text.filter(|text| !known.iter().any(|one| one.eq_ignore_ascii_case(text))) {
        return Err(format!("{name} is \"{}\", which is not known", crate::checks::shown(text)));
    }
    Ok(Expectation {
        path: name.to_owned(),
        label: "the mode of password protection on-premises",
        actual: text.map_or(Value::Null, |text| json!(text)),
        expected: "Enforce".to_owned(),
        wanted: json!("Enforce"),
        met: text.is_some_and(|text| !text.eq_ignore_ascii_case("Audit")),
    })
}
