//! The demo tenant, judged: what a newcomer sees first.

use super::{exit_code, report, tenant_file};
use crate::baseline::{Level, TenantConfig};
use trueconfig_common::verdict::Verdict;

const CONTOSO: &str = include_str!("../../../twin/tenants/contoso.json");

#[test]
fn r7_the_demo_tenant_shows_the_documented_findings() {
    let break_glass = ["df2ff198-6e30-401d-ad13-c06c94a5fe0f", "4e0bfb27-1242-483d-be37-b6ddf09485ef"];
    let config =
        TenantConfig { break_glass: break_glass.map(str::to_owned).to_vec(), ..TenantConfig::default() };
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    let found = tenant_file(CONTOSO, Level::MAXIMUM, &config, now).unwrap();
    let documented = [
        ("APP-01", Verdict::Fail),
        ("APP-02", Verdict::Fail),
        ("APP-04", Verdict::Pass),
        ("APP-08", Verdict::Fail),
        ("CA-01", Verdict::Warning),
        ("CA-02", Verdict::Warning),
        ("EXT-01", Verdict::Fail),
        ("GOV-01", Verdict::Fail),
        ("ID-01", Verdict::Pass),
        ("ID-02", Verdict::Fail),
        ("PA-01", Verdict::Fail),
        ("PA-03", Verdict::Fail),
    ];
    for (control, verdict) in documented {
        let judgement = found.judgement(&control.into()).unwrap();
        assert_eq!(judgement.verdict, verdict, "{control}: {}", judgement.reason);
    }
    let administrators = found.judgement(&"PA-01".into()).unwrap();
    assert_eq!(administrators.reason, "5 permanent Global Administrators, at most 3 allowed");
    assert_eq!(exit_code(&found), 1);
    let report = report(&found);
    let first = report.pointer("/controls/0").unwrap();
    for key in ["id", "verdict", "reason", "evidence", "near_miss"] {
        assert!(first.get(key).is_some(), "{key}");
    }
}
