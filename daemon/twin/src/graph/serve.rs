//! One request against the tenant: route, permission, licence, then read or write.

use super::path::Segment;
use super::route::{Target, key_of, resolve, route};
use super::{Answer, Call, GraphError, delta, read, references, write};
use crate::resources::{Place, Premium, Resource, Shape, Verb, consent};
use crate::rules::actions::{Action, ActionCall};
use crate::rules::deleted;
use crate::tenant::Tenant;

/// Service plans that count as P1 or more.
const P1: [&str; 2] = ["AAD_PREMIUM", "AAD_PREMIUM_P2"];
/// Service plans that bring Privileged Identity Management.
const P2: [&str; 3] = ["AAD_PREMIUM_P2", "ENTRA_IDENTITY_GOVERNANCE", "AAD_GOVERNANCE"];

/// Answers one request.
pub(crate) fn serve(tenant: &mut Tenant, call: &Call) -> Result<Answer, GraphError> {
    let confirmed_only = tenant.twin.switches.confirmed_codes_only;
    let answer = served(tenant, call);
    if confirmed_only { answer.map_err(GraphError::with_confirmed_code) } else { answer }
}

fn served(tenant: &mut Tenant, call: &Call) -> Result<Answer, GraphError> {
    if call.path.segments.is_empty() {
        return Err(GraphError::no_segment(""));
    }
    if call.raw_path.contains("deletedItems") {
        deleted::purge(tenant);
    }
    match route(tenant, &call.path)? {
        Target::Whole(place) => whole(tenant, call, place),
        Target::Item(place, key) => item(tenant, call, place, &key),
        Target::Count(place) => {
            let place = readable(tenant, call, place)?;
            read::count(tenant, call, &place)
        }
        Target::Delta(place) => {
            let place = readable(tenant, call, place)?;
            delta::page(tenant, call, &place)
        }
        Target::Links(place) => links(tenant, call, place),
        Target::Link(place, key) => {
            only(call, "DELETE")?;
            let place = writable(tenant, call, place, Verb::Delete)?;
            references::remove(tenant, call, &place, segment_text(&key))
        }
        Target::Action(action, keys) => act(tenant, call, action, &keys),
        Target::Held(path) => {
            only(call, "GET")?;
            call.caller.needs(consent::HELD)?;
            not_refused(tenant, &path)?;
            read::held(tenant, call, &path)
        }
    }
}

fn only(call: &Call, method: &str) -> Result<(), GraphError> {
    if call.method == method { Ok(()) } else { Err(GraphError::method(&call.method)) }
}

fn segment_text(segment: &Segment) -> &str {
    match segment {
        Segment::Plain(text) => text,
        Segment::Alternate { value, .. } => value,
    }
}

fn whole(tenant: &mut Tenant, call: &Call, place: Place) -> Result<Answer, GraphError> {
    let shape = place.resource.shape;
    if place.cast.is_some() {
        only(call, "GET")?;
    }
    match (call.method.as_str(), shape) {
        ("GET", Shape::Single) => {
            let place = readable(tenant, call, place)?;
            read::single(tenant, call, &place)
        }
        ("GET", _) => {
            let place = readable(tenant, call, place)?;
            read::list(tenant, call, &place)
        }
        ("POST", Shape::Many | Shape::Derived) => {
            let place = writable(tenant, call, place, Verb::Create)?;
            write::create(tenant, call, &place)
        }
        ("PATCH", Shape::Single) => {
            let verb = patch_verb(tenant, &place);
            let place = writable(tenant, call, place, verb)?;
            write::change_single(tenant, call, &place)
        }
        ("PUT", Shape::Single) => {
            let place = writable(tenant, call, place, Verb::Put)?;
            write::replace_single(tenant, call, &place)
        }
        _ => Err(GraphError::method(&call.method)),
    }
}

/// The consent policy is documented with PUT only, while the metadata knows PATCH: a switch.
fn patch_verb(tenant: &Tenant, place: &Place) -> Verb {
    let consent_policy = place.resource.path == "/policies/adminConsentRequestPolicy";
    if consent_policy && tenant.twin.switches.consent_policy_takes_patch { Verb::Put } else { Verb::Patch }
}

