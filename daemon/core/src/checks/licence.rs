//! Which licences a tenant has (D19), by the service plans of what was bought.

use super::Context;
use crate::snapshot::{FamilyName, ServicePlan, SubscribedSku, Unreadable};
use trueconfig_common::control::Licence;

/// Service plans that stand for a licence. P2 contains P1.
fn plans(licence: Licence) -> &'static [&'static str] {
    match licence {
        Licence::P1 => &["AAD_PREMIUM", "AAD_PREMIUM_P2"],
        Licence::P2 => &["AAD_PREMIUM_P2"],
        Licence::Governance => &["ENTRA_IDENTITY_GOVERNANCE", "AAD_GOVERNANCE"],
        Licence::Intune => &["INTUNE_A", "INTUNE_EDU"],
        Licence::Workload => &["AAD_WRKLDID_P1", "AAD_WRKLDID_P2"],
    }
}

impl Context<'_> {
    /// Whether the tenant has a licence.
    ///
    /// # Errors
    /// [`Unreadable`] if what was bought was not read.
    pub fn licensed(&self, licence: Licence) -> Result<bool, Unreadable> {
        let plans = plans(licence);
        Ok(self.snapshot.subscribed_skus.rows()?.iter().any(|sku| usable(sku) && contains(sku, plans)))
    }
}

/// Those of a control's licences that the tenant lacks.
///
/// # Errors
/// [`Unreadable`] if what was bought was not read.
pub fn missing_licences(context: &Context<'_>, needed: &[Licence]) -> Result<Vec<Licence>, Unreadable> {
    let mut missing = Vec::new();
    for licence in needed {
        if !context.licensed(*licence)? {
            missing.push(*licence);
        }
    }
    Ok(missing)
}

/// Units of a licence that were bought and have not run out.
///
/// # Errors
/// [`Unreadable`] if what was bought was not read, or units are missing.
pub fn units(context: &Context<'_>, licence: Licence) -> Result<i64, Unreadable> {
    let plans = plans(licence);
    let mut units = 0_i64;
    for sku in context.snapshot.subscribed_skus.rows()?.iter().filter(|sku| contains(sku, plans)) {
        let counts = sku.prepaid_units.as_ref().and_then(|units| match (units.enabled, units.warning) {
            (None, None) => None,
            (enabled, warning) => Some(enabled.unwrap_or(0).saturating_add(warning.unwrap_or(0))),
        });
        let counts = counts.ok_or_else(|| {
            let detail = format!("prepaidUnits of {} are missing", super::shown(&sku.sku_part_number));
            Unreadable::inside(FamilyName::SubscribedSkus, detail)
        })?;
        if usable(sku) {
            units = units.saturating_add(counts);
        }
    }
    Ok(units)
}

/// Bought and not run out; a subscription in its grace period still works.
fn usable(sku: &SubscribedSku) -> bool {
    let status = sku.capability_status.as_deref().unwrap_or("Enabled");
    let in_force = ["enabled", "warning"].iter().any(|word| status.eq_ignore_ascii_case(word));
    let units = sku.prepaid_units.as_ref().and_then(|units| match (units.enabled, units.warning) {
        (None, None) => None,
        (enabled, warning) => Some(enabled.unwrap_or(0).saturating_add(warning.unwrap_or(0))),
    });
    in_force && units.is_none_or(|units| units > 0)
}

fn contains(sku: &SubscribedSku, plans: &[&str]) -> bool {
    let named = |name: &str| plans.iter().any(|plan| plan.eq_ignore_ascii_case(name));
    let switched_on = |plan: &ServicePlan| {
        !plan.provisioning_status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("disabled"))
    };
    if sku.service_plans.is_empty() {
        return named(&sku.sku_part_number);
    }
    sku.service_plans.iter().any(|plan| named(&plan.service_plan_name) && switched_on(plan))
}
