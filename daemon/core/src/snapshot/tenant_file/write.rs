//! A snapshot as a tenant file, which reads back as the same snapshot as far as it was read.
//!
//! Families that were not read to their end are left out: whoever judges the file finds them unreadable.

use super::is_single;
use crate::snapshot::{Ending, Family, FamilyName, Id, Row, SignInActivity, Snapshot, Visit};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes a tenant file.
///
/// # Errors
/// The writer's.
pub fn write(snapshot: &Snapshot, out: &mut impl Write) -> io::Result<()> {
    let sign_ins = snapshot.sign_in_activity.rows().ok();
    let sign_ins =
        sign_ins.map(|rows| rows.iter().map(|row| (&row.id, row.sign_in_activity.as_ref())).collect());
    out.write_all(b"{\"graph\":{")?;
    let mut file = File { out, separator: "", sign_ins };
    snapshot.visit(&mut file)?;
    file.out.write_all(b"\n}}\n")
}

type SignIns<'a> = BTreeMap<&'a Id, Option<&'a SignInActivity>>;

struct File<'a, W> {
    out: &'a mut W,
    /// What stands before the next path.
    separator: &'static str,
    sign_ins: Option<SignIns<'a>>,
}

impl<W: Write> Visit for File<'_, W> {
    type Error = io::Error;

    fn family<T: Row>(&mut self, family: &Family<T>) -> io::Result<()> {
        // Sign-ins stand in the users, as Graph gives them.
        if family.ending() != Ending::Complete || T::FAMILY == FamilyName::SignInActivity {
            return Ok(());
        }
        let (rows, path) = (family.partial_rows(), T::FAMILY.path());
        if path.contains("{id}") {
            return rows.iter().try_for_each(|row| self.children(path, row));
        }
        if let ([row], true) = (rows, is_single(T::FAMILY) && T::FAMILY != FamilyName::Organization) {
            self.path(path)?;
            return Ok(serde_json::to_writer(&mut *self.out, row)?);
        }
        self.path(path)?;
        let rows = rows.iter().map(|row| with_sign_in(row, self.sign_ins.as_ref()));
        list(self.out, rows)
    }
}

impl<W: Write> File<'_, W> {
    fn path(&mut self, path: &str) -> io::Result<()> {
        write!(self.out, "{}\n{}:", self.separator, Value::from(path))?;
        self.separator = ",";
        Ok(())
    }

    /// A row of a family that is read once per object: the object's id, and one list.
    fn children<T: Row>(&mut self, path: &str, row: &T) -> io::Result<()> {
        let Some(parent) = row.key() else { return Ok(()) };
        let Value::Object(members) = serde_json::to_value(row)? else { return Ok(()) };
        let Some(Value::Array(values)) = members.into_iter().map(|(_, value)| value).find(Value::is_array)
        else {
            return Ok(());
        };
        self.path(&path.replace("{id}", &parent.to_string()))?;
        list(self.out, values.into_iter().map(Ok))
    }
}

fn with_sign_in<T: Row>(row: &T, sign_ins: Option<&SignIns<'_>>) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(row)?;
    if let (FamilyName::Users, Some(sign_ins), Some(members)) = (T::FAMILY, sign_ins, value.as_object_mut()) {
        let activity = row.key().and_then(|id| sign_ins.get(id).copied()).flatten();
        members.insert("signInActivity".to_owned(), serde_json::to_value(activity)?);
    }
    Ok(value)
}

fn list(out: &mut impl Write, rows: impl Iterator<Item = serde_json::Result<Value>>) -> io::Result<()> {
    out.write_all(b"{\"value\":[")?;
    for (index, row) in rows.enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &row?)?;
    }
    out.write_all(b"]}")
}
