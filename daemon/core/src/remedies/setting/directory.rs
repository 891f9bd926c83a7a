//! ID-05, ID-23, ID-24, GOV-22: directory settings. Values are texts; all are sent, for nothing promises that Graph
//! merges them. Where a template has no settings yet, they are made, and an undo deletes them.

use super::{Unmet, fields, patch_to};
use crate::baseline::check::{Check, Rule};
use crate::change::{Change, Collection, ObjectCreation, Resource};
use crate::checks::rules::{BannedWords, GROUP_UNIFIED, PASSWORD_RULES, typed};
use crate::remedies::{NoFix, Subject};
use crate::snapshot::{GroupSetting, Id};
use serde_json::{Value, json};

const LIST: &str = "BannedPasswordList";

/// What GOV-22 wants: nobody but those chosen, and administrators.
pub(super) fn group_creation() -> (Value, String, String, Option<Value>) {
    let label = "whether users may create Microsoft 365 groups".to_owned();
    (json!(true), "EnableGroupCreation".to_owned(), label, Some(json!(false)))
}

pub(super) fn changes(subject: &Subject<'_>, unmet: &[Unmet]) -> Result<Vec<Change>, NoFix> {
    let values = unmet.iter().map(|one| value(subject, one)).collect::<Result<Vec<_>, _>>()?;
    let template = match subject.control.check {
        Check::Rule(Rule::GroupCreation) => GROUP_UNIFIED,
        _ => PASSWORD_RULES,
    };
    let rows = subject.judged.snapshot.group_settings.rows()?;
    let settings = rows.iter().find(|row| row.template_id.as_ref() == Some(&Id::new(template)));
    match settings {
        Some(settings) => existing(subject, settings, &values, unmet).map(|change| vec![change]),
        None => {
            let content = json!({"templateId": template, "values": values});
            let (collection, blast_radius) = (Collection::DirectorySettings, subject.control.blast_radius);
            Ok(vec![Change::CreateObject(ObjectCreation { collection, content, blast_radius })])
        }
    }
}

fn existing(
    subject: &Subject<'_>,
    settings: &GroupSetting,
    values: &[Value],
    unmet: &[Unmet],
) -> Result<Change, NoFix> {
    let Some(id) = &settings.id else { return NoFix::because("the directory setting has no id") };
    let object = fields(settings)?;
    let mut wanted = object.clone();
    let mut all = wanted.get("values").and_then(Value::as_array).cloned().unwrap_or_default();
    for value in values {
        match all.iter_mut().find(|old| old["name"] == value["name"]) {
            Some(old) => *old = value.clone(),
            // Where Graph merges values, what is added could not be taken out again (D3).
            None => return NoFix::because("the directory setting lacks the value: set it by hand"),
        }
    }
    wanted.insert("values".to_owned(), Value::Array(all));
    patch_to(subject, Resource::DirectorySetting { id: id.to_string() }, &object, &wanted, unmet)
}

/// A value as Graph keeps it.
fn value(subject: &Subject<'_>, one: &Unmet) -> Result<Value, NoFix> {
    let text = match (one.path.as_str(), &one.wanted) {
        (LIST, _) => banned_words(subject)?,
        ("EnableGroupCreation", _) => "false".to_owned(),
        (_, Some(Value::Bool(on))) => if *on { "True" } else { "False" }.to_owned(),
        (_, Some(Value::String(text))) => text.clone(),
        (_, Some(other)) => other.to_string(),
        (_, None) => one.wanted()?.to_string(),
    };
    Ok(json!({"name": one.path, "value": text}))
}

fn banned_words(subject: &Subject<'_>) -> Result<String, NoFix> {
    /// Fewest and most characters of a word, and most words, as Entra takes them.
    const CHARACTERS: std::ops::RangeInclusive<usize> = 4..=16;
    const WORDS: usize = 1000;
    let BannedWords { banned_words } = typed(&subject.parameters).map_err(NoFix)?;
    if banned_words.is_empty() {
        return NoFix::because(
            "which words to ban only you can know: set `banned_words` in `[tenant.parameters.ID-23]`",
        );
    }
    let fits =
        |word: &&String| CHARACTERS.contains(&word.chars().count()) && !word.contains(char::is_control);
    match banned_words.iter().find(|word| !fits(word)) {
        Some(_) => NoFix::because("a banned word has 4 to 16 characters: look at `banned_words`"),
        None if banned_words.len() > WORDS => NoFix::because("the list of banned words takes 1000"),
        None => Ok(banned_words.join("\t")),
    }
}
