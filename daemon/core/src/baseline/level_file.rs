//! Level files, and the baseline they make of control files (T2).

use super::{Control, FileError, Level, Parameters, TenantConfig, control_file};
use crate::snapshot::FamilyName;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use trueconfig_common::id::ControlId;

include!(concat!(env!("OUT_DIR"), "/baselines.rs"));

/// The controls in force at a level with their parameters.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The level.
    pub level: Level,
    /// Version of the level's file.
    pub version: String,
    /// SHA-256 of the meaning of all files in force, in hexadecimal: comments and layout do not
    /// count, neither do cases.
    pub digest: String,
    /// Controls of the level and prerequisites of them, by id.
    pub members: Vec<Member>,
    /// Every control there is a file of, at whatever level.
    known: BTreeMap<ControlId, Parameters>,
}

/// A control as a baseline uses it.
#[derive(Clone, Debug)]
pub struct Member {
    /// The control.
    pub control: Control,
    /// Its parameters as the level sets them.
    pub parameters: Parameters,
    /// False for a prerequisite from outside of the level: judged, but not scored.
    pub scored: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelFile {
    level: Level,
    version: String,
    controls: Vec<LevelEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelEntry {
    id: Spanned<ControlId>,
    #[serde(default = "super::no_parameters")]
    parameters: Spanned<Parameters>,
}

impl Baseline {
    /// One of its controls by itself, for tests.
    #[cfg(test)]
    pub(crate) fn only(&self, control: &ControlId) -> Self {
        let members = self.members.iter().filter(|member| member.control.id == *control).cloned().collect();
        let (version, digest) = (self.version.clone(), self.digest.clone());
        Self { level: self.level, version, digest, members, known: self.known.clone() }
    }

    /// The shipped baseline at a level. Its controls come without their cases, which take seven times as
    /// long to read as the rest; [`Baseline::load`] reads everything.
    ///
    /// # Errors
    /// [`FileError`] if a shipped file is wrong, which a test rules out.
    pub fn embedded(level: Level) -> Result<Self, FileError> {
        Self::with_operators(level, &[])
    }

    /// The shipped baseline at a level, with the operator's own controls.
    ///
    /// # Errors
    /// [`FileError`] as [`Baseline::load`] has it.
    pub fn with_operators(level: Level, operator: &[(&str, &str)]) -> Result<Self, FileError> {
        let heads: Vec<(&str, String)> = EMBEDDED.iter().map(|(name, text)| (*name, head(text))).collect();
        let heads: Vec<(&str, &str)> = heads.iter().map(|(name, text)| (*name, text.as_str())).collect();
        Self::load(level, &heads, operator)
    }

    /// The shipped baseline at a level, its controls with their cases.
    #[cfg(test)]
    pub(crate) fn with_cases(level: Level) -> Self {
        Self::load(level, EMBEDDED, &[]).unwrap()
    }

    /// The shipped files as name and text.
    pub fn embedded_files() -> &'static [(&'static str, &'static str)] {
        EMBEDDED
    }

    /// A baseline of level files and control files, and of control files of the operator, which
    /// are in force from their own level on.
    ///
    /// # Errors
    /// [`FileError`] if a file is wrong, an id is there twice or a level names an unknown control.
    pub fn load(
        level: Level,
        shipped: &[(&str, &str)],
        operator: &[(&str, &str)],
    ) -> Result<Self, FileError> {
        let mut controls = BTreeMap::new();
        let mut chosen: BTreeMap<ControlId, Parameters> = BTreeMap::new();
        for (name, text) in shipped.iter().filter(|(name, _)| !is_level_file(name)) {
            add(&mut controls, Control::parse(name, text)?, text)?;
        }
        for (name, text) in operator {
            let control = add(&mut controls, Control::parse_operators(name, text)?, text)?;
            if control.level <= level {
                chosen.insert(control.id.clone(), control.parameters.clone());
            }
        }
        refuse_circles(&controls, operator)?;
        let mut versions = BTreeMap::new();
        for (name, text) in shipped.iter().filter(|(name, _)| is_level_file(name)) {
            let file = read_level(name, text, &controls)?;
            if file.0 <= level {
                versions.insert(file.0, file.1);
                chosen.extend(file.2);
            }
        }
        let version = versions.into_values().next_back().unwrap_or_default();
        Ok(Self::of(level, version, controls, &chosen))
    }

    fn of(
        level: Level,
        version: String,
        controls: BTreeMap<ControlId, Control>,
        chosen: &BTreeMap<ControlId, Parameters>,
    ) -> Self {
        let prerequisites: BTreeSet<ControlId> = controls
            .values()
            .filter(|control| chosen.contains_key(&control.id))
            .flat_map(|control| control.depends_on.iter().cloned())
            .collect();
        let known = controls.iter().map(|(id, control)| (id.clone(), control.parameters.clone())).collect();
        let members: Vec<Member> = controls
            .into_values()
            .filter_map(|control| {
                let parameters = chosen.get(&control.id).cloned();
                let scored = parameters.is_some();
                (scored || prerequisites.contains(&control.id)).then(|| Member {
                    parameters: parameters.unwrap_or_else(|| control.parameters.clone()),
                    control,
                    scored,
                })
            })
            .collect();
        let digest = digest(level, &version, &members);
        Self { level, version, digest, members, known }
    }

    /// A control of the baseline, prerequisites included.
    pub fn member(&self, id: &ControlId) -> Option<&Member> {
        self.members.iter().find(|member| &member.control.id == id)
    }

    /// Families that are read on demand only and that a control in force needs.
    pub fn on_demand(&self) -> BTreeSet<FamilyName> {
        self.members.iter().flat_map(|member| member.control.check.on_demand()).collect()
    }

    /// What is wrong with an operator's statements, one sentence each: unknown controls and
    /// parameters, values of another type, missing reasons.
    pub fn problems(&self, config: &TenantConfig) -> Vec<String> {
        let unknown = |id: &&ControlId| !self.known.contains_key(*id);
        let mut problems: Vec<String> = config
            .exceptions
            .iter()
            .map(|exception| &exception.control)
            .chain(config.disabled.keys())
            .chain(config.parameters.keys())
            .filter(unknown)
            .map(|id| format!("there is no control \"{id}\""))
            .collect();
        for (id, overrides) in &config.parameters {
            let Some(defaults) = self.known.get(id) else { continue };
            problems.extend(
                merge(defaults, overrides).err().map(|problem| format!("parameters.{id}: {problem}")),
            );
        }
        let unreasoned = config.disabled.iter().filter(|(_, reason)| reason.trim().is_empty());
        problems.extend(unreasoned.map(|(id, _)| format!("disabled.{id}: a reason is needed")));
        let freezes = config.freezes.iter().filter_map(|one| Some((&one.reason, one.check().err()?)));
        problems.extend(freezes.map(|(reason, problem)| format!("freezes: \"{reason}\": {problem}")));
        let windows = config.change_windows.iter().filter_map(|one| one.check().err());
        problems.extend(windows.map(|problem| format!("change_windows: {problem}")));
        problems
    }
}

impl Member {
    /// The parameters in force: the level's with the operator's on top.
    ///
    /// # Errors
    /// A sentence if the operator names an unknown parameter or a value of another type.
    pub fn parameters(&self, config: &TenantConfig) -> Result<Parameters, String> {
        let Some(overrides) = config.parameters.get(&self.control.id) else {
            return Ok(self.parameters.clone());
        };
        merge(&self.parameters, overrides)
    }
}

/// The part of a shipped file that judging needs.
pub(super) fn head(text: &str) -> String {
    control_file::without_cases(text)
}

fn is_level_file(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|base| base.starts_with("level"))
}

