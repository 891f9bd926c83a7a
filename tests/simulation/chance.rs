//! Chance by seed: the same seed draws the same.

use std::sync::Mutex;
use trueconfig_daemon::ambient::{NoRandomness, Random};
use uuid::Uuid;

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of so many.
    pub fn below(&mut self, count: usize) -> usize {
        (self.draw() % count.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.below(from.len());
        from.get(at)
    }

    pub fn id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(
            (u128::from(self.draw()) << 64 | u128::from(self.draw())).to_be_bytes(),
        )
        .into_uuid()
    }
}

/// The port of the product.
pub struct SeededRandom(pub Mutex<Chance>);

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        let mut chance = self.0.lock().unwrap();
        bytes.iter_mut().for_each(|byte| *byte = chance.draw() as u8);
        Ok(())
    }

    fn id(&self) -> Uuid {
        self.0.lock().unwrap().id()
    }
}
