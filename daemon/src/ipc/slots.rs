//! How many connections there are, in all and of each uid.

use super::limits::{CONNECTIONS, CONNECTIONS_PER_UID};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The connections at the moment.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    held: Arc<Mutex<BTreeMap<u32, usize>>>,
}

/// One connection's place; given back when dropped.
#[derive(Debug)]
pub struct Slot {
    slots: Slots,
    uid: u32,
}

impl Slots {
    /// A place for a connection of `uid`; none if there is no room for it.
    pub fn take(&self, uid: u32) -> Option<Slot> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.get(&uid).copied().unwrap_or(0);
        if own >= CONNECTIONS_PER_UID || held.values().sum::<usize>() >= CONNECTIONS {
            return None;
        }
        held.insert(uid, own + 1);
        Some(Slot { slots: self.clone(), uid })
    }

    /// Connections in all.
    pub fn count(&self) -> usize {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut held = self.slots.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&self.uid) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                held.remove(&self.uid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_uid_cannot_take_every_place() {
        let slots = Slots::default();
        let mut own: Vec<_> = (0..CONNECTIONS_PER_UID).map(|_| slots.take(1).unwrap()).collect();
        assert!(slots.take(1).is_none());
        assert!(slots.take(2).is_some());
        own.pop();
        assert!(slots.take(1).is_some());
        drop(own);
        assert_eq!(slots.count(), 0);
    }

    #[test]
    fn all_together_are_bounded() {
        let slots = Slots::default();
        let own: Vec<_> = (0u32..).map_while(|uid| slots.take(uid)).take(CONNECTIONS + 1).collect();
        assert_eq!(own.len(), CONNECTIONS);
    }
}
