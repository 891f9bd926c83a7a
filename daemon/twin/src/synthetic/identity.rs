//! Ids and chances out of a seed. An id is a scrambled number, so that the object of an id is found by
//! unscrambling it and nothing need be held.

use uuid::Uuid;

/// Bits of half a block.
const HALF: u32 = 30;
const HALF_MASK: u64 = (1 << HALF) - 1;
/// Rounds of the scrambling; four make all bits depend on all others.
const ROUNDS: u64 = 4;

/// What an id belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    User = 1,
    Application,
    AppId,
    ServicePrincipal,
    Credential,
    SignIn,
    Policy,
    Publisher,
}

/// The ids of one seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids {
    seed: u64,
}

impl Ids {
    pub(super) fn new(seed: u64) -> Self {
        // Neighbouring seeds must not give related tenants.
        Self { seed: mixed(seed.wrapping_add(0x7472_7565_636f_6e66)) }
    }

    /// The id of an object.
    pub(super) fn id(self, kind: Kind, index: u32) -> Uuid {
        let block = self.scrambled(kind as u64, u64::from(index));
        let rest = mixed(block ^ self.seed) >> 2;
        // A version 4 id as RFC 9562 lays it out: 60 bits of ours around the version, 62 after the variant.
        let high = (block >> 12) << 16 | 0x4000 | (block & 0xfff);
        Uuid::from_u64_pair(high, 1 << 63 | rest)
    }

    /// The number of the object with this id; nothing if it is not one of ours of this kind.
    pub(super) fn index(self, kind: Kind, key: &str) -> Option<u32> {
        let id = Uuid::try_parse(key).ok()?;
        let (high, _) = id.as_u64_pair();
        let (left, right) = self.unscrambled(high >> 16 << 12 | (high & 0xfff));
        let index = u32::try_from(right).ok()?;
        (left == kind as u64 && self.id(kind, index) == id).then_some(index)
    }

    /// Where the object with this id stands among so many of its kind.
    pub(super) fn position(self, kind: Kind, key: &str, count: u32) -> Option<usize> {
        self.index(kind, key).filter(|index| *index < count).map(|index| index as usize)
    }

    /// A number that depends on the object and on what it is for.
    pub(super) fn draw(self, kind: Kind, index: u32, purpose: u64) -> u64 {
        mixed(self.seed ^ mixed((kind as u64) << 32 | u64::from(index)) ^ purpose.wrapping_mul(0x9e37_79b9))
    }

    /// Whether something that is so for `share` of a thousand objects is so for this one.
    pub(super) fn chance(self, kind: Kind, index: u32, purpose: u64, share: u64) -> bool {
        self.draw(kind, index, purpose) % 1_000 < share
    }

    fn scrambled(self, mut left: u64, mut right: u64) -> u64 {
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.round(right, round));
        }
        left << HALF | right
    }

    fn unscrambled(self, block: u64) -> (u64, u64) {
        let (mut left, mut right) = (block >> HALF, block & HALF_MASK);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ self.round(left, round), left);
        }
        (left, right)
    }

    fn round(self, half: u64, round: u64) -> u64 {
        mixed(half ^ self.seed ^ round << 60) & HALF_MASK
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014).
fn mixed(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use super::{Ids, Kind};

    #[test]
    fn an_id_leads_back_to_its_object_and_to_no_other() {
        let (ids, others) = (Ids::new(7), Ids::new(8));
        for index in [0, 1, 2, 999_999, (1 << 30) - 1] {
            let id = ids.id(Kind::User, index).to_string();
            assert_eq!(ids.index(Kind::User, &id.to_uppercase()), Some(index));
            assert_eq!(ids.index(Kind::Application, &id), None);
            assert_eq!(others.index(Kind::User, &id), None);
            assert_eq!(&id[14..15], "4");
        }
        assert_eq!(ids.index(Kind::User, "00000003-0000-0000-c000-000000000000"), None);
        assert_eq!(ids.index(Kind::User, "nonsense"), None);
    }
}
