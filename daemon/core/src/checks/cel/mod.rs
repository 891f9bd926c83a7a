//! Predicates of `each` and `count` checks, in the Common Expression Language. They are compiled
//! once, when the control file is read, and checked against the shape of the family: an unknown
//! root, field or function and nested loops are refused then. What still fails when a predicate
//! runs (a value that is missing, a type that does not fit) is an error, never an answer.

mod bind;
mod shape;
#[cfg(test)]
mod tests;
mod validate;

pub(crate) use validate::Reads;

pub(crate) use bind::{bind, value};
pub use shape::{Shape, shape_of};

use crate::baseline::Parameters;
use ::cel::{Context, ExecutionError, Program, Value};
use chrono::{DateTime, Months, SecondsFormat, Utc};
use std::sync::Arc;

/// The longest predicate that is taken.
const MAX_CHARACTERS: usize = 2000;

/// How deep brackets may be nested. The parser recurses: in a debug build a thread's usual 2 MiB
/// of stack end at 15 (measured with cel 0.15.0), which would abort the daemon.
const MAX_BRACKETS: usize = 6;

/// How many signs of arithmetic and comparison there may be; the parser's limit is near 100.
const MAX_SIGNS: usize = 40;

/// How many conditional expressions there may be.
const MAX_CONDITIONALS: usize = 8;

/// A compiled and checked predicate.
#[derive(Clone)]
pub struct Predicate {
    program: Arc<Program>,
    /// What it reads; nothing else is bound.
    reads: Reads,
    source: String,
}

/// What a predicate sees beside the object: parameters and the moment of judging.
pub struct Scope {
    context: Context<'static, 'static>,
}

/// A predicate that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredicateError {
    /// What is wrong.
    pub message: String,
    /// Where in the predicate, in characters from 0, if that is known.
    pub column: Option<usize>,
}

impl std::fmt::Debug for Predicate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.source)
    }
}

impl Predicate {
    /// Compiles a predicate for objects of a shape; `item` is the shape of list entries that are
    /// judged one by one.
    ///
    /// # Errors
    /// [`PredicateError`] if it does not parse or reads or does what it may not.
    pub fn compile(
        source: &str,
        object: &'static Shape,
        item: Option<&'static Shape>,
        parameters: &Parameters,
    ) -> Result<Self, PredicateError> {
        within_limits(source).map_err(|message| PredicateError { message, column: None })?;
        let program = Program::compile(source).map_err(|errors| parse_error(&errors.to_string()))?;
        let reads = validate::validate(program.expression(), object, item, parameters).map_err(|fault| {
            let offsets = fault.node.and_then(|node| program.source_info().offset_for(node));
            let column = offsets.and_then(|(start, _)| usize::try_from(start).ok());
            PredicateError { message: fault.message, column }
        })?;
        Ok(Self { program: Arc::new(program), reads, source: source.to_owned() })
    }

    /// Fields of the object that it reads.
    pub fn fields(&self) -> &[String] {
        &self.reads.fields
    }

