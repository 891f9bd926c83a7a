//! Judging on one core: what a start costs, the demo tenant's 300 users, 100,000 users at level 3, and one control
//! of an operator over as many. Prints milliseconds, the best of several runs, by the clock and on the processor; the
//! two differ where the machine is busy. Nothing is asserted. The tenant is the demo tenant, repeated under other ids.

use chrono::{DateTime, Utc};
use serde_json::json;
use std::{
    error::Error,
    hint::black_box,
    time::{Duration, Instant},
};
use trueconfig_common::change::{GraphRequest, Method};
use trueconfig_core::{
    baseline::{Baseline, Level, TenantConfig},
    checks::Context,
    evaluate::{self, evaluate},
    lockout::prove,
    snapshot::{Id, Snapshot, tenant_file},
};

const CONTOSO: &str = include_str!("../../twin/tenants/contoso.json");
const CUSTOM: &str = include_str!("custom.toml");
const USERS: usize = 100_000;
const APPLICATIONS: usize = 5_000;
const POLICIES: usize = 240;
const RUNS: usize = 10;

/// How many of the slowest controls are named.
const SLOWEST: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let now = "2026-11-24T08:00:00Z".parse()?;
    let break_glass = vec!["df2ff198-6e30-401d-ad13-c06c94a5fe0f".to_owned()];
    let config = TenantConfig { break_glass, ..TenantConfig::default() };
    time("load the baseline of level 3", RUNS, || Baseline::embedded(Level::MAXIMUM));
    time("read a tenant file of 300 users", RUNS, || tenant_file::read(CONTOSO, now));
    time("evaluate a tenant file of 300 users", RUNS, || {
        evaluate::tenant_file(CONTOSO, Level::MAXIMUM, &config, now)
    });
    let baseline = Baseline::embedded(Level::MAXIMUM)?;
    let tenant = tenant(now)?;
    time("judge 100,000 users at level 3", RUNS, || evaluate(&tenant, &baseline, &config, now));
    let one = Baseline::load(Level::MAXIMUM, &[], &[("custom.toml", CUSTOM)])?;
    time("judge one control of an operator over 100,000 users", RUNS, || {
        evaluate(&tenant, &one, &config, now)
    });
    let requests = lock_out_requests(&tenant)?;
    time("prove that a policy locks nobody out, 240 policies, 100,000 users", RUNS, || {
        prove(&Context::new(&tenant, &config, now), &requests.iter().collect::<Vec<_>>())
    });
    slowest(&tenant, &baseline, &config, now);
    Ok(())
}

/// Switching on the last policy, which is as far as the model has to look.
fn lock_out_requests(tenant: &Snapshot) -> Result<Vec<GraphRequest>, Box<dyn Error>> {
    let last = tenant.conditional_access_policies.rows()?.last().ok_or("no policy")?;
    let path = format!("/v1.0/identity/conditionalAccess/policies/{}", last.id);
    Ok(vec![GraphRequest { method: Method::Patch, path, body: json!({"state": "enabled"}) }])
}

/// Prints the best of several runs.
fn time<T>(what: &str, runs: usize, run: impl Fn() -> T) {
    let took = (0..runs).map(|_| {
        let (begun, used) = (Instant::now(), on_processor());
        black_box(run());
        (begun.elapsed(), on_processor().saturating_sub(used))
    });
    let (clock, processor) = took.min_by_key(|(_, processor)| *processor).unwrap_or_default();
    println!("{:9.2} ms, {:9.2} on the processor  {what}", milliseconds(clock), milliseconds(processor));
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// What this thread has spent on a processor, as Linux counts it.
fn on_processor() -> Duration {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = counted.split_whitespace().next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

/// Prints the controls that take longest, each judged alone with indexes of its own.
fn slowest(tenant: &Snapshot, baseline: &Baseline, config: &TenantConfig, now: DateTime<Utc>) {
    let mut alone: Vec<(Duration, &str)> = Vec::new();
    for member in &baseline.members {
        let mut only = baseline.clone();
        only.members = vec![member.clone()];
        let used = on_processor();
        black_box(evaluate(tenant, &only, config, now));
        alone.push((on_processor().saturating_sub(used), member.control.id.as_str()));
    }
    alone.sort_by(|left, right| right.cmp(left));
    for (took, id) in alone.iter().take(SLOWEST) {
        println!("{:9.2} ms on the processor  {id} alone", milliseconds(*took));
    }
}

/// Ids in no order, as Graph's are.
fn id(kind: u8, number: usize) -> Id {
    let scattered = u32::try_from(number).unwrap_or(u32::MAX).wrapping_mul(2_654_435_761);
    Id::new(&format!("{scattered:08x}-0000-4000-8000-{kind:02x}{number:010x}"))
}

fn tenant(now: DateTime<Utc>) -> Result<Snapshot, Box<dyn Error>> {
    let mut tenant = tenant_file::read(CONTOSO, now)?;
    let users = tenant.users.rows()?.to_vec();
    let sign_ins = tenant.sign_in_activity.rows()?.to_vec();
    let report = tenant.registration_details.rows()?.to_vec();
    for number in 0..USERS - users.len() {
        let mut user = users[number % users.len()].clone();
        user.id = id(1, number);
        user.user_principal_name = format!("user{number}@contoso.com").into();
        let mut sign_in = sign_ins[number % sign_ins.len()].clone();
        sign_in.id = user.id.clone();
        let mut row = report[number % report.len()].clone();
        // The report has an order of its own.
        row.id = id(1, USERS - number);
        tenant.users.push_page(vec![user]);
        tenant.sign_in_activity.push_page(vec![sign_in]);
        tenant.registration_details.push_page(vec![row]);
    }
    repeat_applications(&mut tenant)?;
    let policies = tenant.conditional_access_policies.rows()?.to_vec();
    for number in policies.len()..POLICIES {
        let mut policy = policies[number % policies.len()].clone();
        policy.id = id(3, number);
        tenant.conditional_access_policies.push_page(vec![policy]);
    }
    Ok(tenant)
}

fn repeat_applications(tenant: &mut Snapshot) -> Result<(), Box<dyn Error>> {
    let applications = tenant.applications.rows()?.to_vec();
    let owners = tenant.application_owners.rows()?.to_vec();
    for number in applications.len()..APPLICATIONS {
        let mut application = applications[number % applications.len()].clone();
        application.id = id(2, number);
        let mut row = owners[number % owners.len()].clone();
        row.application = application.id.clone();
        tenant.applications.push_page(vec![application]);
        tenant.application_owners.push_page(vec![row]);
    }
    Ok(())
}