fn add<'a>(
    controls: &'a mut BTreeMap<ControlId, Control>,
    control: Control,
    text: &str,
) -> Result<&'a Control, FileError> {
    if let Some(first) = controls.get(&control.id) {
        let span = text.find(control.id.as_str()).map_or(0..0, |at| at..at + control.id.as_str().len());
        let message = format!("control {} is defined already, in {}", control.id, first.file);
        return Err(FileError::at(&control.file, text, span, message));
    }
    Ok(controls.entry(control.id.clone()).or_insert(control))
}

/// A control that waits for itself would never be fixed. Shipped ones have no circles, which a test says, and know
/// none of the operator's: a circle goes through the operator's own.
fn refuse_circles(
    controls: &BTreeMap<ControlId, Control>,
    operator: &[(&str, &str)],
) -> Result<(), FileError> {
    for control in controls.values().filter(|control| waits_for_itself(controls, control)) {
        let Some((name, text)) = operator.iter().find(|(name, _)| *name == control.file) else { continue };
        let span = text.find("depends_on").map_or(0..0, |at| at..at + "depends_on".len());
        let message = format!("{} depends on itself, by what it depends on", control.id);
        return Err(FileError::at(name, text, span, message));
    }
    Ok(())
}

fn waits_for_itself(controls: &BTreeMap<ControlId, Control>, control: &Control) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&ControlId> = control.depends_on.iter().collect();
    while let Some(id) = open.pop() {
        if *id == control.id {
            return true;
        }
        if seen.insert(id) {
            open.extend(controls.get(id).into_iter().flat_map(|next| &next.depends_on));
        }
    }
    false
}

