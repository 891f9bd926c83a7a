//! ID-26: either Microsoft's security defaults are on, or the tenant asks everybody for a second
//! factor by its own policy (CA-01). With neither, a password is all it takes.

use crate::{
    baseline::check::{Applications, Audience, Controls, Grant, PolicyCheck, Requirement},
    checks::{
        Finding, Question,
        policy::{Outcome, assess_all},
    },
    snapshot::{FamilyName, Unreadable},
};
use serde_json::json;
use std::collections::BTreeMap;
use trueconfig_common::{
    control::Licence,
    verdict::{NearMiss, Verdict},
};

const EXPECTED: &str =
    "security defaults on, or multifactor authentication for all users by Conditional Access";

pub(super) fn judge(question: &Question<'_, '_>) -> Result<Finding, Unreadable> {
    let context = question.context;
    let defaults = context.snapshot.security_defaults.single().and_then(|one| {
        let missing = || Unreadable::inside(FamilyName::SecurityDefaults, "isEnabled is missing");
        one.is_enabled.ok_or_else(missing)
    });
    if defaults == Ok(true) {
        return Ok(says(Verdict::Pass, "security defaults are on"));
    }
    let by_policy = by_policy(question)?;
    // Security defaults that could not be read may be on.
    match by_policy.verdict {
        Verdict::Pass => Ok(by_policy),
        _ => defaults.map(|_| by_policy),
    }
}

fn by_policy(question: &Question<'_, '_>) -> Result<Finding, Unreadable> {
    let context = question.context;
    if !context.licensed(Licence::P1)? {
        let reason = "security defaults are off, and without Entra ID P1 there is no Conditional Access";
        return Ok(says(Verdict::Fail, reason).with_near_miss(Some(defaults_on())));
    }
    // What CA-01 tolerates is tolerated here.
    let exceptions = context.exceptions(&"CA-01".into());
    let assessment = assess_all(context, &mfa_for_all(), &exceptions)?;
    let (verdict, reason) = match assessment.outcome {
        Outcome::Doubtful(cause) => return Err(cause),
        Outcome::Met => (Verdict::Pass, "security defaults are off, and CA-01 is met"),
        Outcome::ReportOnly(_) => {
            (Verdict::Warning, "security defaults are off, and CA-01 is met only if report-only counted")
        }
        Outcome::NotMet => (Verdict::Fail, "security defaults are off, and CA-01 is not met"),
    };
    let near_miss = match verdict {
        Verdict::Fail => assessment.near_miss.or_else(|| Some(defaults_on())),
        _ => assessment.near_miss,
    };
    Ok(says(verdict, reason).with_evidence(assessment.evidence).with_near_miss(near_miss))
}

fn says(verdict: Verdict, reason: &str) -> Finding {
    Finding::new(verdict, reason).comparing(EXPECTED, reason)
}

fn defaults_on() -> NearMiss {
    NearMiss {
        sentence: "passes once security defaults are on".to_owned(),
        object: "security_defaults".to_owned(),
        field: "isEnabled".to_owned(),
        actual: json!(false),
        wanted: json!(true),
        also: Vec::new(),
    }
}

fn mfa_for_all() -> PolicyCheck {
    let any = vec![Controls { grant: vec![Grant::Mfa], ..Controls::default() }];
    PolicyCheck {
        requirements: vec![Requirement {
            users: Audience::All,
            applications: Applications::All,
            conditions: BTreeMap::new(),
            only_clients: Vec::new(),
            place: None,
            devices: None,
            any,
        }],
    }
}
