//! Whether what a policy asks for, before and during the session, does for a requirement.

use super::{
    body,
    defect::Defect,
    grant::{self, Alternative, Offer, Offers},
    place, session,
};
use crate::{
    baseline::check::{Audience, Controls, Requirement},
    checks::Context,
    snapshot::{ConditionalAccessPolicy, FamilyName, Unreadable},
};

/// Whether a policy's controls do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// They do.
    Yes,
    /// They do not, for want of these.
    No(Vec<Defect>),
    /// It depends on something that could not be read or is not known.
    Unknown(Unreadable),
}

/// Whether every way in that a policy leaves open does one of the things that are wanted.
pub(super) fn answer(
    context: &Context<'_>,
    policy: &ConditionalAccessPolicy,
    requirement: &Requirement,
) -> Answer {
    let (all, each) = match grant::offers(policy.grant_controls.as_ref()) {
        Offers::Known(offers) => return every(context, policy, requirement, offers),
        Offers::Either(all, each) => (all, each),
    };
    match (every(context, policy, requirement, all), every(context, policy, requirement, each)) {
        (_, Answer::Yes) => Answer::Yes,
        (Answer::No(_), found) => found,
        _ => {
            let detail = format!("policy {}: grantControls.operator is missing or not known", policy.id);
            Answer::Unknown(Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail))
        }
    }
}

fn every(
    context: &Context<'_>,
    policy: &ConditionalAccessPolicy,
    requirement: &Requirement,
    offers: Vec<Offer<'_>>,
) -> Answer {
    let offers = counted(context, offers, requirement);
    let open = Open { context, policy, requirement, ways: offers.len() };
    let mut unknown = None;
    for offer in &offers {
        match open.best(offer) {
            Answer::Yes => {}
            Answer::No(defects) => return Answer::No(defects),
            Answer::Unknown(cause) => unknown = unknown.or(Some(cause)),
        }
    }
    unknown.map_or(Answer::Yes, Answer::Unknown)
}

/// Ways in that count: those that may stand beside do not, as long as there is another.
fn counted<'p>(context: &Context<'_>, offers: Vec<Offer<'p>>, requirement: &Requirement) -> Vec<Offer<'p>> {
    let mut beside = requirement.any.iter().flat_map(|controls| &controls.beside).peekable();
    if beside.peek().is_none() {
        return offers;
    }
    let beside: Vec<_> = beside.copied().collect();
    let counts =
        |offer: &&Offer<'p>| !beside.iter().any(|one| grant::gives(context, offer, *one) == Ok(true));
    let rest: Vec<Offer<'p>> = offers.iter().filter(counts).cloned().collect();
    if rest.is_empty() { offers } else { rest }
}

/// A policy with the number of ways in that it leaves open.
struct Open<'q, 'a> {
    context: &'q Context<'a>,
    policy: &'q ConditionalAccessPolicy,
    requirement: &'q Requirement,
    ways: usize,
}

impl Open<'_, '_> {
    /// The best answer among the things that are wanted: the one with the fewest defects.
    fn best(&self, offer: &[Alternative<'_>]) -> Answer {
        let mut unknown = None;
        let mut fewest: Option<Vec<Defect>> = None;
        for controls in &self.requirement.any {
            match self.one(offer, controls) {
                Answer::Yes => return Answer::Yes,
                Answer::Unknown(cause) => unknown = unknown.or(Some(cause)),
                Answer::No(defects) => {
                    if fewest.as_ref().is_none_or(|known| defects.len() < known.len()) {
                        fewest = Some(defects);
                    }
                }
            }
        }
        unknown.map_or_else(|| Answer::No(fewest.unwrap_or_default()), Answer::Unknown)
    }

    fn one(&self, offer: &[Alternative<'_>], controls: &Controls) -> Answer {
        let mut unknown = None;
        let mut defects = Vec::new();
        for found in [self.grant(offer, controls), self.place(controls)] {
            match found {
                Ok(defect) => defects.extend(defect),
                Err(cause) => unknown = unknown.or(Some(cause)),
            }
        }
        for wanted in &controls.session {
            match session::defect(self.policy, *wanted) {
                Ok(defect) => defects.extend(defect),
                Err(cause) => unknown = unknown.or(Some(cause)),
            }
        }
        match unknown {
            _ if !defects.is_empty() => Answer::No(defects),
            Some(cause) => Answer::Unknown(cause),
            None => Answer::Yes,
        }
    }

    fn place(&self, controls: &Controls) -> Result<Option<Defect>, Unreadable> {
        let locations = &self.policy.conditions.locations;
        match controls.place.or(self.requirement.place) {
            Some(place) => place::defect(self.context, locations, place),
            // Where services come from is what a policy for them is about.
            None if self.requirement.users == Audience::ServicePrincipals => Ok(None),
            None => Ok(place::narrowing(locations)),
        }
    }

    fn grant(&self, offer: &[Alternative<'_>], controls: &Controls) -> Result<Option<Defect>, Unreadable> {
        let mut missing = Vec::new();
        let mut doubt = None;
        for wanted in &controls.grant {
            match grant::gives(self.context, offer, *wanted) {
                Ok(true) => {}
                Ok(false) => missing.push(*wanted),
                Err(cause) => doubt = doubt.or(Some(cause)),
            }
        }
        if missing.is_empty() {
            return doubt.map_or(Ok(None), Err);
        }
        let detail = match offer.first() {
            None => "it asks for nothing".to_owned(),
            Some(_) if missing.len() < controls.grant.len() => {
                let lacking: Vec<&str> = missing.iter().map(|one| grant::words(*one)).collect();
                format!("it does not {}", lacking.join(" and "))
            }
            Some(first) => grant::name(*first),
        };
        let suffix = if self.ways > 1 { " is enough, by operator OR" } else { "" };
        Ok(Some(Defect {
            words: format!("its grant: {detail}{suffix}"),
            field: "grantControls".to_owned(),
            actual: self.policy.raw.get("grantControls").cloned().unwrap_or_default(),
            wanted: body::grant_controls(&self.requirement.any),
        }))
    }
}
