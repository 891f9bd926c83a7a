//! What stands between a policy and a requirement, one thing at a time.

use super::{
    controls::Answer,
    coverage::{Reading, conditions_of},
    exclusion::Exclusion,
    extent,
    fit::Fit,
    narrowing::is_action,
    population::{Population, has_service_principals},
    scope::GUEST_TYPES,
    words,
};
use crate::{
    baseline::check::{Applications, Audience},
    checks::{Context, finding::few, privileged},
    snapshot::{Id, PolicyState},
};
use serde_json::{Value, json};

/// One thing that a policy lacks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Defect {
    /// In words, after "passes but for".
    pub(super) words: String,
    /// Its path in the policy.
    pub(super) field: String,
    /// What stands there.
    pub(super) actual: Value,
    /// What would do; null where the condition is to go, or where only the organisation knows.
    pub(super) wanted: Value,
}

/// Everything that a policy lacks, its state last: a policy that is disabled and nothing else
/// passes once it is enabled.
pub(super) fn defects(context: &Context<'_>, fit: &Fit<'_>, population: &Population<'_, '_>) -> Vec<Defect> {
    let answer = match &fit.answer {
        Answer::No(defects) => defects.clone(),
        Answer::Yes | Answer::Unknown(_) => Vec::new(),
    };
    answer
        .into_iter()
        .chain(fit.narrowing.iter().cloned())
        .chain(applications(fit, population))
        .chain(conditions(fit, population))
        .chain(people(context, fit, population))
        .chain(fit.excluded_users.untolerated.iter().map(excluded))
        .chain(excluded_applications(fit, population))
        .chain(state(fit))
        .collect()
}

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

/// Applications left out matter where all are wanted; where some are, only those count.
fn excluded_applications(fit: &Fit<'_>, population: &Population<'_, '_>) -> Vec<Defect> {
    let wanted = |exclusion: &&Exclusion| match &population.requirement.applications {
        Applications::All => true,
        Applications::Each(each) => each.iter().any(|one| Id::new(one) == Id::new(&exclusion.id)),
    };
    fit.excluded_applications.iter().filter(wanted).map(excluded).collect()
}

fn applications(fit: &Fit<'_>, population: &Population<'_, '_>) -> Option<Defect> {
    let applications = &fit.policy.conditions.applications;
    let field = "conditions.applications.includeApplications".to_owned();
    let each = match &population.requirement.applications {
        Applications::All if fit.all_applications => return None,
        Applications::All => {
            return Some(Defect {
                words: "covering some applications only".to_owned(),
                field,
                actual: json!(applications.include_applications),
                wanted: json!(["All"]),
            });
        }
        Applications::Each(each) => each,
    };
    let excluded =
        |one: &str| fit.excluded_applications.iter().any(|found| Id::new(&found.id) == Id::new(one));
    let missing: Vec<&str> = each
        .iter()
        .map(String::as_str)
        .filter(|one| !fit.covers_target(Some(one)) && !excluded(one))
        .collect();
    let first = missing.first()?;
    if is_action(first) {
        return Some(Defect {
            words: format!("not covering the user action {first}"),
            field: "conditions.applications.includeUserActions".to_owned(),
            actual: json!(applications.include_user_actions),
            wanted: json!(each),
        });
    }
    let included = applications.include_applications.iter().filter(|id| !id.is_keyword("None"));
    let included = included.map(ToString::to_string);
    let wanted: Vec<String> = included.chain(missing.iter().map(|one| (*one).to_owned())).collect();
    Some(Defect {
        words: format!("not covering the application {}", missing.join(", ")),
        field,
        actual: json!(applications.include_applications),
        wanted: json!(wanted),
    })
}