type ReadLevel = (Level, String, BTreeMap<ControlId, Parameters>);

fn read_level(
    name: &str,
    text: &str,
    controls: &BTreeMap<ControlId, Control>,
) -> Result<ReadLevel, FileError> {
    let file: LevelFile = toml::from_str(text).map_err(|error| FileError::from_toml(name, text, &error))?;
    let mut chosen = BTreeMap::new();
    for entry in file.controls {
        let id = entry.id.get_ref();
        let refuse = |message: String| Err(FileError::at(name, text, entry.id.span(), message));
        let Some(control) = controls.get(id) else {
            return refuse(format!("there is no control \"{id}\""));
        };
        // A higher level may be stricter about a control of a lower one.
        let stricter = control.level < file.level && !entry.parameters.get_ref().is_empty();
        if control.level != file.level && !stricter {
            return refuse(format!("{id} is of level {}", control.level.get()));
        }
        let parameters = merge(&control.parameters, entry.parameters.get_ref())
            .map_err(|message| FileError::at(name, text, entry.parameters.span(), message))?;
        if chosen.insert(id.clone(), parameters).is_some() {
            return refuse(format!("{id} is there twice"));
        }
    }
    Ok((file.level, file.version, chosen))
}

/// Defaults with values on top; names must be known and types the same.
fn merge(defaults: &Parameters, overrides: &Parameters) -> Result<Parameters, String> {
    let mut merged = defaults.clone();
    for (name, value) in overrides {
        let default = defaults.get(name).ok_or_else(|| {
            let known: Vec<&str> = defaults.keys().map(String::as_str).collect();
            format!("there is no parameter \"{name}\"; there are: {}", known.join(", "))
        })?;
        if type_of(default) != type_of(value) {
            return Err(format!("\"{name}\" must be {}, not {}", type_of(default), type_of(value)));
        }
        merged.insert(name.clone(), value.clone());
    }
    Ok(merged)
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

fn digest(level: Level, version: &str, members: &[Member]) -> String {
    let content = json!({
        "level": level.get(),
        "version": version,
        "controls": members
            .iter()
            .map(|member| json!({"control": member.control.content, "parameters": member.parameters, "scored": member.scored}))
            .collect::<Vec<_>>(),
    });
    let canonical = serde_json_canonicalizer::to_vec(&content).unwrap_or_default();
    Sha256::digest(canonical).iter().map(|byte| format!("{byte:02x}")).collect()
}
