//! Whether enough different people agreed. No one counts twice, and where two or more must agree, whoever asked for
//! the plan is none of them: choosing other targets asks for a new plan.

use crate::baseline::Quorum;
use crate::state::{Approval, Assent, Remediation};
use trueconfig_common::remediation::Actor;

/// A person who wants to approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    /// Who, as the record will name them.
    pub actor: Actor,
    /// The groups of approvers they belong to.
    pub groups: Vec<String>,
}

/// Why this person's approval would not count, in words; none if it would.
pub fn refusal(remediation: &Remediation, approver: &Approver, quorum: &Quorum<'_>) -> Option<String> {
    let id = &remediation.id;
    if remediation.approvals.iter().any(|given| same_person(&given.actor, &approver.actor)) {
        let missing = missing(&remediation.approvals, quorum).unwrap_or_default();
        return Some(format!("you have approved {id} already; {missing}"));
    }
    let asked_for_it = remediation.timeline.first().map(|planned| &planned.actor);
    if quorum.people > 1 && asked_for_it.is_some_and(|actor| same_person(actor, &approver.actor)) {
        return Some(format!(
            "you asked for {id}, and {} people must agree to it: somebody else must approve",
            quorum.people
        ));
    }
    None
}

/// What is still missing, in words; none if enough agreed. The auto decision needs nobody.
pub fn missing(approvals: &[Approval], quorum: &Quorum<'_>) -> Option<String> {
    if approvals.iter().any(|given| given.assent == Assent::Automatic) {
        return None;
    }
    let people = quorum.people.saturating_sub(approvals.len());
    let given = |group: &String| approvals.iter().any(|given| given.assent.is_of(group));
    let groups: Vec<&str> = quorum.groups.iter().filter(|group| !given(group)).map(String::as_str).collect();
    let words = match people.max(groups.len().min(1)) {
        0 => return None,
        1 => "one more person must approve".to_owned(),
        more => format!("{more} more people must approve"),
    };
    Some(match groups.is_empty() {
        true => words,
        false => format!("{words}, of {}", groups.join(" and ")),
    })
}

/// Whether two actors are one person: by login where `sudo` hides it, so that a second account is no second person.
fn same_person(one: &Actor, other: &Actor) -> bool {
    match (person(one), person(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

fn person(actor: &Actor) -> Option<u32> {
    match actor {
        Actor::System { .. } => None,
        Actor::Person { uid, login_uid, .. } => Some(login_uid.unwrap_or(*uid)),
    }
}
