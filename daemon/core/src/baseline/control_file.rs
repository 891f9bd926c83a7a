//! Reading control files. The TOML shape is private to this module; what leaves it is checked.

use super::{
    Case, Control, FileError, Parameters, TenantConfig,
    check::{
        AttestedCheck, Check, CountCheck, EachCheck, PolicyCheck, Requirement, Rule, SettingCheck,
        SourceCheck,
    },
    control::{Level, Permissions, Remedy},
};
use crate::{
    checks::{
        cel::{Predicate, Shape, shape_of},
        rules, setting,
    },
    snapshot::FamilyName,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use toml::{Spanned, de::DeTable};
use trueconfig_common::{
    control::{Frameworks, Guidance, Licence, Severity},
    id::ControlId,
    mode::{BlastRadius, Mode},
    verdict::Verdict,
};

/// What the ids of an operator's own controls begin with.
pub(super) const OPERATOR_PREFIX: &str = "ORG-";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ControlFile {
    id: Spanned<ControlId>,
    title: String,
    category: String,
    level: Level,
    severity: Severity,
    #[serde(default)]
    licence: Vec<Licence>,
    blast_radius: BlastRadius,
    high_impact: bool,
    highest_mode: Spanned<Mode>,
    #[serde(default)]
    depends_on: Vec<ControlId>,
    #[serde(default = "super::no_parameters")]
    parameters: Spanned<Parameters>,
    check: CheckTable,
    remedy: Remedy,
    permissions: Permissions,
    frameworks: Frameworks,
    guidance: GuidanceTable,
    #[serde(default)]
    base: Option<Spanned<String>>,
    #[serde(default)]
    cases: Vec<CaseTable>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum CheckTable {
    Setting(Spanned<SettingCheck>),
    Policy(Spanned<Requirement>),
    Policies(Spanned<Vec<Requirement>>),
    Each(EachTable),
    Count(CountTable),
    Rule(RuleTable),
    Attested(AttestedCheck),
    Source(SourceCheck),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EachTable {
    family: Spanned<FamilyName>,
    #[serde(default)]
    items: Option<Spanned<String>>,
    #[serde(default)]
    among: Among,
    #[serde(default, rename = "where")]
    only_if: Option<Spanned<String>>,
    require: Spanned<String>,
    expected: String,
    detail: String,
    #[serde(default)]
    otherwise: Otherwise,
}

/// Values by field.
type Among = BTreeMap<Spanned<String>, Vec<Value>>;

/// What an object that does not do makes of the verdict.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Otherwise {
    #[default]
    Fail,
    Warning,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountTable {
    family: Spanned<FamilyName>,
    #[serde(default)]
    among: Among,
    #[serde(default, rename = "where")]
    only_if: Option<Spanned<String>>,
    #[serde(default)]
    at_least: Option<usize>,
    #[serde(default)]
    at_most: Option<usize>,
    label: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    name: Rule,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GuidanceTable {
    why: String,
    actions: Vec<String>,
    steps: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseTable {
    name: String,
    verdict: Verdict,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    near_miss: Option<String>,
    as_of: Spanned<String>,
    #[serde(default)]
    config: TenantConfig,
    graph: Spanned<String>,
}

/// Where errors of one file point to.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn refuse<T>(&self, spanned: &Spanned<T>, message: impl Into<String>) -> FileError {
        FileError::at(self.file, self.text, spanned.span(), message)
    }
}

/// Whose a control is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// Shipped with the product.
    Product,
    /// The operator's own.
    Operator,
}

/// Reads and checks one control file.
pub(super) fn parse(file: &str, text: &str, owner: Owner) -> Result<Control, FileError> {
    let source = Source { file, text };
    let wrong = |error: toml::de::Error| FileError::from_toml(file, text, &error);
    let parsed = DeTable::parse(text).map_err(wrong)?;
    let content = content(parsed.clone()).map_err(wrong)?;
    let table = ControlFile::deserialize(toml::Deserializer::from(parsed)).map_err(wrong)?;
    let check = check(&source, table.check, table.parameters.get_ref())?;
    if let Check::Rule(rule) = &check {
        rules::check_parameters(*rule, table.parameters.get_ref())
            .map_err(|message| source.refuse(&table.parameters, message))?;
    }
    let cases = cases(&source, table.base.as_ref(), table.cases)?;
    let control = Control {
        id: table.id.get_ref().clone(),
        title: table.title,
        category: table.category,
        level: table.level,
        severity: table.severity,
        licence: table.licence,
        blast_radius: table.blast_radius,
        high_impact: table.high_impact,
        highest_mode: *table.highest_mode.get_ref(),
        parameters: table.parameters.into_inner(),
        check,
        remedy: table.remedy,
        depends_on: table.depends_on,
        permissions: table.permissions,
        frameworks: table.frameworks,
        guidance: Guidance {
            why: table.guidance.why,
            actions: table.guidance.actions,
            steps: table.guidance.steps,
        },
        cases,
        file: file.to_owned(),
        content,
    };
    check_whole(&source, &control, &table.id, &table.highest_mode)?;
    if owner == Owner::Operator {
        check_operators(&source, &control, &table.id, &table.highest_mode)?;
    }
    Ok(control)
}

/// What holds for the operator's own controls only.
fn check_operators(
    source: &Source<'_>,
    control: &Control,
    id: &Spanned<ControlId>,
    mode: &Spanned<Mode>,
) -> Result<(), FileError> {
    if !control.id.as_str().starts_with(OPERATOR_PREFIX) {
        let message = format!("the id of a control of yours begins with {OPERATOR_PREFIX}");
        let help = "so that it can never take the place of a control that is shipped, now or later";
        return Err(source.refuse(id, message).with_help(help));
    }
    // Which controls may never be automatic is said by id; what their fixes can do must not come in by another.
    let locks_out = matches!(
        control.remedy,
        Remedy::RemoveRoleAssignment | Remedy::ConditionalAccessPolicy { .. } | Remedy::ExcludeBreakGlass
    );
    if locks_out && control.highest_mode == Mode::Auto {
        let message =
            format!("{} can lock out administrators and never runs by itself", control.remedy.as_str());
        return Err(source.refuse(mode, message).with_help("the highest mode is \"manual\" (D10)"));
    }
    Ok(())
}

/// What concerns more than one key.
fn check_whole(
    source: &Source<'_>,
    control: &Control,
    id: &Spanned<ControlId>,
    mode: &Spanned<Mode>,
) -> Result<(), FileError> {
    let well_formed =
        control.id.as_str().split('-').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        });
    if !well_formed {
        return Err(source
            .refuse(id, format!("\"{}\" is not a control id", control.id))
            .with_help("capital letters and digits with dashes between, such as PA-01"));
    }
    if control.never_auto() && control.highest_mode == Mode::Auto {
        return Err(source
            .refuse(mode, format!("{} may never run by itself", control.id))
            .with_help("the highest mode of this control is \"manual\" (D10)"));
    }
    if control.remedy == Remedy::None && control.highest_mode != Mode::Advisory {
        return Err(source
            .refuse(mode, "a control without a remedy is advisory")
            .with_help("set highest_mode = \"advisory\", or name a remedy"));
    }
    Ok(())
}

