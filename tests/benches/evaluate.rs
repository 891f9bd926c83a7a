//! Judging 100,000 users, 5,000 applications and 240 policies at level 3, on one core.
//! The tenant is the demo tenant, repeated under other ids.

use chrono::{DateTime, Utc};
use criterion::Criterion;
use std::hint::black_box;
use trueconfig_core::{
    baseline::{Baseline, Level, TenantConfig},
    evaluate::evaluate,
    snapshot::{Id, Snapshot, tenant_file},
};

const CONTOSO: &str = include_str!("../../daemon/twin/tenants/contoso.json");
const USERS: usize = 100_000;
const APPLICATIONS: usize = 5_000;
const POLICIES: usize = 240;

fn main() {
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    let tenant = tenant(now);
    let baseline = Baseline::embedded(Level::MAXIMUM).unwrap();
    let config = TenantConfig {
        break_glass: vec!["df2ff198-6e30-401d-ad13-c06c94a5fe0f".to_owned()],
        ..TenantConfig::default()
    };
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    criterion.bench_function("evaluate 100,000 users at level 3", |bencher| {
        bencher.iter(|| evaluate(black_box(&tenant), &baseline, &config, now));
    });
    criterion.final_summary();
}

/// Ids in no order, as Graph's are.
fn id(kind: u8, number: usize) -> Id {
    let scattered = u32::try_from(number).unwrap().wrapping_mul(2_654_435_761);
    Id::new(&format!("{scattered:08x}-0000-4000-8000-{kind:02x}{number:010x}"))
}

fn tenant(now: DateTime<Utc>) -> Snapshot {
    let mut tenant = tenant_file::read(CONTOSO, now).unwrap();
    let users = tenant.users.rows().unwrap().to_vec();
    let sign_ins = tenant.sign_in_activity.rows().unwrap().to_vec();
    let report = tenant.registration_details.rows().unwrap().to_vec();
    for number in 0..USERS - users.len() {
        let mut user = users[number % users.len()].clone();
        user.id = id(1, number);
        user.user_principal_name = format!("user{number}@contoso.com");
        let mut sign_in = sign_ins[number % sign_ins.len()].clone();
        sign_in.id = user.id.clone();
        let mut row = report[number % report.len()].clone();
        // The report has an order of its own.
        row.id = id(1, USERS - number);
        tenant.users.push_page(vec![user]);
        tenant.sign_in_activity.push_page(vec![sign_in]);
        tenant.registration_details.push_page(vec![row]);
    }
    repeat_applications(&mut tenant);
    let policies = tenant.conditional_access_policies.rows().unwrap().to_vec();
    for number in policies.len()..POLICIES {
        let mut policy = policies[number % policies.len()].clone();
        policy.id = id(3, number);
        tenant.conditional_access_policies.push_page(vec![policy]);
    }
    tenant
}

fn repeat_applications(tenant: &mut Snapshot) {
    let applications = tenant.applications.rows().unwrap().to_vec();
    let owners = tenant.application_owners.rows().unwrap().to_vec();
    for number in applications.len()..APPLICATIONS {
        let mut application = applications[number % applications.len()].clone();
        application.id = id(2, number);
        let mut row = owners[number % owners.len()].clone();
        row.application = application.id.clone();
        tenant.applications.push_page(vec![application]);
        tenant.application_owners.push_page(vec![row]);
    }
}
