//! GOV-31: enabled devices were seen lately. There are as many devices as users, so that no predicate is run over
//! them.

use super::tally::{Offence, Tally, Words};
use crate::{
    checks::{Finding, Question},
    snapshot::{Device, FamilyName, Unreadable},
};
use chrono::{DateTime, Duration, Utc};
use serde::Deserialize;
use serde_json::json;
use trueconfig_common::verdict::Verdict;

/// How long a device may be silent, in days.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Silence {
    stale_after_days: u32,
}

/// Carries out the rule.
pub(super) fn judge(question: &Question<'_, '_>, silence: &Silence) -> Result<Finding, Unreadable> {
    let since = Duration::try_days(silence.stale_after_days.into())
        .and_then(|days| question.context.now().checked_sub_signed(days))
        .unwrap_or(DateTime::<Utc>::MIN_UTC);
    let mut tally = Tally::default();
    for device in question.context.snapshot.devices.rows()? {
        if question.exceptions.has(&device.id) {
            continue;
        }
        match (device.account_enabled, device.approximate_last_sign_in_date_time) {
            (Some(false), _) => {}
            (None, _) => tally.doubts(missing(device, "accountEnabled")),
            (Some(true), None) => tally.doubts(missing(device, "approximateLastSignInDateTime")),
            (Some(true), Some(seen)) if seen >= since => tally.passes(),
            (Some(true), Some(seen)) => tally.fails(Offence {
                kind: "device",
                id: device.id.clone(),
                name: device.display_name.clone(),
                detail: "has not been seen for long".to_owned(),
                values: json!({"approximateLastSignInDateTime": seen}),
            }),
        }
    }
    tally.told(&Words {
        expected: &format!("enabled devices were seen within {} days", silence.stale_after_days),
        failing: "have not been seen for long",
        field: "approximateLastSignInDateTime",
        otherwise: Verdict::Fail,
    })
}

fn missing(device: &Device, field: &str) -> Unreadable {
    Unreadable::inside(FamilyName::Devices, format!("object {}: {field} is missing", device.id))
}
