//! Whether policies together cover everyone a requirement is about, on every application and
//! under every condition it names. The applications that matter for "all" are those that some
//! policy leaves out and all others, which stand for one.

use super::{fit::Fit, population::Population};
use crate::{
    baseline::check::{Applications, Dimension, Requirement},
    snapshot::PolicyState,
};
use std::collections::{BTreeMap, BTreeSet};

/// How to take what is not known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As not covering.
    Certain,
    /// As covering: if even so it is not met, it is not met.
    Hopeful,
}

/// Unions of more policies than this are not searched for policies that add nothing.
const MAX_REDUCED: usize = 12;

/// What must be covered at once: an application, and a value of each condition.
struct Cell<'c> {
    target: Option<&'c str>,
    values: Vec<(Dimension, &'c str)>,
}

impl Cell<'_> {
    fn is_covered_by(&self, fit: &Fit<'_>, reading: Reading) -> bool {
        fit.covers_target(self.target)
            && self.values.iter().all(|(dimension, value)| fit.covers(*dimension, value, reading))
    }
}

/// Values of conditions that a requirement is about; of clients all, unless it names some.
pub(super) fn conditions_of(requirement: &Requirement) -> BTreeMap<Dimension, Vec<&str>> {
    let mut all = BTreeMap::from([(Dimension::Clients, Dimension::Clients.values().to_vec())]);
    if !requirement.only_clients.is_empty() {
        all.insert(Dimension::Clients, requirement.only_clients.iter().map(String::as_str).collect());
    }
    for (dimension, values) in &requirement.conditions {
        all.insert(*dimension, values.iter().map(String::as_str).collect());
    }
    all
}

/// The policies that cover everyone, if these do: one if one does alone.
pub(super) fn covered<'f, 'a>(
    population: &Population<'_, 'a>,
    fits: &[&'f Fit<'a>],
    reading: Reading,
) -> Option<Vec<&'f Fit<'a>>> {
    let fits: Vec<&'f Fit<'a>> = fits.iter().filter(|fit| fit.takes_part(reading)).copied().collect();
    if let Some(alone) = fits.iter().find(|fit| every_cell(population, &[fit], reading)) {
        return Some(vec![alone]);
    }
    every_cell(population, &fits, reading).then(|| needed(population, fits, reading))
}

fn every_cell<'a>(population: &Population<'_, 'a>, fits: &[&Fit<'a>], reading: Reading) -> bool {
    // Many cells are covered by the same policies: the people are asked about once for each set.
    let mut known: BTreeMap<Vec<usize>, bool> = BTreeMap::new();
    cells(population.requirement, fits).iter().all(|cell| {
        let covering = fits.iter().enumerate().filter(|(_, fit)| cell.is_covered_by(fit, reading));
        let (numbers, those): (Vec<usize>, Vec<&Fit<'a>>) = covering.map(|(at, fit)| (at, *fit)).unzip();
        *known.entry(numbers).or_insert_with(|| population.everyone(&those, reading))
    })
}

fn cells<'c>(requirement: &'c Requirement, fits: &'c [&Fit<'_>]) -> Vec<Cell<'c>> {
    let targets: Vec<Option<&str>> = match &requirement.applications {
        Applications::Each(each) => each.iter().map(|one| Some(one.as_str())).collect(),
        Applications::All => {
            let named = fits.iter().flat_map(|fit| &fit.excluded_applications);
            let named: BTreeSet<&str> = named.map(|exclusion| exclusion.id.as_str()).collect();
            std::iter::once(None).chain(named.into_iter().map(Some)).collect()
        }
    };
    let mut cells: Vec<Cell<'c>> =
        targets.into_iter().map(|target| Cell { target, values: Vec::new() }).collect();
    for (dimension, values) in conditions_of(requirement) {
        let with = |cell: &Cell<'c>, value: &'c str| {
            let values = cell.values.iter().copied().chain([(dimension, value)]).collect();
            Cell { target: cell.target, values }
        };
        cells = cells.iter().flat_map(|cell| values.iter().map(|value| with(cell, value))).collect();
    }
    cells
}

/// A union without policies that add nothing; those that are not enabled go first. Large unions
/// are shown as they are.
fn needed<'f, 'a>(
    population: &Population<'_, 'a>,
    fits: Vec<&'f Fit<'a>>,
    reading: Reading,
) -> Vec<&'f Fit<'a>> {
    if fits.len() > MAX_REDUCED {
        return fits;
    }
    let mut order: Vec<&'f Fit<'a>> = fits.clone();
    order.sort_by_key(|fit| fit.policy.state == PolicyState::Enabled);
    let mut kept = fits;
    for candidate in order {
        let rest: Vec<&'f Fit<'a>> =
            kept.iter().filter(|fit| fit.policy.id != candidate.policy.id).copied().collect();
        if every_cell(population, &rest, reading) {
            kept = rest;
        }
    }
    kept
}
