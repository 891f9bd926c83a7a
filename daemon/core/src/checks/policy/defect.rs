//! What stands between a policy and a requirement, and which policy stands nearest.

use super::{
    coverage::Population,
    exclusion::Exclusion,
    fit::{Fit, required_clients},
    grant::Answer,
    policy_evidence, words,
};
use crate::{
    baseline::check::{Audience, Client},
    checks::{Context, finding::few, privileged},
    snapshot::{Id, PolicyState},
};
use serde_json::{Value, json};
use trueconfig_common::verdict::{Evidence, NearMiss};

/// A policy that lacks more than this is no near miss.
const MAX_DEFECTS: usize = 3;

/// How many policies are shown as coming near.
const SHOWN: usize = 5;

/// One thing that a policy lacks.
#[derive(Clone, Debug, PartialEq)]
struct Defect {
    words: String,
    field: String,
    actual: Value,
    wanted: Value,
}

/// The nearest policy with the smallest edit, and those that come near.
pub(super) fn nearest(
    context: &Context<'_>,
    fits: &[Fit<'_>],
    population: &Population<'_, '_>,
) -> (Option<NearMiss>, Vec<Evidence>) {
    let mut near: Vec<(&Fit<'_>, Vec<Defect>)> = fits
        .iter()
        .map(|fit| (fit, defects(context, fit, population)))
        .filter(|(_, defects)| !defects.is_empty() && defects.len() <= MAX_DEFECTS)
        .collect();
    near.sort_by_key(|(fit, defects)| {
        (defects.len(), fit.policy.state != PolicyState::Enabled, fit.policy.id.clone())
    });
    let evidence = near.iter().take(SHOWN).map(|(fit, defects)| {
        let lacking: Vec<&str> = defects.iter().map(|defect| defect.words.as_str()).collect();
        let detail = format!("{}; passes but for {}", words(&fit.policy.state), lacking.join(" and "));
        policy_evidence(fit.policy, detail)
    });
    let evidence = evidence.collect();
    let near_miss = near.first().and_then(|(fit, defects)| near_miss(fit, defects));
    (near_miss, evidence)
}

fn near_miss(fit: &Fit<'_>, defects: &[Defect]) -> Option<NearMiss> {
    let first = defects.first()?;
    let lacking: Vec<&str> = defects.iter().map(|defect| defect.words.as_str()).collect();
    let name = crate::checks::shown(&fit.policy.display_name);
    Some(NearMiss {
        sentence: format!("policy {name} passes but for {}", lacking.join(" and ")),
        object: fit.policy.id.to_string(),
        field: first.field.clone(),
        actual: first.actual.clone(),
        wanted: first.wanted.clone(),
    })
}

fn defects(context: &Context<'_>, fit: &Fit<'_>, population: &Population<'_, '_>) -> Vec<Defect> {
    let grant = match &fit.grant {
        Answer::No(detail) => Some(Defect {
            words: format!("its grant: {detail}"),
            field: "grantControls".to_owned(),
            actual: fit.policy.raw.get("grantControls").cloned().unwrap_or_default(),
            wanted: super::body::grant_controls(population.check),
        }),
        Answer::Yes | Answer::Unknown(_) => None,
    };
    let narrowing = fit.narrowing.iter().map(|one| Defect {
        words: one.words.clone(),
        field: one.field.clone(),
        actual: one.value.clone(),
        wanted: Value::Null,
    });
    grant
        .into_iter()
        .chain(narrowing)
        .chain(applications(fit))
        .chain(clients(fit, population))
        .chain(people(context, fit, population))
        .chain(fit.excluded_users.untolerated.iter().map(excluded))
        .chain(fit.excluded_applications.iter().map(excluded))
        .chain(state(fit))
        .collect()
}

/// Last of all: a policy that is disabled and nothing else passes once it is enabled.
fn state(fit: &Fit<'_>) -> Option<Defect> {
    let state = &fit.policy.state;
    (*state != PolicyState::Enabled).then(|| Defect {
        words: format!("its state, {}", words(state)),
        field: "state".to_owned(),
        actual: json!(state),
        wanted: json!(PolicyState::Enabled),
    })
}

fn excluded(exclusion: &Exclusion) -> Defect {
    Defect {
        words: format!("the exclusion of {} {}", exclusion.kind.words(), exclusion.name),
        field: exclusion.field.to_owned(),
        actual: exclusion.actual.clone(),
        wanted: exclusion.wanted.clone(),
    }
}

fn applications(fit: &Fit<'_>) -> Option<Defect> {
    let included = &fit.policy.conditions.applications.include_applications;
    (!fit.all_applications).then(|| Defect {
        words: "covering some applications only".to_owned(),
        field: "conditions.applications.includeApplications".to_owned(),
        actual: json!(included),
        wanted: json!(["All"]),
    })
}

fn clients(fit: &Fit<'_>, population: &Population<'_, '_>) -> Option<Defect> {
    let required = required_clients(population.check);
    let missing: Vec<&str> = required
        .iter()
        .filter(|client| !fit.clients.contains(client))
        .map(|client| client.as_str())
        .collect();
    let wanted: Vec<&str> = if required.len() == Client::ALL.len() {
        vec!["all"]
    } else {
        required.iter().map(|client| client.as_str()).collect()
    };
    (!missing.is_empty()).then(|| Defect {
        words: format!("not covering the client types {}", missing.join(", ")),
        field: "conditions.clientAppTypes".to_owned(),
        actual: json!(fit.policy.conditions.client_app_types),
        wanted: json!(wanted),
    })
}

fn people(context: &Context<'_>, fit: &Fit<'_>, population: &Population<'_, '_>) -> Vec<Defect> {
    if fit.scope.include_all {
        return Vec::new();
    }
    if population.check.users == Audience::All {
        return vec![Defect {
            words: "covering some users only".to_owned(),
            field: "conditions.users.includeUsers".to_owned(),
            actual: json!(fit.policy.conditions.users.include_users),
            wanted: json!(["All"]),
        }];
    }
    let missing_roles: Vec<&Id> = population
        .required_roles()
        .map(|roles| roles.iter().filter(|role| !fit.scope.include_roles.contains(role)).collect())
        .unwrap_or_default();
    let uncovered: Vec<&Id> = population
        .special_holders()
        .map(|holders| holders.iter().filter(|user| !fit.scope.covers(user)).map(|user| &user.id).collect())
        .unwrap_or_default();
    let mut defects = Vec::new();
    if !missing_roles.is_empty() {
        let names: Vec<String> = missing_roles.iter().map(|role| role_name(role)).collect();
        let wanted: Vec<&Id> =
            population.required_roles().map(|roles| roles.iter().collect()).unwrap_or_default();
        defects.push(Defect {
            words: format!("not covering the roles {}", few(&names)),
            field: "conditions.users.includeRoles".to_owned(),
            actual: json!(fit.policy.conditions.users.include_roles),
            wanted: json!(wanted),
        });
    }
    if !uncovered.is_empty() {
        let names: Vec<String> = uncovered.iter().map(|id| context.name_of(id)).collect();
        defects.push(Defect {
            words: format!("not covering {}, privileged by a custom or scoped role", few(&names)),
            field: "conditions.users.includeUsers".to_owned(),
            actual: json!(fit.policy.conditions.users.include_users),
            wanted: json!(uncovered),
        });
    }
    defects
}

fn role_name(role: &Id) -> String {
    let found = privileged::PRIVILEGED_ROLES.iter().find(|(template, _)| Id::new(template) == *role);
    found.map_or_else(|| role.to_string(), |(_, name)| (*name).to_owned())
}