fn check(source: &Source<'_>, table: CheckTable, parameters: &Parameters) -> Result<Check, FileError> {
    Ok(match table {
        CheckTable::Setting(check) => {
            setting::check(check.get_ref(), parameters).map_err(|(span, message)| {
                FileError::at(source.file, source.text, span.unwrap_or_else(|| check.span()), message)
            })?;
            Check::Setting(check.into_inner())
        }
        CheckTable::Policy(one) => {
            let span = one.span();
            policy(source, &Spanned::new(span, vec![one.into_inner()]))?
        }
        CheckTable::Policies(all) => policy(source, &all)?,
        CheckTable::Each(table) => Check::Each(each(source, table, parameters)?),
        CheckTable::Count(table) => Check::Count(CountCheck {
            family: *table.family.get_ref(),
            among: among(source, &table.family, table.among)?,
            only_if: table
                .only_if
                .map(|text| predicate(source, &table.family, None, &text, parameters))
                .transpose()?,
            at_least: table.at_least,
            at_most: table.at_most,
            label: table.label,
        }),
        CheckTable::Rule(table) => Check::Rule(table.name),
        CheckTable::Attested(check) => Check::Attested(check),
        CheckTable::Source(check) => Check::Source(check),
    })
}

fn policy(source: &Source<'_>, all: &Spanned<Vec<Requirement>>) -> Result<Check, FileError> {
    let requirements = all.get_ref();
    let none = || requirements.is_empty().then(|| "at least one requirement is needed".to_owned());
    match requirements.iter().find_map(Requirement::problem).or_else(none) {
        Some(problem) => Err(source.refuse(all, problem)),
        None => Ok(Check::Policy(PolicyCheck { requirements: requirements.clone() })),
    }
}

