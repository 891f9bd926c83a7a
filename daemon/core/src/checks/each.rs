//! Predicates over every object of a family, and over their number.

use super::{
    Context, Exceptions, Finding, Question,
    cel::{Predicate, Scope, bind, shape_of},
    finding::evidence,
    pick::pick,
    setting::same,
};
use crate::{
    baseline::check::{CountCheck, EachCheck},
    snapshot::{FamilyName, Id, Row, Unreadable},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use trueconfig_common::verdict::{Evidence, NearMiss, Verdict};

/// An object, or an entry of a list of it, that does not do.
#[derive(Clone, Debug, PartialEq)]
pub struct Offender {
    /// The object.
    pub object: Id,
    /// Its name in the tenant, untrusted.
    pub name: String,
    /// The entry of a list, if entries are judged one by one.
    pub item: Option<Json>,
}

/// What a pass over a family found.
struct Pass {
    offenders: Vec<Offender>,
    judged: usize,
    doubt: Option<Unreadable>,
}

/// Objects of a family that do not do.
///
/// # Errors
/// [`Unreadable`] if the family was not read, or an object could not be judged and no other fails.
pub fn offenders(
    context: &Context<'_>,
    check: &EachCheck,
    parameters: &crate::baseline::Parameters,
    exceptions: &Exceptions,
) -> Result<Vec<Offender>, Unreadable> {
    let pass = pass(context, check, parameters, exceptions)?;
    match pass.doubt {
        Some(cause) if pass.offenders.is_empty() => Err(cause),
        _ => Ok(pass.offenders),
    }
}

fn pass(
    context: &Context<'_>,
    check: &EachCheck,
    parameters: &crate::baseline::Parameters,
    exceptions: &Exceptions,
) -> Result<Pass, Unreadable> {
    let asks = check.require.asks_for_now() || check.only_if.as_ref().is_some_and(Predicate::asks_for_now);
    let scope = scope(check.family, parameters, context.now_if(asks))?;
    let mut pass = Pass { offenders: Vec::new(), judged: 0, doubt: None };
    let fields = fields(check, exceptions);
    if check.family != FamilyName::Applications {
        pass.doubt = fields.iter().find_map(|field| context.stated(check.family, field).err());
    }
    visit(context, check.family, &fields, &mut |id, object| {
        if is_excepted(exceptions, id, &object) {
            return;
        }
        if let Err(detail) = judge_object(check, &scope, exceptions, id, &object, &mut pass) {
            let detail = format!("object {id}: {detail}");
            pass.doubt.get_or_insert_with(|| Unreadable::inside(check.family, detail));
        }
    })?;
    Ok(pass)
}

/// Whether an object is one of those that are judged at all: no predicate is run to find out.
fn is_among(among: &BTreeMap<String, Vec<Json>>, object: &Json) -> Result<bool, String> {
    for (field, wanted) in among {
        let found = object.get(field).filter(|value| !value.is_null());
        let found = found.ok_or_else(|| format!("{field} is missing"))?;
        if !wanted.iter().any(|one| same(one, found)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// By object id, client id or sign-in name.
fn is_excepted(exceptions: &Exceptions, id: &Id, object: &Json) -> bool {
    let named =
        |field: &str| object.get(field).and_then(Json::as_str).is_some_and(|text| exceptions.has_text(text));
    exceptions.has(id) || named("appId") || named("userPrincipalName")
}

fn judge_object(
    check: &EachCheck,
    scope: &Scope,
    exceptions: &Exceptions,
    id: &Id,
    object: &Json,
    pass: &mut Pass,
) -> Result<(), String> {
    let shape = shape_of(check.family).ok_or("no fields are known")?;
    if !is_among(&check.among, object)? {
        return Ok(());
    }
    if let Some(only_if) = &check.only_if
        && !only_if.holds(scope, bind(object, shape, only_if.reads()), None)?
    {
        return Ok(());
    }
    let name = object.get("displayName").and_then(Json::as_str).unwrap_or_default();
    let mut note = |met: bool, item: Option<Json>| {
        pass.judged += 1;
        if !met {
            pass.offenders.push(Offender { object: id.clone(), name: name.to_owned(), item });
        }
    };
    let bound = bind(object, shape, check.require.reads());
    let Some(list) = &check.items else {
        note(check.require.holds(scope, bound, None)?, None);
        return Ok(());
    };
    let item_shape = shape.items(list).ok_or("no such list")?;
    if object.get(list).is_some_and(Json::is_null) {
        return Err(format!("{list} is missing"));
    }
    let mut problem = None;
    for item in object.get(list).and_then(Json::as_array).into_iter().flatten() {
        let key = item.get("keyId").and_then(Json::as_str);
        if key.is_some_and(|key| exceptions.has_text(key)) {
            continue;
        }
        match check.require.holds(
            scope,
            bound.clone(),
            Some(super::cel::value(item, item_shape, check.require.reads())),
        ) {
            Ok(met) => note(met, Some(item.clone())),
            Err(detail) => problem = Some(format!("{list} {}: {detail}", key.unwrap_or_default())),
        }
    }
    problem.map_or(Ok(()), Err)
}

/// Carries out an `each` check.
pub(super) fn judge_each(question: &Question<'_, '_>, check: &EachCheck) -> Result<Finding, Unreadable> {
    let pass = pass(question.context, check, question.parameters, &question.exceptions)?;
    let failing = pass.offenders.len();
    if failing == 0
        && let Some(cause) = pass.doubt
    {
        return Err(cause);
    }
    let verdict = if failing == 0 { Verdict::Pass } else { check.otherwise };
    let actual = format!("{failing} of {} {}", pass.judged, check.detail);
    let expected = fill(&check.expected, question.parameters);
    let reason = match verdict {
        Verdict::Pass => format!("{} judged: {expected}", pass.judged),
        _ => format!("{actual}; {expected}"),
    };
    let near_miss = match pass.offenders.as_slice() {
        [] => None,
        [one, rest @ ..] => {
            let same = rest.iter().all(|other| other.object == one.object);
            let name = super::shown(&one.name);
            let sentence = if same {
                format!("passes but for {name}")
            } else {
                format!("passes but for {failing}, {name} the first")
            };
            Some(NearMiss {
                sentence,
                object: one.object.to_string(),
                field: check.items.clone().unwrap_or_else(|| check.require.fields().join(", ")),
                actual: one.item.clone().unwrap_or_default(),
                wanted: json!(expected),
                also: Vec::new(),
            })
        }
    };
    Ok(Finding::new(verdict, reason)
        .comparing(expected, actual)
        .with_evidence(pass.offenders.iter().map(|one| describe(check, one)))
        .with_near_miss(near_miss))
}

/// Carries out a `count` check.
pub(super) fn judge_count(question: &Question<'_, '_>, check: &CountCheck) -> Result<Finding, Unreadable> {
    let asks = check.only_if.as_ref().is_some_and(Predicate::asks_for_now);
    let scope = scope(check.family, question.parameters, question.context.now_if(asks))?;
    let shape =
        shape_of(check.family).ok_or_else(|| Unreadable::inside(check.family, "no fields are known"))?;
    let read = check.only_if.iter().flat_map(|one| one.fields().to_vec()).chain(check.among.keys().cloned());
    let fields: Vec<String> = read.chain(naming(&question.exceptions)).collect();
    let mut counted = Vec::new();
    let mut doubt = None;
    visit(question.context, check.family, &fields, &mut |id, object| {
        let holds = |only_if: &Predicate| only_if.holds(&scope, bind(&object, shape, only_if.reads()), None);
        let counts = is_among(&check.among, &object)
            .and_then(|among| if among { check.only_if.as_ref().map_or(Ok(true), holds) } else { Ok(false) });
        match counts {
            Ok(true) if !is_excepted(&question.exceptions, id, &object) => counted.push(id.clone()),
            Ok(_) => {}
            Err(detail) => doubt = Some(Unreadable::inside(check.family, format!("object {id}: {detail}"))),
        }
    })?;
    if let Some(cause) = doubt {
        return Err(cause);
    }
    let count = counted.len();
    let enough = check.at_least.is_none_or(|least| count >= least);
    let verdict =
        if enough && check.at_most.is_none_or(|most| count <= most) { Verdict::Pass } else { Verdict::Fail };
    let bounds = [
        check.at_least.map(|least| format!("at least {least}")),
        check.at_most.map(|most| format!("at most {most}")),
    ];
    let expected =
        format!("{} {}", bounds.into_iter().flatten().collect::<Vec<_>>().join(" and "), check.label);
    let near_miss = (verdict == Verdict::Fail).then(|| count_near_miss(check, count));
    let evidence =
        counted.iter().map(|id| evidence("object", id, &question.context.name_of(id), "counted", Json::Null));
    Ok(Finding::new(verdict, format!("{count} {}; {expected}", check.label))
        .comparing(expected, count.to_string())
        .with_evidence(evidence)
        .with_near_miss(near_miss))
}

fn count_near_miss(check: &CountCheck, count: usize) -> NearMiss {
    let short = check.at_least.filter(|least| count < *least);
    let wanted = short.or(check.at_most).unwrap_or(count);
    let how = if short.is_some() { "more" } else { "fewer" };
    NearMiss {
        sentence: format!("passes with {} {how} {}", count.abs_diff(wanted), check.label),
        object: check.family.as_str().to_owned(),
        field: "count".to_owned(),
        actual: json!(count),
        wanted: json!(wanted),
        also: Vec::new(),
    }
}

fn scope(
    family: FamilyName,
    parameters: &crate::baseline::Parameters,
    now: DateTime<Utc>,
) -> Result<Scope, Unreadable> {
    Scope::new(parameters, now).map_err(|detail| Unreadable::inside(family, detail))
}

/// The fields of an object that are looked at.
fn fields(check: &EachCheck, exceptions: &Exceptions) -> Vec<String> {
    let mut fields: Vec<String> = check.require.fields().to_vec();
    fields.extend(check.only_if.iter().flat_map(|one| one.fields().to_vec()));
    fields.extend(check.items.clone());
    fields.extend(check.among.keys().cloned());
    fields.push("displayName".to_owned());
    fields.extend(naming(exceptions));
    fields
}

/// Fields by which exceptions may name an object, if there are any.
fn naming(exceptions: &Exceptions) -> impl Iterator<Item = String> {
    let named = ["appId", "userPrincipalName"].into_iter().filter(|_| !exceptions.is_empty());
    named.map(str::to_owned)
}

type Visitor<'v> = dyn FnMut(&Id, Json) + 'v;

/// Shows every object of a family to a visitor, one at a time and with the fields that are read, as Graph would
/// give it: however many there are, one is held.
fn visit(
    context: &Context<'_>,
    family: FamilyName,
    fields: &[String],
    visitor: &mut Visitor<'_>,
) -> Result<(), Unreadable> {
    let snapshot = context.snapshot;
    match family {
        FamilyName::Users => rows(snapshot.users.rows()?, |row| &row.id, fields, visitor),
        FamilyName::Groups => rows(snapshot.groups.rows()?, |row| &row.id, fields, visitor),
        FamilyName::Applications => applications(context, fields, visitor),
        FamilyName::ServicePrincipals => {
            rows(snapshot.service_principals.rows()?, |row| &row.id, fields, visitor)
        }
        FamilyName::RoleAssignments => {
            rows(snapshot.role_assignments.rows()?, |row| &row.id, fields, visitor)
        }
        FamilyName::Domains => rows(snapshot.domains.rows()?, |row| &row.id, fields, visitor),
        FamilyName::Devices => rows(snapshot.devices.rows()?, |row| &row.id, fields, visitor),
        FamilyName::OAuth2PermissionGrants => {
            rows(snapshot.oauth2_permission_grants.rows()?, |row| &row.id, fields, visitor)
        }
        FamilyName::NamedLocations => rows(snapshot.named_locations.rows()?, |row| &row.id, fields, visitor),
        FamilyName::ConditionalAccessPolicies => {
            rows(snapshot.conditional_access_policies.rows()?, |row| &row.id, fields, visitor)
        }
        other => Err(Unreadable::inside(other, "predicates cannot be used on this family")),
    }
}

fn rows<'a, T: Row + Serialize>(
    rows: &'a [T],
    id: impl Fn(&'a T) -> &'a Id,
    fields: &[String],
    visitor: &mut Visitor<'_>,
) -> Result<(), Unreadable> {
    for row in rows {
        let object = pick(row, fields).map_err(|error| Unreadable::inside(T::FAMILY, error.to_string()))?;
        visitor(id(row), object);
    }
    Ok(())
}

/// Applications with their owners, if a predicate reads them; only fields that are read.
fn applications(
    context: &Context<'_>,
    fields: &[String],
    visitor: &mut Visitor<'_>,
) -> Result<(), Unreadable> {
    let applications = context.snapshot.applications.rows()?;
    let wants = |name: &str| fields.iter().any(|field| field == name);
    let owners = if wants("owners") && !applications.is_empty() {
        context.snapshot.application_owners.rows()?
    } else {
        &[]
    };
    let owners = super::index::Index::new(owners, |row| &row.application);
    let secrets_are_stated = context.stated(FamilyName::Applications, "passwordCredentials").is_ok();
    // Lists that are empty are left out of what is stored: they are not missing.
    let lists = ["passwordCredentials", "keyCredentials"];
    let plain: Vec<String> =
        fields.iter().filter(|field| !lists.contains(&field.as_str())).cloned().collect();
    for application in applications {
        let object = pick(application, &plain);
        let mut object =
            object.map_err(|error| Unreadable::inside(FamilyName::Applications, error.to_string()))?;
        if wants("passwordCredentials") {
            let secrets = &application.password_credentials;
            object["passwordCredentials"] =
                if secrets.is_empty() && !secrets_are_stated { Json::Null } else { json!(secrets) };
        }
        if wants("keyCredentials") {
            object["keyCredentials"] = json!(application.key_credentials);
        }
        if wants("owners") {
            // Owners that were not read stay null, and a predicate on null is an error.
            object["owners"] = json!(owners.get(&application.id).map(|row| &row.owners));
        }
        visitor(&application.id, object);
    }
    Ok(())
}

fn describe(check: &EachCheck, one: &Offender) -> Evidence {
    let kind = match check.family {
        FamilyName::Applications => "application",
        FamilyName::Users => "user",
        FamilyName::Groups => "group",
        FamilyName::ServicePrincipals => "servicePrincipal",
        FamilyName::RoleAssignments => "roleAssignment",
        FamilyName::Domains => "domain",
        FamilyName::Devices => "device",
        FamilyName::ConditionalAccessPolicies => "policy",
        _ => "object",
    };
    evidence(kind, &one.object, &one.name, check.detail.clone(), one.item.clone().unwrap_or_default())
}

/// Puts parameters into words: `{max_months}` stands for the parameter of that name.
fn fill(words: &str, parameters: &crate::baseline::Parameters) -> String {
    let mut filled = words.to_owned();
    for (name, value) in parameters {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        filled = filled.replace(&format!("{{{name}}}"), &shown);
    }
    filled
}
