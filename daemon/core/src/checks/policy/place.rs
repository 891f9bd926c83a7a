//! Where a policy applies, held against the place a requirement names. Only what is known to be
//! trusted may be left out.

use super::defect::Defect;
use crate::{
    baseline::check::Place,
    checks::Context,
    snapshot::{FamilyName, Id, Locations, NamedLocation, Unreadable},
};
use serde_json::{Value, json};

/// The addresses that per-user MFA trusts; `AllTrusted` contains them.
const MFA_TRUSTED: &str = "00000000-0000-0000-0000-000000000000";

/// Whether a policy applies in the place; a defect if it does not.
///
/// # Errors
/// [`Unreadable`] if that hangs on a named location that could not be read or is not understood.
pub(super) fn defect(
    context: &Context<'_>,
    locations: &Locations,
    place: Place,
) -> Result<Option<Defect>, Unreadable> {
    let everywhere = is_everywhere(locations);
    let covered = match place {
        Place::Untrusted => everywhere && every(context, &locations.exclude_locations, is_trusted)?,
        Place::Countries => by_countries(context, locations, everywhere)?,
    };
    let wanted = match place {
        Place::Untrusted => json!({"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}),
        Place::Countries => Value::Null,
    };
    let words = match place {
        Place::Untrusted => "the condition on locations",
        Place::Countries => "not using a location made of countries",
    };
    Ok((!covered).then(|| Defect {
        words: words.to_owned(),
        field: "conditions.locations".to_owned(),
        actual: actual(locations),
        wanted,
    }))
}

/// The condition, if a policy does not apply everywhere.
pub(super) fn narrowing(locations: &Locations) -> Option<Defect> {
    let narrow = !is_everywhere(locations) || !locations.exclude_locations.is_empty();
    narrow.then(|| Defect {
        words: "the condition on locations".to_owned(),
        field: "conditions.locations".to_owned(),
        actual: actual(locations),
        wanted: Value::Null,
    })
}

/// Whether a policy applies everywhere, what it leaves out aside.
fn is_everywhere(locations: &Locations) -> bool {
    let included = &locations.include_locations;
    let open = included.is_empty() && locations.exclude_locations.is_empty();
    open || included.iter().any(|id| id.is_keyword("All"))
}

/// The condition as it stands.
fn actual(locations: &Locations) -> Value {
    json!({"includeLocations": locations.include_locations, "excludeLocations": locations.exclude_locations})
}

/// Some countries are named, or all places but some countries; trusted places may be left out.
fn by_countries(context: &Context<'_>, locations: &Locations, everywhere: bool) -> Result<bool, Unreadable> {
    let named = if everywhere { &locations.exclude_locations } else { &locations.include_locations };
    let mut countries = false;
    for id in named {
        countries |= is_countries(context, id)?;
    }
    let others_are_trusted = every(context, &locations.exclude_locations, |context, id| {
        Ok(is_countries(context, id)? || is_trusted(context, id)?)
    })?;
    Ok(countries && others_are_trusted)
}

fn every(
    context: &Context<'_>,
    ids: &[Id],
    holds: impl Fn(&Context<'_>, &Id) -> Result<bool, Unreadable>,
) -> Result<bool, Unreadable> {
    for id in ids {
        if !holds(context, id)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_trusted(context: &Context<'_>, id: &Id) -> Result<bool, Unreadable> {
    if id.is_keyword("AllTrusted") || *id == Id::new(MFA_TRUSTED) {
        return Ok(true);
    }
    match location(context, id)? {
        // A location that is gone matches nobody: leaving it out leaves nothing out.
        None => Ok(true),
        Some(one) => match (one.is_countries(), one.is_trusted) {
            (Some(true), _) | (_, Some(false)) => Ok(false),
            (_, Some(true)) => Ok(true),
            (_, None) => Err(unclear(one, "isTrusted is missing")),
        },
    }
}

fn is_countries(context: &Context<'_>, id: &Id) -> Result<bool, Unreadable> {
    if id.is_keyword("All") || id.is_keyword("AllTrusted") || *id == Id::new(MFA_TRUSTED) {
        return Ok(false);
    }
    match location(context, id)? {
        None => Ok(false),
        Some(one) => match one.is_countries() {
            Some(true) => Ok(!one.countries_and_regions.is_empty()
                || one.include_unknown_countries_and_regions == Some(true)),
            Some(false) => Ok(false),
            None => Err(unclear(one, "what kind it is is not known")),
        },
    }
}

fn location<'a>(context: &Context<'a>, id: &Id) -> Result<Option<&'a NamedLocation>, Unreadable> {
    Ok(context.snapshot.named_locations.rows()?.iter().find(|one| one.id == *id))
}

fn unclear(location: &NamedLocation, what: &str) -> Unreadable {
    Unreadable::inside(FamilyName::NamedLocations, format!("location {}: {what}", location.id))
}
