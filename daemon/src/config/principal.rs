//! Users and groups that a role is given to (D14): by name or by number, resolved at each use by
//! whoever knows NSS, never here.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use trueconfig_common::role::Role;

/// Who has which role.
pub type Roles = BTreeMap<Role, Vec<Principal>>;

/// Who belongs to which group of approvers.
pub type Approvers = BTreeMap<String, Vec<Principal>>;

/// A user or a group of this machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// A user by name.
    User(String),
    /// A user by number.
    Uid(u32),
    /// A group by name, written `@name`.
    Group(String),
    /// A group by number, written `@1000`.
    Gid(u32),
}

/// As written: `"ann"`, `1000`, `"@security"`, `"@1000"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a user name, a uid, or a group as \"@name\" or \"@1000\"")]
pub(super) enum Written {
    Number(u32),
    Text(String),
}

impl Principal {
    /// Reads what is written; the error says what is wrong with it.
    pub(super) fn read(written: &Written) -> Result<Self, String> {
        let text = match written {
            Written::Number(uid) => return Ok(Self::Uid(*uid)),
            Written::Text(text) => text,
        };
        let (group, name) = text.strip_prefix('@').map_or((false, text.as_str()), |name| (true, name));
        let odd = |sign: char| sign.is_whitespace() || sign.is_control() || ":@/,".contains(sign);
        if name.is_empty() || name.contains(odd) {
            return Err(format!("{text:?} is neither a user nor a group of this machine"));
        }
        Ok(match (group, name.parse::<u32>()) {
            (true, Ok(gid)) => Self::Gid(gid),
            (true, Err(_)) => Self::Group(name.to_owned()),
            (false, Ok(uid)) => Self::Uid(uid),
            (false, Err(_)) => Self::User(name.to_owned()),
        })
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(out, "{name}"),
            Self::Uid(uid) => write!(out, "{uid}"),
            Self::Group(name) => write!(out, "@{name}"),
            Self::Gid(gid) => write!(out, "@{gid}"),
        }
    }
}
