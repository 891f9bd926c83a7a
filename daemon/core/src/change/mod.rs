//! Every write we can make: a closed set.
//!
//! A [`Change`] knows what it touches, how to see whether it has happened, what exactly to send
//! and what takes it back. It reads nothing itself: the shell fetches what [`Change::read`] names
//! and [`Change::observe`] reduces the answer to an [`Image`] of the touched fields. Adding a
//! variant makes the compiler demand all of this; there are no wildcard arms (D3).

mod app_role;
mod creation;
mod eligibility;
mod field_patch;
mod grant;
mod image;
mod owner;
mod owner_removal;
mod policy;
mod resource;
mod role_assignment;
mod secret;
mod secret_removal;
mod user;

pub use app_role::AppRoleRemoval;
pub use creation::{Collection, ObjectCreation};
pub use eligibility::EligibilityCreation;
pub use field_patch::{Field, FieldPatch, Remains};
pub use grant::GrantNarrowing;
pub use image::{Image, same};
pub use owner::OwnerAssignment;
pub use owner_removal::{Owned, OwnerRemoval};
pub(crate) use policy::writable;
pub use policy::{ConditionsChange, PolicyCreation, PolicyExclusion, PolicyStateChange};
pub use resource::Resource;
pub use role_assignment::RoleAssignmentRemoval;
pub use secret::SecretAddition;
pub use secret_removal::SecretRemoval;
pub use user::UserDisabling;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trueconfig_common::change::{ChangeView, GraphRequest, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};

/// Stands in an inverse for the id of what the change made.
pub const PRODUCED: &str = "{produced}";

/// Stands in a body for the root of Graph in the tenant's cloud; whoever sends it knows.
pub const GRAPH_ROOT: &str = "{graph}";

/// One write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Change {
    /// Removes a permanent active role assignment.
    RemoveRoleAssignment(RoleAssignmentRemoval),
    /// Makes a report-only Conditional Access policy.
    CreatePolicy(PolicyCreation),
    /// Enables, disables or un-enables a Conditional Access policy.
    SetPolicyState(PolicyStateChange),
    /// Excludes break-glass accounts from a Conditional Access policy.
    ExcludeFromPolicy(PolicyExclusion),
    /// Assigns an owner to an app registration.
    AssignOwner(OwnerAssignment),
    /// Adds a secret to an app registration.
    AddSecret(SecretAddition),
    /// Removes an old secret from an app registration, for good.
    RemoveSecret(SecretRemoval),
    /// Sets fields of an object.
    SetFields(FieldPatch),
    /// Makes an object.
    CreateObject(ObjectCreation),
    /// Takes an application role away.
    RemoveAppRole(AppRoleRemoval),
    /// Takes permissions out of a grant for everybody.
    NarrowGrant(GrantNarrowing),
    /// Removes an owner.
    RemoveOwner(OwnerRemoval),
    /// Makes somebody eligible for a role.
    MakeEligible(EligibilityCreation),
    /// Disables an account.
    DisableUser(UserDisabling),
}

/// What to fetch to see the touched fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphRead {
    /// Path and query below the Graph root.
    pub path: String,
    /// Whether the answer is a collection to be paged through.
    pub list: bool,
}

/// What was fetched.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// One object; none where Graph says that there is no such thing.
    Object(Option<Value>),
    /// All pages of a collection.
    List(Vec<Value>),
}

/// What a kind of change must say about itself.
trait Kind {
    fn summary(&self) -> String;
    fn targets(&self) -> Vec<Target>;
    fn blast_radius(&self) -> BlastRadius;
    fn reversibility(&self) -> Reversibility;
    /// What an undo leaves behind; a kind of class C must say it.
    fn residue(&self) -> String {
        String::new()
    }
    fn before(&self) -> Image;
    fn after(&self) -> Image;
    fn request(&self) -> GraphRequest;
    fn inverse(&self) -> Option<GraphRequest>;
    fn read(&self) -> GraphRead;
    fn observe(&self, answer: &Answer) -> Image;
    /// What it is for, without what only tells one try from another: the same for the same
    /// finding, whenever it is planned.
    fn aim(&self) -> Value {
        json!([self.request(), self.before()])
    }
}

impl Change {
    fn kind(&self) -> &dyn Kind {
        match self {
            Self::RemoveRoleAssignment(change) => change,
            Self::CreatePolicy(change) => change,
            Self::SetPolicyState(change) => change,
            Self::ExcludeFromPolicy(change) => change,
            Self::AssignOwner(change) => change,
            Self::AddSecret(change) => change,
            Self::RemoveSecret(change) => change,
            Self::SetFields(change) => change,
            Self::CreateObject(change) => change,
            Self::RemoveAppRole(change) => change,
            Self::NarrowGrant(change) => change,
            Self::RemoveOwner(change) => change,
            Self::MakeEligible(change) => change,
            Self::DisableUser(change) => change,
        }
    }

