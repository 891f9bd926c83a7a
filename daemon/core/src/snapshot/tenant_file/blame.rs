//! Which value inside an object does not do. Serde says what is wrong but not where, so each
//! value in turn is replaced by null: where that heals the object, the fault lies inside.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// How deep to look; Graph's objects are not deeper.
const MAX_DEPTH: usize = 12;

/// The path of the value that does not do, and why.
pub(super) fn blame<T: DeserializeOwned>(path: &str, object: &Value) -> String {
    let mut pointer = String::new();
    for _ in 0..MAX_DEPTH {
        let Some(next) = faulty_child::<T>(object, &pointer) else { break };
        pointer = next;
    }
    let message = T::deserialize(object).err().map(|error| error.to_string()).unwrap_or_default();
    format!("{path}{}: {}", dotted(&pointer), crate::checks::shown(&message))
}

fn faulty_child<T: DeserializeOwned>(object: &Value, pointer: &str) -> Option<String> {
    let children: Vec<String> = match object.pointer(pointer)? {
        Value::Object(fields) => fields.keys().map(|key| key.replace('~', "~0").replace('/', "~1")).collect(),
        Value::Array(entries) => (0..entries.len()).map(|index| index.to_string()).collect(),
        _ => return None,
    };
    children.into_iter().map(|child| format!("{pointer}/{child}")).find(|child| {
        let mut healed = object.clone();
        if let Some(value) = healed.pointer_mut(child) {
            *value = Value::Null;
        }
        // In a list null may be no better than the fault: take the entry out instead.
        T::deserialize(&healed).is_ok()
            || without_entry(object, child).is_some_and(|one| T::deserialize(&one).is_ok())
    })
}

fn without_entry(object: &Value, pointer: &str) -> Option<Value> {
    let (list, index) = pointer.rsplit_once('/')?;
    let mut shortened = object.clone();
    let list = shortened.pointer_mut(list)?.as_array_mut()?;
    let index: usize = index.parse().ok()?;
    (index < list.len()).then(|| list.remove(index))?;
    Some(shortened)
}

fn dotted(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        match part.parse::<usize>() {
            Ok(index) => path.push_str(&format!("[{index}]")),
            Err(_) => {
                path.push('.');
                path.push_str(&part.replace("~1", "/").replace("~0", "~"));
            }
        }
    }
    path
}
