//! ID-25: passwords of a domain never expire. Where nothing was set, Graph takes nothing back: class C.

use super::{Draft, NoFix, Subject};
use crate::baseline::check::Check;
use crate::change::{Change, Field, FieldPatch, Remains, Resource};
use crate::checks::each::offenders;
use crate::snapshot::Domain;
use serde_json::{Map, Value, json};
use trueconfig_common::personal::Personal;

const FIELD: &str = "passwordValidityPeriodInDays";

/// Entra's word for "never".
const NEVER: i64 = 2_147_483_647;

/// What holds in Entra where nothing is set, in days.
const DEFAULT: i64 = 90;

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let Check::Each(check) = &subject.control.check else {
        return NoFix::because("its check names no domains");
    };
    let found = offenders(&subject.context, check, &subject.parameters, &subject.exceptions)?;
    let domains = subject.judged.snapshot.domains.rows()?;
    let wrong = domains.iter().filter(|one| found.iter().any(|offender| offender.object == one.id));
    let changes: Vec<Change> = wrong.map(|domain| validity(subject, domain)).collect();
    match changes.is_empty() {
        true => NoFix::because("no domain is left to be changed"),
        false => Ok(vec![Draft::passing(changes)]),
    }
}

fn validity(subject: &Subject<'_>, domain: &Domain) -> Change {
    let fields = |value: Value| Map::from_iter([(FIELD.to_owned(), value)]);
    let remains = domain.password_validity_period_in_days.is_none().then(|| Remains {
        fields: fields(json!(DEFAULT)),
        residue: format!("{DEFAULT} days, the service's default, where nothing was set"),
    });
    Change::SetFields(FieldPatch {
        resource: Resource::Domain { id: domain.id.to_string() },
        name: Personal::new(domain.id.to_string()),
        fields: vec![Field { path: FIELD.to_owned(), label: "how long passwords are valid".to_owned() }],
        before: fields(json!(domain.password_validity_period_in_days)),
        after: fields(json!(NEVER)),
        remains,
        blast_radius: subject.control.blast_radius,
    })
}