    /// What to fetch to see the touched fields.
    pub fn read(&self) -> GraphRead {
        self.kind().read()
    }

    /// What it is for: two plans whose changes have the same aims are the same to people.
    pub fn aim(&self) -> Value {
        self.kind().aim()
    }

    /// The touched fields, as the answer to [`Change::read`] shows them.
    pub fn observe(&self, answer: &Answer) -> Image {
        self.kind().observe(answer)
    }

    /// The id of what the change made, as the answer to [`Change::read`] shows it; none where it
    /// makes nothing or has not happened.
    pub fn produced(&self, answer: &Answer) -> Option<String> {
        match self {
            Self::CreatePolicy(change) => change.id(answer),
            Self::AddSecret(change) => change.key(answer),
            Self::CreateObject(change) => change.id(answer),
            Self::MakeEligible(change) => change.schedule(answer),
            Self::RemoveRoleAssignment(_)
            | Self::SetPolicyState(_)
            | Self::ExcludeFromPolicy(_)
            | Self::AssignOwner(_)
            | Self::RemoveSecret(_)
            | Self::SetFields(_)
            | Self::RemoveAppRole(_)
            | Self::NarrowGrant(_)
            | Self::RemoveOwner(_)
            | Self::DisableUser(_) => None,
        }
    }

    /// The id of what the change made, as the answer to its own request names it.
    pub fn produced_by(&self, body: &Value) -> Option<String> {
        let field = match self {
            Self::CreatePolicy(_) | Self::CreateObject(_) => "id",
            Self::MakeEligible(_) => "targetScheduleId",
            Self::AddSecret(_) => "keyId",
            Self::RemoveRoleAssignment(_)
            | Self::SetPolicyState(_)
            | Self::ExcludeFromPolicy(_)
            | Self::AssignOwner(_)
            | Self::RemoveSecret(_)
            | Self::SetFields(_)
            | Self::RemoveAppRole(_)
            | Self::NarrowGrant(_)
            | Self::RemoveOwner(_)
            | Self::DisableUser(_) => return None,
        };
        body.get(field)?.as_str().map(str::to_owned)
    }

    /// Whether it makes a secret whose value only the answer to its request holds: if that answer
    /// is lost, what it made is of no use.
    pub fn loses_its_value(&self) -> bool {
        self.recipient().is_some()
    }

    /// Whether it completes an earlier remediation by taking away what that one kept (D11).
    pub fn completes(&self) -> bool {
        matches!(self, Self::RemoveSecret(_))
    }

    /// To whom the value of the secret it makes is sealed; none if it makes none.
    pub fn recipient(&self) -> Option<&str> {
        match self {
            Self::AddSecret(change) => Some(&change.recipient),
            Self::RemoveRoleAssignment(_)
            | Self::CreatePolicy(_)
            | Self::CreateObject(_)
            | Self::MakeEligible(_)
            | Self::SetPolicyState(_)
            | Self::ExcludeFromPolicy(_)
            | Self::AssignOwner(_)
            | Self::RemoveSecret(_)
            | Self::SetFields(_)
            | Self::RemoveAppRole(_)
            | Self::NarrowGrant(_)
            | Self::RemoveOwner(_)
            | Self::DisableUser(_) => None,
        }
    }

    /// Draws it, complete.
    pub fn view(&self) -> ChangeView {
        let kind = self.kind();
        ChangeView {
            summary: kind.summary(),
            targets: kind.targets(),
            before: kind.before(),
            after: kind.after(),
            request: kind.request(),
            inverse: kind.inverse(),
            reversibility: kind.reversibility(),
            residue: kind.residue(),
            blast_radius: kind.blast_radius(),
        }
    }
}

/// Puts the id of what was made into an inverse.
pub fn resolve(inverse: &GraphRequest, produced: Option<&str>) -> GraphRequest {
    let Some(produced) = produced else { return inverse.clone() };
    let body = match &inverse.body {
        Value::Null => Value::Null,
        body => replace(body, produced),
    };
    GraphRequest { method: inverse.method, path: inverse.path.replace(PRODUCED, produced), body }
}

fn replace(value: &Value, produced: &str) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace(PRODUCED, produced)),
        Value::Array(items) => items.iter().map(|item| replace(item, produced)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, item)| (key.clone(), replace(item, produced))).collect()
        }
        other => other.clone(),
    }
}
