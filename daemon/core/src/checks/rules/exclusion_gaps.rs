//! CA-32: what one enabled policy leaves out, another one covers: for the same applications, and
//! under no condition that the first one has not.

use crate::{
    checks::{
        Context, Finding, Question,
        finding::evidence,
        policy::{Gap, gaps},
    },
    snapshot::Unreadable,
};
use serde_json::json;
use trueconfig_common::verdict::{Evidence, NearMiss, Verdict};

pub(super) fn judge(question: &Question<'_, '_>) -> Result<Finding, Unreadable> {
    let found = gaps(question.context, &question.exceptions)?;
    let expected = "whatever one enabled policy leaves out, another one covers";
    let (verdict, reason) = match found.as_slice() {
        [] => (Verdict::Pass, "every exclusion is covered by another policy or tolerated".to_owned()),
        [one] => (Verdict::Fail, format!("nothing covers {}", words(one))),
        [one, rest @ ..] => {
            (Verdict::Fail, format!("nothing covers {}, and {} more exclusions", words(one), rest.len()))
        }
    };
    Ok(Finding::new(verdict, reason.clone())
        .comparing(expected, reason)
        .with_evidence(found.iter().map(|gap| describe(question.context, gap)))
        .with_near_miss(found.first().map(near_miss)))
}

fn words(gap: &Gap<'_>) -> String {
    let policy = crate::checks::shown(&gap.policy.display_name);
    format!("{} {}, which policy {policy} leaves out", gap.kind, gap.name)
}

fn near_miss(gap: &Gap<'_>) -> NearMiss {
    NearMiss {
        sentence: format!("passes but for {}", words(gap)),
        object: gap.policy.id.to_string(),
        field: gap.field.to_owned(),
        actual: gap.actual.clone(),
        wanted: gap.wanted.clone(),
        also: Vec::new(),
    }
}

fn describe(_context: &Context<'_>, gap: &Gap<'_>) -> Evidence {
    let detail = format!("leaves out {} {}", gap.kind, gap.name);
    evidence("policy", &gap.policy.id, &gap.policy.display_name, detail, json!({gap.field: gap.actual}))
}