fn conditions(fit: &Fit<'_>, population: &Population<'_, '_>) -> Vec<Defect> {
    let of_one = |(dimension, values): (_, Vec<&str>)| {
        let missing: Vec<&str> =
            values.iter().filter(|value| !fit.covers(dimension, value, Reading::Certain)).copied().collect();
        let all = values.len() == missing.len() && values.len() > 1;
        (!missing.is_empty()).then(|| Defect {
            words: format!(
                "not covering {}the {} {}",
                if all { "any of " } else { "" },
                dimension.words(),
                missing.join(", ")
            ),
            field: format!("conditions.{}", dimension.field()),
            actual: fit.actual(dimension),
            wanted: extent::condition(dimension, &values),
        })
    };
    conditions_of(population.requirement).into_iter().filter_map(of_one).collect()
}

fn people(context: &Context<'_>, fit: &Fit<'_>, population: &Population<'_, '_>) -> Vec<Defect> {
    match population.requirement.users {
        Audience::ServicePrincipals if has_service_principals(fit) => Vec::new(),
        Audience::ServicePrincipals => vec![Defect {
            words: "not covering service principals".to_owned(),
            field: "conditions.clientApplications.includeServicePrincipals".to_owned(),
            actual: fit.policy.raw.pointer("/conditions/clientApplications").cloned().unwrap_or_default(),
            wanted: json!(["ServicePrincipalsInMyTenant"]),
        }],
        Audience::Guests => guests(fit).into_iter().collect(),
        _ if fit.scope.include_all => Vec::new(),
        Audience::All => vec![Defect {
            words: "covering some users only".to_owned(),
            field: "conditions.users.includeUsers".to_owned(),
            actual: json!(fit.policy.conditions.users.include_users),
            wanted: json!(["All"]),
        }],
        Audience::PrivilegedRoles | Audience::HighlyPrivilegedRoles => missing_roles(fit, population)
            .into_iter()
            .chain(missing_holders(context, fit, population))
            .collect(),
    }
}

/// Types of guests that are not included; those left out are told as exclusions.
fn guests(fit: &Fit<'_>) -> Option<Defect> {
    let missing: Vec<&str> =
        GUEST_TYPES.into_iter().filter(|kind| !fit.scope.includes_guests(kind)).collect();
    let users = fit.policy.raw.pointer("/conditions/users");
    (!missing.is_empty()).then(|| Defect {
        words: format!("not covering guests of type {}", missing.join(", ")),
        field: "conditions.users.includeGuestsOrExternalUsers".to_owned(),
        actual: users.and_then(|one| one.get("includeGuestsOrExternalUsers")).cloned().unwrap_or_default(),
        wanted: super::body::all_guests(),
    })
}

fn missing_roles(fit: &Fit<'_>, population: &Population<'_, '_>) -> Option<Defect> {
    let roles = population.required_roles().ok()?;
    let missing: Vec<String> =
        roles.iter().filter(|role| !fit.scope.include_roles.contains(role)).map(role_name).collect();
    (!missing.is_empty()).then(|| Defect {
        words: format!("not covering the roles {}", few(&missing)),
        field: "conditions.users.includeRoles".to_owned(),
        actual: json!(fit.policy.conditions.users.include_roles),
        wanted: json!(fit.scope.include_roles.union(roles).collect::<Vec<_>>()),
    })
}

fn missing_holders(context: &Context<'_>, fit: &Fit<'_>, population: &Population<'_, '_>) -> Option<Defect> {
    let holders = population.special_holders().ok()?;
    let uncovered: Vec<&Id> =
        holders.iter().filter(|user| !fit.scope.covers(user)).map(|user| &user.id).collect();
    let names: Vec<String> = uncovered.iter().map(|id| context.name_of(id)).collect();
    let included = &fit.policy.conditions.users.include_users;
    (!uncovered.is_empty()).then(|| Defect {
        words: format!("not covering {}, privileged by a custom or scoped role", few(&names)),
        field: "conditions.users.includeUsers".to_owned(),
        actual: json!(included),
        wanted: included
            .iter()
            .filter(|id| !id.is_keyword("None"))
            .chain(uncovered)
            .map(Id::to_string)
            .collect(),
    })
}

fn role_name(role: &Id) -> String {
    let found = privileged::PRIVILEGED_ROLES.iter().find(|(template, _)| Id::new(template) == *role);
    found.map_or_else(|| role.to_string(), |(_, name)| (*name).to_owned())
}
