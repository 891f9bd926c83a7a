//! Would somebody be locked out? Before a change to Conditional Access, roles or accounts is made, this shows
//! that afterwards every break-glass account and two other administrators can still reach the admin portals,
//! and that our own principal can still undo it; or it names who could not, and why.
//!
//! A person gets in if there is a platform and a country to sign in from, with a browser, such that every policy
//! in force lets them pass **whatever holds of that which is not known**: a condition, a control, an exclusion or
//! a member that this model does not know is taken against them. Risk is not known: a break-glass account must
//! get in at every risk, the other two at none. Nobody can count on a managed device or on an office's address.
//! Who is eligible for a role counts as holding it, both as an administrator and for the policies on it.

mod after;
mod person;
mod policy;
#[cfg(test)]
mod tests;

use crate::checks::Context;
use crate::snapshot::{Id, Unreadable};
use after::After;
use person::{Person, Risk, reaches};
use trueconfig_common::change::GraphRequest;
use trueconfig_common::guard::Counterexample;
use trueconfig_common::personal::Personal;

/// So many administrators beside the break-glass accounts must be able to get in.
pub const OTHERS: usize = 2;

/// What was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The change is not about access.
    NotConcerned,
    /// Nobody is locked out: so many break-glass accounts, and two others, get in.
    Safe {
        /// How many break-glass accounts get in.
        break_glass: usize,
    },
    /// Somebody is, or it cannot be shown that nobody is.
    LockedOut(Box<Counterexample>),
}

/// Shows that requests lock nobody out, or who would be.
pub fn prove(context: &Context<'_>, requests: &[&GraphRequest]) -> Proof {
    match attempt(context, requests) {
        Ok(proof) => proof,
        Err(unread) => refuted("", "", &format!("that nobody is locked out cannot be shown: {unread}")),
    }
}

/// How many active Global Administrators there are who can sign in, before and after.
///
/// # Errors
/// What is not known, in words.
pub fn global_administrators(
    context: &Context<'_>,
    requests: &[&GraphRequest],
) -> Result<(usize, usize), String> {
    if !requests.iter().any(|request| after::is_about_access(context, request)) {
        return Ok((0, 0));
    }
    let unread = |cause: Unreadable| format!("who is a Global Administrator is not known: {cause}");
    let mut after = After::new(context).map_err(unread)?;
    let before = after.global_administrators().map_err(unread)?;
    requests.iter().try_for_each(|request| after.apply(request))?;
    Ok((before, after.global_administrators().map_err(unread)?))
}

fn attempt(context: &Context<'_>, requests: &[&GraphRequest]) -> Result<Proof, Unreadable> {
    let concerned = requests.iter().any(|request| after::is_about_access(context, request));
    if !concerned {
        return Ok(Proof::NotConcerned);
    }
    let mut after = After::new(context)?;
    for request in requests {
        if let Err(what) = after.apply(request) {
            return Ok(refuted("", "", &what));
        }
    }
    if let Some(refuted) = our_own(context, &after) {
        return Ok(refuted);
    }
    let marked = context.break_glass()?;
    let mut safe = 0;
    for user in marked.iter().filter_map(|one| one.user) {
        let person = Person::new(context, &after, user, Risk::Any);
        let refusal = if after.is_global_administrator(&user.id)? {
            reaches(context, &after, &person)
        } else {
            Err(counterexample(context, &user.id, "it is no Global Administrator"))
        };
        match refusal {
            Ok(()) => safe += 1,
            Err(refusal) => return Ok(Proof::LockedOut(Box::new(refusal))),
        }
    }
    let ids: Vec<&Id> = marked.iter().filter_map(|one| one.user).map(|user| &user.id).collect();
    Ok(match others(context, &after, &ids)? {
        None => Proof::Safe { break_glass: safe },
        Some(refusal) => Proof::LockedOut(Box::new(refusal)),
    })
}

/// None if two administrators beside the break-glass accounts get in.
fn others(
    context: &Context<'_>,
    after: &After<'_, '_>,
    break_glass: &[&Id],
) -> Result<Option<Counterexample>, Unreadable> {
    let (mut found, mut first) = (0, None);
    for id in after.administrators()?.into_iter().filter(|id| !break_glass.contains(&id)) {
        let Some(user) = context.user(&id)? else { continue };
        match reaches(context, after, &Person::new(context, after, user, Risk::None)) {
            Ok(()) => found += 1,
            Err(refusal) => first = first.or(Some(refusal)),
        }
        if found == OTHERS {
            return Ok(None);
        }
    }
    let few = format!("{found} administrators beside the break-glass accounts could get in, {OTHERS} must");
    Ok(Some(match first {
        Some(one) => Counterexample { why: format!("{few}: {}", one.why), ..one },
        None => Counterexample {
            who: String::new(),
            name: Personal::new("Administrators"),
            policy: String::new(),
            conditions: Vec::new(),
            why: few,
        },
    }))
}

/// Whether our own principals could not take the change back.
fn our_own(context: &Context<'_>, after: &After<'_, '_>) -> Option<Proof> {
    context.own_service_principals().into_iter().find_map(|id| {
        if !after.may_sign_in(&id, context.service_principal(&id).ok().flatten()?.account_enabled) {
            return Some(refuted(&id.to_string(), "", "our own principal could not sign in to undo it"));
        }
        let blocking = after.policies().find(|one| policy::blocks_service_principal(one, &id))?;
        let why = "our own principal is kept out and could not undo it";
        Some(refuted(&id.to_string(), &blocking.display_name, why))
    })
}

fn refuted(who: &str, policy: &str, why: &str) -> Proof {
    Proof::LockedOut(Box::new(Counterexample {
        who: who.to_owned(),
        name: Personal::default(),
        policy: policy.to_owned(),
        conditions: Vec::new(),
        why: why.to_owned(),
    }))
}

fn counterexample(context: &Context<'_>, id: &Id, why: &str) -> Counterexample {
    Counterexample {
        who: id.to_string(),
        name: Personal::new(context.name_of(id)),
        policy: String::new(),
        conditions: Vec::new(),
        why: why.to_owned(),
    }
}
