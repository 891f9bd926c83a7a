//! The answer of the verb `evaluate`.

use super::Evaluation;
use serde_json::{Value, json};
use trueconfig_common::verdict::Verdict;

/// `{"controls": […], "score": …}`: one entry per control of the level.
pub fn report(evaluation: &Evaluation) -> Value {
    json!({"controls": evaluation.judgements, "score": evaluation.score})
}

/// 1 if a control failed or could not be judged, else 0.
pub fn exit_code(evaluation: &Evaluation) -> u8 {
    let bad = |verdict| matches!(verdict, Verdict::Fail | Verdict::Error);
    u8::from(evaluation.judgements.iter().any(|one| bad(one.verdict)))
}
