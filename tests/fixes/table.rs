//! One row for each fix, one daemon for many rows: planned, approved, written exactly as planned, judged again, taken
//! back, and the tenant is as it was. Rows of one round touch different things; another row for a
//! policy that is replaced whole goes into another round.

use crate::story::Story;
use serde_json::{Value, json};
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::settings::{SetMode, SetRemediation};
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::{RemediationDetail, RemediationState};
use trueconfig_common::verdict::Verdict;
use trueconfig_tests::support::Stage;
use trueconfig_twin::TenantFile;

/// A fix to be seen through.
pub struct Row {
    /// The control.
    pub control: &'static str,
    /// A part of what is sent, by a JSON pointer into the body of the first request.
    pub sends: (&'static str, Value),
    /// The verdict afterwards.
    pub verdict: Verdict,
}

/// A row after which the control passes.
pub fn row(control: &'static str, pointer: &'static str, value: Value) -> Row {
    Row { control, sends: (pointer, value), verdict: Verdict::Pass }
}

/// Puts a value into a body of the tenant.
pub fn put(file: &mut TenantFile, path: &str, pointer: &str, value: Value) {
    let body = file.graph.entry(path.to_owned()).or_insert_with(|| json!({"value": []}));
    match pointer {
        "" => *body = value,
        pointer => *body.pointer_mut(pointer).unwrap_or_else(|| panic!("{path} has {pointer}")) = value,
    }
}

/// Sees every round through: all its fixes done, one scan, all taken back.
pub async fn rounds(
    file: TenantFile,
    parameters: &[(&str, Value)],
    prepare: impl FnOnce(&Story),
    rounds: Vec<Vec<Row>>,
) {
    let parameters: Vec<(String, toml::Table)> = parameters
        .iter()
        .map(|(control, given)| {
            ((*control).to_owned(), serde_json::from_value(given.clone()).expect("a table"))
        })
        .collect();
    let stage = Stage::tenant(file).with_tenant_config(move |tenant| {
        tenant.insert("level".to_owned(), 3.into());
        let mut all = toml::Table::new();
        all.extend(parameters.into_iter().map(|(control, given)| (control, toml::Value::Table(given))));
        tenant.insert("parameters".to_owned(), toml::Value::Table(all));
    });
    let mut story = Story::open(stage, rounds[0][0].control).await;
    story.test_break_glass().await;
    let (tenant, reason) = (String::new(), "begin".to_owned());
    story.call(SetRemediation { tenant, enabled: true, reason }).await;
    prepare(&story);
    story.remember();
    for round in rounds {
        story = see_through(story, &round).await;
    }
}

async fn see_through(mut story: Story, round: &[Row]) -> Story {
    for row in round {
        let (control, reason) = (Some(ControlId::from(row.control)), String::new());
        story.call(SetMode { tenant: String::new(), control, mode: Some(Mode::Manual), reason }).await;
    }
    story.scan().await;
    let mut done: Vec<RemediationDetail> = Vec::new();
    for row in round {
        story = story.about(row.control);
        assert_eq!(story.verdict(), Verdict::Fail, "{}", row.control);
        if story.in_state(RemediationState::PendingApproval).await.is_empty() {
            panic!("{} is not planned: {}", row.control, story.no_plan().await);
        }
        let plan = story.only(RemediationState::PendingApproval).await;
        let (pointer, value) = &row.sends;
        let body = &plan.changes[0].request.body;
        assert_eq!(body.pointer(pointer), Some(value), "{}: {body:#}", row.control);
        assert_eq!(plan.expected, row.verdict, "{}", row.control);
        story.fix(&plan).await;
        done.push(plan);
    }
    story.scan().await;
    for row in round {
        story = story.about(row.control);
        assert_eq!(story.verdict(), row.verdict, "{} after its fix", row.control);
    }
    for (row, plan) in round.iter().zip(&done).rev() {
        story = story.about(row.control);
        story.take_back(plan).await;
        story.assert_held().await;
    }
    story.assert_restored();
    story
}
