//! How many people must agree before a plan runs, and of which groups, as the operator says it.

use serde::{Deserialize, Serialize};
use trueconfig_common::mode::BlastRadius;

/// People needed by blast radius 1 to 5 unless the operator says otherwise: two where many users' or the
/// administrators' sign-in is at stake.
const PEOPLE: [u8; 5] = [1, 1, 1, 2, 2];

/// Who must agree before a plan runs: `[tenant.approval]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApprovalRules {
    /// One person is enough everywhere, whatever else stands here. Every screen says so.
    pub solo: bool,
    /// How many people must agree, by blast radius 1 to 5.
    pub people: Option<[u8; 5]>,
    /// Groups of approvers of which one each must agree, where two people or more must.
    pub one_of_each: Vec<String>,
}

/// What one plan needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum<'a> {
    /// Different people, at least one.
    pub people: usize,
    /// Groups of approvers of which one each must be among them.
    pub groups: &'a [String],
}

impl ApprovalRules {
    /// What a plan of this blast radius needs.
    pub fn quorum(&self, radius: BlastRadius) -> Quorum<'_> {
        let people = self.people.unwrap_or(PEOPLE);
        let people = people.get(usize::from(radius.get()) - 1).copied().unwrap_or(u8::MAX);
        let people = if self.solo { 1 } else { usize::from(people).max(1) };
        Quorum { people, groups: if people > 1 { &self.one_of_each } else { &[] } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(rules: &ApprovalRules) -> Vec<usize> {
        (1..=5).map(|radius| rules.quorum(BlastRadius::try_from(radius).unwrap()).people).collect()
    }

    #[test]
    fn two_people_where_many_sign_ins_are_at_stake_unless_told_otherwise() {
        assert_eq!(people(&ApprovalRules::default()), [1, 1, 1, 2, 2]);
        let stricter = ApprovalRules { people: Some([0, 1, 2, 3, 3]), ..ApprovalRules::default() };
        assert_eq!(people(&stricter), [1, 1, 2, 3, 3], "nothing runs without anybody");
        assert_eq!(people(&ApprovalRules { solo: true, ..stricter }), [1; 5]);
    }

    #[test]
    fn groups_count_only_where_two_must_agree() {
        let rules = ApprovalRules { one_of_each: vec!["security".to_owned()], ..ApprovalRules::default() };
        assert!(rules.quorum(BlastRadius::ONE_OBJECT).groups.is_empty());
        assert_eq!(rules.quorum(BlastRadius::ADMINISTRATORS).groups, ["security"]);
    }
}