fn item(tenant: &mut Tenant, call: &Call, place: Place, key: &Segment) -> Result<Answer, GraphError> {
    let verb = match call.method.as_str() {
        "GET" => {
            let place = readable(tenant, call, place)?;
            let key = key_of(tenant, &place.path, key).unwrap_or_else(|_| segment_text(key).to_owned());
            return read::item(tenant, call, &place, &key);
        }
        "PATCH" => Verb::Patch,
        "PUT" => Verb::Put,
        "DELETE" => Verb::Delete,
        _ => return Err(GraphError::method(&call.method)),
    };
    // Without `$ref` this would mean the object itself, not the reference; nobody should have that by accident.
    if place.resource.shape == Shape::References {
        return Err(GraphError::method(&call.method));
    }
    let place = writable(tenant, call, place, verb)?;
    let key = key_of(tenant, &place.path, key)?;
    match verb {
        Verb::Delete => write::delete(tenant, call, &place, &key),
        _ => write::change(tenant, call, &place, &key, verb),
    }
}

fn links(tenant: &mut Tenant, call: &Call, place: Place) -> Result<Answer, GraphError> {
    match call.method.as_str() {
        "GET" => {
            let place = readable(tenant, call, place)?;
            references::links(tenant, call, &place)
        }
        "POST" => {
            let place = writable(tenant, call, place, Verb::Create)?;
            references::add(tenant, call, &place)
        }
        "DELETE" => {
            let place = writable(tenant, call, place, Verb::Delete)?;
            references::remove_by_url(tenant, call, &place)
        }
        _ => Err(GraphError::method(&call.method)),
    }
}

/// Permission and licence first, existence second: an unauthorised caller learns nothing.
fn readable(tenant: &Tenant, call: &Call, mut place: Place) -> Result<Place, GraphError> {
    only(call, "GET")?;
    call.caller.needs(place.resource.read)?;
    licensed(tenant, place.resource)?;
    resolve(tenant, &mut place)?;
    not_refused(tenant, &place.path)?;
    Ok(place)
}

/// A tenant file may hold Graph's error in place of a body; then that is what Graph says here, too.
fn not_refused(tenant: &Tenant, path: &str) -> Result<(), GraphError> {
    tenant.refusal(path).map_or(Ok(()), |error| Err(GraphError::recorded(error)))
}

fn writable(tenant: &Tenant, call: &Call, mut place: Place, verb: Verb) -> Result<Place, GraphError> {
    if !place.resource.verbs.contains(&verb) {
        return Err(GraphError::method(&call.method));
    }
    call.caller.needs(place.resource.write)?;
    licensed(tenant, place.resource)?;
    if place.resource.premium == Premium::Policies && !tenant.has_plan(&P1) {
        return Err(unlicensed());
    }
    resolve(tenant, &mut place)?;
    Ok(place)
}

fn licensed(tenant: &Tenant, resource: &Resource) -> Result<(), GraphError> {
    match resource.premium {
        Premium::Report if !tenant.has_plan(&P1) => Err(without_premium()),
        Premium::Pim if !tenant.has_plan(&P2) => {
            let message =
                "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.";
            Err(GraphError::new(400, "AadPremiumLicenseRequired", message))
        }
        Premium::Risk if !tenant.has_plan(&P2) => Err(unlicensed()),
        _ => Ok(()),
    }
}

fn unlicensed() -> GraphError {
    GraphError::new(403, "Forbidden", "Your tenant is not licensed for this feature.")
}

/// What reports and `signInActivity` answer in a tenant without P1.
pub(super) fn without_premium() -> GraphError {
    let message = "Neither tenant is B2C or tenant doesn't have premium license";
    GraphError::new(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", message)
}

/// Whether the tenant has P1 or more.
pub(super) fn has_premium(tenant: &Tenant) -> bool {
    tenant.has_plan(&P1)
}

fn act(tenant: &mut Tenant, call: &Call, action: &Action, keys: &[Segment]) -> Result<Answer, GraphError> {
    only(call, "POST")?;
    call.caller.needs(action.consent)?;
    let mut resolved = Vec::new();
    if let Some(key) = keys.first() {
        let collection = format!("/v1.0{}", action.path.split("/{}").next().unwrap_or_default());
        let key = key_of(tenant, &collection, key)?;
        if tenant.unborn(&collection, &key) {
            return Err(GraphError::not_found(&key));
        }
        resolved.push(key);
    }
    let body =
        if call.body.as_deref().unwrap_or_default().is_empty() { Default::default() } else { call.object()? };
    (action.run)(&mut ActionCall {
        tenant,
        keys: resolved,
        body,
        actor: &call.caller.actor,
        client_request_id: &call.client_request_id,
        base: &call.base,
    })
}
