//! The same message for people: as plain text, as a Slack message, as an Adaptive Card for Teams.
//!
//! Names in a sentence come from the tenant. Slack's `plain_text` and the card's `TextRun` render no markup, so a
//! name can neither become a link nor a mention.

use super::message::{AlertBody, Message};
use serde_json::{Value, json};

/// Slack takes at most 50 blocks of at most 3,000 characters.
const SLACK_BLOCKS: usize = 45;

/// What stands over everything.
pub fn title(message: &Message) -> String {
    let again = if message.repeated { " (may have come before)" } else { "" };
    match (message.test, message.alerts.as_slice()) {
        (true, _) => format!("TrueConfig {}: a test", message.tenant),
        (false, [one]) => format!("TrueConfig {}: {}{again}", message.tenant, headline(one)),
        (false, many) => {
            let (count, worst) = (many.len(), message.worst());
            format!("TrueConfig {}: {count} alerts, the worst {worst}{again}", message.tenant)
        }
    }
}

fn headline(alert: &AlertBody) -> String {
    let about = alert.control.as_ref().or(alert.remediation.as_ref());
    let about = about.map_or_else(String::new, |about| format!(" {about}"));
    format!("{} {}{about}", alert.severity, alert.kind.replace('_', " "))
}

fn line(alert: &AlertBody) -> String {
    let colon = if alert.sentence.is_empty() { "" } else { ": " };
    let repeats = match alert.repeats {
        0 => String::new(),
        times => format!(" (and {times} times since it was last told)"),
    };
    format!("{}{colon}{}{repeats}", headline(alert), alert.sentence)
}

fn footing(alert: &AlertBody) -> String {
    format!("{} · {}", alert.time.format("%Y-%m-%d %H:%M:%S UTC"), alert.id)
}

/// For mail.
pub fn plain(message: &Message) -> String {
    let alerts = message.alerts.iter().map(|alert| format!("{}\n  {}\n", line(alert), footing(alert)));
    let alerts: Vec<String> = alerts.collect();
    format!("{}\nDelivery {}. More: trueconfig audit\n", alerts.join("\n"), message.delivery)
}

/// For Slack's incoming webhooks.
pub fn slack(message: &Message) -> Value {
    let text = |text: String| json!({"type": "plain_text", "text": text, "emoji": false});
    let sections = message.alerts.iter().take(SLACK_BLOCKS);
    let mut blocks: Vec<Value> = sections
        .map(|alert| json!({"type": "section", "text": text(format!("{}\n{}", line(alert), footing(alert)))}))
        .collect();
    if let Some(rest) = message.alerts.len().checked_sub(SLACK_BLOCKS).filter(|rest| *rest > 0) {
        let more = format!("and {rest} more, up to {}", message.delivery);
        blocks.push(json!({"type": "section", "text": text(more)}));
    }
    json!({"text": escaped(&title(message)), "blocks": blocks})
}

/// The three signs that Slack's own text gives a meaning.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// For a Teams workflow that posts what a webhook receives.
pub fn teams(message: &Message) -> Value {
    let run = |text: String| json!({"type": "TextRun", "text": text});
    let block = |runs: Vec<Value>| json!({"type": "RichTextBlock", "inlines": runs});
    let mut body = vec![block(vec![
        json!({"type": "TextRun", "text": title(message), "weight": "bolder", "size": "medium"}),
    ])];
    for alert in &message.alerts {
        body.push(block(vec![run(line(alert))]));
        body.push(block(vec![
            json!({"type": "TextRun", "text": footing(alert), "size": "small", "isSubtle": true}),
        ]));
    }
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    });
    let attachment = json!({
        "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card,
    });
    json!({"type": "message", "attachments": [attachment]})
}