fn each(source: &Source<'_>, table: EachTable, parameters: &Parameters) -> Result<EachCheck, FileError> {
    let items = table.items.as_ref();
    let only_if =
        table.only_if.map(|text| predicate(source, &table.family, None, &text, parameters)).transpose()?;
    let require = predicate(source, &table.family, items, &table.require, parameters)?;
    Ok(EachCheck {
        family: *table.family.get_ref(),
        among: among(source, &table.family, table.among)?,
        items: items.map(|items| items.get_ref().clone()),
        only_if,
        require,
        expected: table.expected,
        detail: table.detail,
        otherwise: match table.otherwise {
            Otherwise::Fail => Verdict::Fail,
            Otherwise::Warning => Verdict::Warning,
        },
    })
}

fn predicate(
    source: &Source<'_>,
    family: &Spanned<FamilyName>,
    items: Option<&Spanned<String>>,
    text: &Spanned<String>,
    parameters: &Parameters,
) -> Result<Predicate, FileError> {
    let shape = shape_of(*family.get_ref())
        .ok_or_else(|| source.refuse(family, "predicates cannot be used on this family"))?;
    let item = match items {
        None => None,
        Some(name) => Some(shape.items(name.get_ref()).ok_or_else(|| {
            source.refuse(name, format!("\"{}\" is not a list of this family", name.get_ref()))
        })?),
    };
    Predicate::compile(text.get_ref(), shape, item, parameters).map_err(|error| {
        let span = inside(source, text, error.column);
        FileError::at(source.file, source.text, span, error.message)
            .with_help("see \"Predicates\" in baselines/README.md")
    })
}

/// Only plain values of fields that controls may name can be compared without a predicate.
fn among(
    source: &Source<'_>,
    family: &Spanned<FamilyName>,
    among: Among,
) -> Result<BTreeMap<String, Vec<Value>>, FileError> {
    let shape = shape_of(*family.get_ref());
    let checked = among.into_iter().map(|(field, values)| {
        let name = field.get_ref();
        match shape.and_then(|shape| shape.field(name)) {
            Some(Shape::Scalar) => Ok((name.clone(), values)),
            Some(_) => Err(source.refuse(&field, format!("\"{name}\" is no plain value"))),
            None => Err(source.refuse(&field, format!("unknown field \"{name}\""))),
        }
    });
    checked.collect()
}

/// Where a column of a predicate stands in the file; the whole predicate if that is not plain,
/// because of escapes or several lines.
fn inside(source: &Source<'_>, text: &Spanned<String>, column: Option<usize>) -> std::ops::Range<usize> {
    let span = text.span();
    let plain = span.start + 1..span.start + 1 + text.get_ref().len();
    match column {
        Some(column) if source.text.get(plain.clone()) == Some(text.get_ref()) => {
            plain.start + column..plain.start + column + 1
        }
        _ => span,
    }
}

fn cases(
    source: &Source<'_>,
    base: Option<&Spanned<String>>,
    tables: Vec<CaseTable>,
) -> Result<Vec<Case>, FileError> {
    let base = base.map_or_else(|| Ok(Map::new()), |text| graph(source, text))?;
    tables
        .into_iter()
        .map(|table| {
            let mut responses = base.clone();
            for (path, body) in graph(source, &table.graph)? {
                if body.is_null() {
                    responses.remove(&path);
                } else {
                    responses.insert(path, body);
                }
            }
            let as_of = table
                .as_of
                .get_ref()
                .parse::<DateTime<Utc>>()
                .map_err(|error| source.refuse(&table.as_of, format!("not a moment: {error}")))?;
            Ok(Case {
                name: table.name,
                graph: responses,
                config: table.config,
                as_of,
                verdict: table.verdict,
                reason: table.reason,
                near_miss: table.near_miss,
            })
        })
        .collect()
}

fn graph(source: &Source<'_>, text: &Spanned<String>) -> Result<Map<String, Value>, FileError> {
    serde_json::from_str(text.get_ref())
        .map_err(|error| source.refuse(text, format!("not a JSON object of Graph responses: {error}")))
}

/// The file without cases and comments.
fn content(parsed: Spanned<DeTable<'_>>) -> Result<Value, toml::de::Error> {
    let mut content = Map::deserialize(toml::Deserializer::from(parsed))?;
    content.remove("cases");
    content.remove("base");
    Ok(Value::Object(content))
}

/// The text of a file without its cases and the tenant they stand on: a seventh of it, and all that judging
/// needs. Only for shipped files, of which a test says that this takes nothing else away.
pub(super) fn without_cases(text: &str) -> String {
    let head = text.split_once("\n[[cases]]").map_or(text, |(head, _)| head);
    match head.split_once("\nbase = '''") {
        Some((before, rest)) => {
            let after = rest.split_once("\n'''").map_or("", |(_, after)| after);
            format!("{before}\n{after}\n")
        }
        None => format!("{head}\n"),
    }
}
