//! What a control evaluates, plans and takes back, in words, made from the control itself: nobody has to keep a
//! second description true.

use super::{
    Control,
    check::{
        Applications, Audience, Check, Controls, CountCheck, EachCheck, Place, Requirement, Session,
        SettingCheck, SettingRequirement,
    },
};
use crate::remedies;
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Display};

/// A control in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What its verdict rests on.
    pub evaluates: String,
    /// What its fix does.
    pub plans: String,
    /// How the fix is taken back; empty if there is none.
    pub rolls_back: String,
}

impl Explanation {
    /// Explains a control.
    pub fn of(control: &Control) -> Self {
        let plans = remedies::describe(&control.remedy);
        Self {
            evaluates: evaluates(control),
            plans: if plans.is_empty() { "Guidance only: nothing is ever written." } else { plans }
                .to_owned(),
            rolls_back: remedies::describe_rollback(&control.remedy).to_owned(),
        }
    }
}

fn evaluates(control: &Control) -> String {
    match &control.check {
        Check::Setting(check) => setting(check),
        Check::Policy(check) => {
            let all: Vec<String> = check.requirements.iter().map(requirement).collect();
            format!("Conditional Access: {}.", all.join("; "))
        }
        Check::Each(check) => each(check),
        Check::Count(check) => count(check),
        Check::Rule(rule) => {
            let parameters = control.parameters.iter().map(|(name, value)| format!("{name} = {value}"));
            let with = list(parameters, ", ");
            let with = if with.is_empty() { with } else { format!(" with {with}") };
            format!("Rule `{}`{with}.", plain(rule))
        }
        Check::Attested(check) => {
            format!(
                "A person confirms, every {} days: {}.",
                check.days,
                check.statement.trim_end_matches('.')
            )
        }
        Check::Source(check) => {
            format!("Nothing: {}.", check.reason.trim_end_matches('.'))
        }
    }
}

fn setting(check: &SettingCheck) -> String {
    let values = check.require.iter().map(|one| {
        format!("{} (`{}.{}`) is {}", one.label, check.family.as_str(), one.path.get_ref(), accepted(one))
    });
    format!("{}.", list(values, "; "))
}

fn accepted(one: &SettingRequirement) -> String {
    let texts = |texts: &[String]| list(texts.iter().map(|text| format!("`{text}`")), ", ");
    if let Some(name) = &one.accepted_parameter {
        return format!("one of the parameter `{name}`");
    }
    if let Some(most) = one.at_most {
        return format!("at most {most}");
    }
    if let Some(least) = one.at_least {
        return format!("a list of at least {least}");
    }
    if !one.never.is_empty() {
        return format!("a list without {}", texts(&one.never));
    }
    if !one.only.is_empty() {
        return format!("a list of nothing but {}", texts(&one.only));
    }
    list(one.accepted.iter().map(|value| format!("`{value}`")), " or ")
}

fn requirement(one: &Requirement) -> String {
    let applications = match &one.applications {
        Applications::All => "all applications".to_owned(),
        Applications::Each(names) => list(names.iter(), ", "),
    };
    let conditions = one
        .conditions
        .iter()
        .map(|(dimension, values)| format!(", {} {}", dimension.words(), list(values.iter(), ", ")));
    let place = one.place.map(|place| format!(", {}", from(place))).unwrap_or_default();
    let devices = one.devices.map(|devices| format!(", on {} devices", word(&devices))).unwrap_or_default();
    let any = list(one.any.iter().map(controls), " or ");
    let conditions = list(conditions, "");
    let users = if one.users == Audience::All { "all users".to_owned() } else { word(&one.users) };
    format!("{users} on {applications}{conditions}{place}{devices}: {any}")
}

fn controls(one: &Controls) -> String {
    let session = one.session.iter().map(|session| match session {
        Session::Hours(hours) => format!("a sign-in every {hours} hours"),
        other => word(other),
    });
    let asked = list(one.grant.iter().map(word).chain(session), " and ");
    let place = one.place.map(|place| format!(" {}", from(place))).unwrap_or_default();
    format!("{asked}{place}")
}

fn from(place: Place) -> &'static str {
    match place {
        Place::Untrusted => "from untrusted places",
        Place::Countries => "from some countries",
    }
}

fn each(check: &EachCheck) -> String {
    let items = check.items.as_ref().map(|items| format!(", each of its `{items}`")).unwrap_or_default();
    let chosen = chosen(&check.among, check.only_if.as_ref().map(|one| one.source()));
    format!("Each of `{}`{chosen}{items}: `{}`.", check.family.as_str(), check.require.source())
}

fn count(check: &CountCheck) -> String {
    let bounds = check.at_least.map(|least| format!("at least {least}"));
    let bounds = bounds.into_iter().chain(check.at_most.map(|most| format!("at most {most}")));
    let chosen = chosen(&check.among, check.only_if.as_ref().map(|one| one.source()));
    format!("The number of `{}`{chosen}: {}.", check.family.as_str(), list(bounds, " and "))
}

fn chosen(among: &BTreeMap<String, Vec<Value>>, only_if: Option<&str>) -> String {
    let among = among.iter().map(|(field, values)| {
        format!(" whose `{field}` is {}", list(values.iter().map(|value| format!("`{value}`")), " or "))
    });
    list(among.chain(only_if.map(|only_if| format!(" where `{only_if}`"))), "")
}

/// A name of ours as words.
fn word<T: Serialize>(value: &T) -> String {
    plain(value).replace('_', " ")
}

/// A name of ours as it stands in files.
fn plain<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn list<T: Display>(entries: impl Iterator<Item = T>, between: &str) -> String {
    entries.map(|entry| entry.to_string()).collect::<Vec<_>>().join(between)
}
