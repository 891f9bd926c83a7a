//! PA-01: permanent Global Administrators are few, but not fewer than two (D13).

use crate::{
    checks::{
        Context, Finding, Question,
        finding::{evidence, few},
        privileged,
        roles::{Holder, PrincipalKind, Via},
    },
    snapshot::{FamilyName, Id, Unreadable},
};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use trueconfig_common::verdict::{Evidence, NearMiss, Verdict};

/// How many there may be.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    maximum: usize,
    minimum: usize,
}

/// What a fix may take away so that the maximum holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Excess<'a> {
    /// How many are too many.
    pub count: usize,
    /// All that may be taken away, the first ones first: direct assignments without a condition of
    /// accounts that are neither break-glass nor our own.
    pub candidates: Vec<&'a Holder>,
}

/// Everyone who holds Global Administrator now, in every way in which they do.
///
/// # Errors
/// [`Unreadable`] as [`Context::holders`].
pub fn global_administrators(context: &Context<'_>) -> Result<Vec<Holder>, Unreadable> {
    context.holders(&Id::new(privileged::GLOBAL_ADMINISTRATOR))
}

/// What may be taken away of these holders (D13, R21). The order is the same for the same
/// holders: guests, then service principals, then members, each by name.
pub fn excess(holders: &[Holder], maximum: usize) -> Excess<'_> {
    let count = permanent(holders).len().saturating_sub(maximum);
    let stays = |holder: &Holder| {
        let other_way = |one: &&Holder| {
            one.principal == holder.principal && one.permanent && matches!(one.via, Via::Group { .. })
        };
        holder.break_glass || holder.own || holders.iter().any(|one| other_way(&one))
    };
    let removable = |holder: &&Holder| {
        // Our inverse carries no condition: an assignment that had one would come back wider.
        let restorable = matches!(&holder.via, Via::Direct { assignment } if assignment.condition.is_none());
        restorable && holder.permanent && holder.enabled != Some(false) && !stays(holder)
    };
    let mut candidates: Vec<&Holder> = holders.iter().filter(removable).collect();
    candidates.sort_by_key(|holder| (rank(holder.kind), holder.name.clone(), holder.principal.clone()));
    Excess { count, candidates }
}

fn rank(kind: PrincipalKind) -> u8 {
    match kind {
        PrincipalKind::Guest => 0,
        PrincipalKind::ServicePrincipal => 1,
        PrincipalKind::Member => 2,
    }
}

/// Permanent holders that are not disabled, each once; by principal.
fn permanent(holders: &[Holder]) -> BTreeMap<&Id, &Holder> {
    let counts = |holder: &&Holder| holder.permanent && holder.enabled != Some(false);
    let mut by_principal = BTreeMap::new();
    for holder in holders.iter().filter(counts) {
        by_principal.entry(&holder.principal).or_insert(holder);
    }
    by_principal
}

pub(super) fn judge(question: &Question<'_, '_>, limits: &Limits) -> Result<Finding, Unreadable> {
    let excepted = |holder: &Holder| {
        question.exceptions.has(&holder.principal)
            || question.exceptions.has_text(&holder.user_principal_name)
    };
    let holders: Vec<Holder> =
        global_administrators(question.context)?.into_iter().filter(|holder| !excepted(holder)).collect();
    let counted = permanent(&holders);
    let unsure = counted.values().find(|holder| holder.enabled.is_none());
    let sure = counted.values().filter(|holder| holder.enabled.is_some()).count();
    let verdict = verdict(counted.len(), limits);
    if let Some(holder) = unsure.filter(|_| self::verdict(sure, limits) != verdict) {
        let detail = format!("accountEnabled of user {} is missing", holder.principal);
        return Err(Unreadable::inside(FamilyName::Users, detail));
    }
    let excess = excess(&holders, limits.maximum);
    let found = counted.len();
    let plural = if found == 1 { "" } else { "s" };
    let reason = match verdict {
        Verdict::Fail => {
            format!("{found} permanent Global Administrators, at most {} allowed", limits.maximum)
        }
        Verdict::Warning => {
            format!("{found} permanent Global Administrator{plural}, at least {} needed", limits.minimum)
        }
        _ => format!("{found} permanent Global Administrator{plural}"),
    };
    let evidence = counted.values().map(|holder| describe(holder, &excess));
    Ok(Finding::new(verdict, reason)
        .comparing(
            format!("{} to {} permanent Global Administrators", limits.minimum, limits.maximum),
            format!("{found} permanent Global Administrator{plural}"),
        )
        .with_evidence(evidence)
        .with_near_miss((verdict == Verdict::Fail).then(|| near_miss(&excess, found, limits.maximum))))
}

fn verdict(count: usize, limits: &Limits) -> Verdict {
    if count > limits.maximum {
        Verdict::Fail
    } else if count < limits.minimum {
        Verdict::Warning
    } else {
        Verdict::Pass
    }
}

fn describe(holder: &Holder, excess: &Excess<'_>) -> Evidence {
    let way = match &holder.via {
        Via::Direct { .. } => "permanent, assigned directly".to_owned(),
        Via::Group { group_name, .. } => {
            format!("permanent, through group {}", crate::checks::shown(group_name))
        }
    };
    let in_excess = excess.candidates.iter().take(excess.count).any(|one| one.principal == holder.principal);
    let note = match (holder.break_glass, holder.own, in_excess) {
        (true, ..) => "; break-glass, kept",
        (_, true, _) => "; our own principal, kept",
        (.., true) => "; in excess",
        _ => "",
    };
    let values = json!({
        "userPrincipalName": holder.user_principal_name,
        "roleAssignmentId": holder.via.assignment().id,
        "breakGlass": holder.break_glass,
        "inExcess": in_excess,
    });
    evidence(holder.kind.noun(), &holder.principal, &holder.name, format!("{way}{note}"), values)
}

fn near_miss(excess: &Excess<'_>, actual: usize, maximum: usize) -> NearMiss {
    let chosen: Vec<&str> =
        excess.candidates.iter().take(excess.count).map(|holder| holder.name.as_str()).collect();
    let sentence = if chosen.len() < excess.count {
        format!(
            "passes when {} fewer are permanent; only {} can be removed directly, the others hold the role \
             through a group or are protected",
            excess.count,
            chosen.len()
        )
    } else {
        format!("passes when {} of them are no longer permanent, such as {}", excess.count, few(&chosen))
    };
    NearMiss {
        sentence,
        object: excess.candidates.first().map(|holder| holder.principal.to_string()).unwrap_or_default(),
        field: "roleAssignments".to_owned(),
        actual: json!(actual),
        wanted: json!(maximum),
        also: Vec::new(),
    }
}
