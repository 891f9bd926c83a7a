//! EXT-07: no rule of an inbox sends mail out of the organisation. Mailboxes are read only where
//! that was consented to; without it nothing is said.

use super::{
    NoParameters,
    tally::{Offence, Tally, Words},
};
use crate::{
    checks::{Finding, Question, finding::few, index::Index},
    snapshot::{FamilyName, MessageRule, Unreadable, UnreadableKind, User},
};
use serde_json::json;
use std::collections::BTreeSet;
use trueconfig_common::verdict::Verdict;

pub(super) fn judge(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let context = question.context;
    let family = &context.snapshot.message_rules;
    let boxes = match family.rows() {
        Ok(rows) => rows,
        Err(cause) if cause.kind == UnreadableKind::Permission => return Err(cause),
        Err(_) => {
            return Ok(Finding::without_source(
                "rules of mailboxes are not read unless MailboxSettings.Read is granted",
            ));
        }
    };
    let domains: BTreeSet<String> = context
        .snapshot
        .domains
        .rows()?
        .iter()
        .filter(|domain| domain.is_verified != Some(false))
        .map(|domain| domain.id.to_string().to_lowercase())
        .collect();
    let by_user = Index::new(boxes, |row| &row.user);
    let mut tally = Tally::default();
    for user in context.snapshot.users.rows()?.iter().filter(|user| !user.is_guest()) {
        let Some(row) = by_user.get(&user.id) else { continue };
        if question.exceptions.has_user(user) {
            continue;
        }
        for rule in &row.rules {
            one(question, user, rule, &domains, &mut tally);
        }
    }
    tally.told(&Words {
        expected: "no rule of an inbox sends mail out of the organisation",
        failing: "rules of inboxes send mail outside",
        field: "isEnabled",
        otherwise: Verdict::Fail,
    })
}

fn one(
    question: &Question<'_, '_>,
    user: &User,
    rule: &MessageRule,
    domains: &BTreeSet<String>,
    tally: &mut Tally,
) {
    if rule.id.as_ref().is_some_and(|id| question.exceptions.has(id)) {
        return;
    }
    let actions = rule.actions.clone().unwrap_or_default();
    let all = actions.forward_to.iter().chain(&actions.forward_as_attachment_to).chain(&actions.redirect_to);
    let mut outside = Vec::new();
    for recipient in all {
        let address = recipient.email_address.as_ref().and_then(|one| one.address.as_deref());
        match address.and_then(|address| address.rsplit_once('@')) {
            Some((_, domain)) if domains.contains(&domain.to_lowercase()) => {}
            Some((local, domain)) => outside.push(format!("{local}@{domain}")),
            None => {
                let detail = format!("a recipient in a rule of user {} has no address", user.id);
                tally.doubts(Unreadable::inside(FamilyName::MessageRules, detail));
            }
        }
    }
    let offence = || Offence {
        kind: "messageRule",
        id: rule.id.clone().unwrap_or_else(|| user.id.clone()),
        name: user.display_name.to_string(),
        detail: format!("{} sends to {}", crate::checks::shown(&rule.display_name), few(&outside)),
        values: json!({"user": user.id, "userPrincipalName": user.user_principal_name}),
    };
    match rule.is_enabled {
        _ if outside.is_empty() => tally.passes(),
        Some(true) => tally.fails(offence()),
        Some(false) => tally.passes(),
        None => {
            let detail = format!("isEnabled of a rule of user {} is missing", user.id);
            tally.doubts(Unreadable::inside(FamilyName::MessageRules, detail));
        }
    }
}