    /// What it reads.
    pub(crate) fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Whether the moment of judging may matter to it.
    pub(crate) fn asks_for_now(&self) -> bool {
        let is_name = |character: char| character.is_alphanumeric() || character == '_';
        self.source.split(|character| !is_name(character)).any(|name| name == "now")
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Judges one object.
    ///
    /// # Errors
    /// What failed; missing data for the most part.
    pub fn holds(&self, scope: &Scope, object: Value, item: Option<Value>) -> Result<bool, String> {
        let mut inner = scope.context.new_inner_scope();
        inner.add_variable_from_value("object", object);
        if let Some(item) = item {
            inner.add_variable_from_value("item", item);
        }
        match self.program.execute(&inner) {
            Ok(Value::Bool(answer)) => Ok(answer),
            Ok(other) => Err(format!("`{}` is {:?}, not true or false", self.source, other.type_of())),
            Err(error) => Err(format!("`{}`: {error}", self.source)),
        }
    }
}

impl Scope {
    /// Binds parameters and the moment of judging.
    ///
    /// # Errors
    /// A sentence if a parameter cannot be bound.
    pub fn new(parameters: &Parameters, now: DateTime<Utc>) -> Result<Self, String> {
        let mut context = Context::default();
        let functions = context
            .add_function("months_after", months_after)
            .and_then(|()| context.add_function("days_before", days_before))
            .and_then(|()| context.add_function("known", known));
        functions.map_err(|error| error.to_string())?;
        let bound = bind::parameters(parameters);
        context.add_variable_from_value("parameters", bound);
        context.add_variable_from_value("now", time_text(now));
        Ok(Self { context })
    }
}

/// A time as predicates see it: text of fixed width, so that comparing texts compares times.
pub(crate) fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// Calendar months after a time (D12).
fn months_after(time: Arc<String>, months: i64) -> Result<Value, ExecutionError> {
    let moved = u32::try_from(months)
        .ok()
        .zip(time.parse::<DateTime<Utc>>().ok())
        .and_then(|(months, time)| time.checked_add_months(Months::new(months)));
    moved
        .map(|time| time_text(time).into())
        .ok_or_else(|| ExecutionError::function_error("months_after", "not a time or too far"))
}

/// Days before a time.
fn days_before(time: Arc<String>, days: i64) -> Result<Value, ExecutionError> {
    let moved = chrono::Duration::try_days(days)
        .zip(time.parse::<DateTime<Utc>>().ok())
        .and_then(|(days, time)| time.checked_sub_signed(days));
    moved
        .map(|time| time_text(time).into())
        .ok_or_else(|| ExecutionError::function_error("days_before", "not a time or too far"))
}

/// A value as one of those that are understood, whatever its casing; any other is an error.
fn known(value: Value, all: Arc<Vec<Value>>) -> Result<Value, ExecutionError> {
    let fail = |message: String| Err(ExecutionError::function_error("known", message));
    let Value::String(text) = &value else { return fail("there is no text".to_owned()) };
    let same = |one: &&Value| matches!(one, Value::String(one) if one.eq_ignore_ascii_case(text));
    match all.iter().find(same) {
        Some(one) => Ok(one.clone()),
        None => fail(format!("\"{}\" is not known", crate::checks::shown(text))),
    }
}

/// Refuses what would overflow the parser's stack, before it sees it. Texts inside are counted
/// like everything else: that errs on the safe side.
fn within_limits(source: &str) -> Result<(), String> {
    let count = |signs: &str| source.chars().filter(|character| signs.contains(*character)).count();
    let mut depth = 0_usize;
    let mut deepest = 0;
    for character in source.chars() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let limits = [
        (source.len(), MAX_CHARACTERS, "characters"),
        (deepest, MAX_BRACKETS, "brackets inside each other"),
        (count("+-*/%<>="), MAX_SIGNS, "signs of arithmetic and comparison"),
        (count("?"), MAX_CONDITIONALS, "conditional expressions"),
    ];
    match limits.into_iter().find(|(found, most, _)| found > most) {
        Some((_, most, what)) => Err(format!("a predicate has at most {most} {what}")),
        None => Ok(()),
    }
}

/// The first complaint of the parser, `ERROR: <input>:1:29: …`, taken apart.
fn parse_error(text: &str) -> PredicateError {
    let line = text.lines().next().unwrap_or_default();
    let rest = line.split_once("<input>:1:").map(|(_, rest)| rest).and_then(|rest| rest.split_once(": "));
    match rest.and_then(|(column, message)| Some((column.parse::<usize>().ok()?, message))) {
        Some((column, message)) => {
            PredicateError { message: message.to_owned(), column: column.checked_sub(1) }
        }
        None => PredicateError { message: line.to_owned(), column: None },
    }
}
