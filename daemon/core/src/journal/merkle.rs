//! The Merkle tree over a journal, as RFC 6962, section 2.1, defines it; a leaf is the canonical JSON of one
//! record. One root stands for all records up to a number, and a proof of a few hashes shows that one record
//! is among them, without the others. Nothing of it is stored: the segments give it anew.

use super::record::RecordHash;
use sha2::{Digest, Sha256};

/// The leaf of a record: the hash of a zero byte and its canonical JSON.
pub fn leaf(json: &[u8]) -> RecordHash {
    hash(&[&[0], json])
}

fn node(left: RecordHash, right: RecordHash) -> RecordHash {
    hash(&[&[1], left.as_bytes(), right.as_bytes()])
}

fn hash(parts: &[&[u8]]) -> RecordHash {
    let mut digest = Sha256::new();
    parts.iter().for_each(|part| digest.update(part));
    RecordHash::from_bytes(digest.finalize().into())
}

/// A tree that grows by its last leaf and knows its root: the roots of its complete subtrees, the largest
/// first, one for each bit of its size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    peaks: Vec<RecordHash>,
}

impl Tree {
    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds the leaf of the next record.
    pub fn push(&mut self, leaf: RecordHash) {
        let (mut root, mut rest) = (leaf, self.size);
        while rest & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            root = node(left, root);
            rest >>= 1;
        }
        self.peaks.push(root);
        self.size += 1;
    }

    /// Its root; of an empty tree the hash of nothing.
    pub fn root(&self) -> RecordHash {
        let joined = self.peaks.iter().rev().copied().reduce(|right, left| node(left, right));
        joined.unwrap_or_else(|| hash(&[]))
    }
}

/// What shows that the leaf at `index`, from 0, is in the tree of all `leaves`: the roots of the subtrees
/// beside its path, the nearest first. Nothing if there is no such leaf.
pub fn prove(leaves: &[RecordHash], index: usize) -> Option<Vec<RecordHash>> {
    if index >= leaves.len() {
        return None;
    }
    let (mut proof, mut part, mut index) = (Vec::new(), leaves, index);
    while part.len() > 1 {
        let (left, right) = part.split_at(split(part.len()));
        let (mine, other) = if index < left.len() { (left, right) } else { (right, left) };
        index -= if index < left.len() { 0 } else { left.len() };
        proof.push(root_of(other));
        part = mine;
    }
    proof.reverse();
    Some(proof)
}

/// Whether a proof leads from a leaf at `index` to the root of a tree of `size` leaves.
pub fn is_proven(root: RecordHash, size: u64, index: u64, leaf: RecordHash, proof: &[RecordHash]) -> bool {
    // The turns from the root down to the leaf; the proof goes the other way.
    let (mut turns, mut width, mut at) = (Vec::new(), size, index);
    if at >= width {
        return false;
    }
    while width > 1 {
        let left = largest_power_below(width);
        let goes_left = at < left;
        turns.push(goes_left);
        (width, at) = if goes_left { (left, at) } else { (width - left, at - left) };
    }
    if turns.len() != proof.len() {
        return false;
    }
    let reached = turns.into_iter().rev().zip(proof).fold(leaf, |here, (goes_left, other)| match goes_left {
        true => node(here, *other),
        false => node(*other, here),
    });
    reached == root
}

fn root_of(leaves: &[RecordHash]) -> RecordHash {
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

fn split(count: usize) -> usize {
    usize::try_from(largest_power_below(count as u64)).unwrap_or(count)
}

/// The largest power of two that is smaller than `count`, which is at least 2.
fn largest_power_below(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tlog_tiles::tlog;

    /// The hashes of another implementation, as it stores them.
    fn stored(count: u64) -> Vec<tlog::Hash> {
        let mut hashes: Vec<tlog::Hash> = Vec::new();
        for number in 0..count {
            let known = hashes.clone();
            hashes.extend(tlog::stored_hashes(number, &record(number), &Stored(known)).unwrap());
        }
        hashes
    }

    struct Stored(Vec<tlog::Hash>);

    impl tlog::HashReader for Stored {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
            Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
        }
    }

    fn record(number: u64) -> Vec<u8> {
        format!("record {number}").into_bytes()
    }

    fn leaves(count: u64) -> Vec<RecordHash> {
        (0..count).map(|number| leaf(&record(number))).collect()
    }

    #[test]
    fn roots_and_proofs_are_those_of_another_implementation() {
        let stored = Stored(stored(70));
        for size in 1..=70_u64 {
            let leaves = leaves(size);
            let root = tlog::tree_hash(size, &stored).unwrap();
            assert_eq!(root_of(&leaves).as_bytes(), &root.0, "{size}");
            for index in 0..size {
                let proof = prove(&leaves, usize::try_from(index).unwrap()).unwrap();
                let theirs: Vec<_> = proof.iter().map(|hash| tlog::Hash(*hash.as_bytes())).collect();
                assert_eq!(theirs, tlog::prove_record(size, index, &stored).unwrap(), "{index} of {size}");
            }
        }
    }

    /// RFC 6962, section 2.1: the hash of an empty list is the hash of an empty string.
    #[test]
    fn the_empty_tree_has_the_hash_of_nothing() {
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Tree::default().root().to_string(), nothing);
        assert_eq!(prove(&[], 0), None);
    }

    proptest! {
        #[test]
        fn what_is_in_is_proven_and_nothing_else(
            size in 1_u64..200, index in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
        ) {
            let leaves = leaves(size);
            let (index, other) = (index.index(leaves.len()), other.index(leaves.len()));
            let (root, proof) = (root_of(&leaves), prove(&leaves, index).unwrap());
            prop_assert!(is_proven(root, size, index as u64, leaves[index], &proof));
            if other != index {
                prop_assert!(!is_proven(root, size, other as u64, leaves[index], &proof));
                prop_assert!(!is_proven(root, size, index as u64, leaves[other], &proof));
            }
            prop_assert!(!is_proven(root, size, size, leaves[index], &proof));
            prop_assert!(!is_proven(leaf(b"another"), size, index as u64, leaves[index], &proof));
        }
    }
}
