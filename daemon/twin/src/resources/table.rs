//! The table of resources, by family.

use super::{Consent, Field, Premium, Resource, Shape, Verb, consent};
use crate::rules::{Plain, Rules};

mod access;
mod apps;
mod people;
mod policies;
mod roles;

/// Every entry.
pub(super) fn all() -> impl Iterator<Item = &'static Resource> {
    let families: [&'static [Resource]; 5] =
        [&people::RESOURCES, &apps::RESOURCES, &roles::RESOURCES, &access::RESOURCES, &policies::RESOURCES];
    families.into_iter().flatten()
}

/// An entry that can only be read; the rest is added with the functions below.
const fn resource(path: &'static str, shape: Shape, entity: &'static str, read: Consent) -> Resource {
    Resource {
        path,
        shape,
        entity,
        key: "id",
        read,
        write: consent::NOBODY,
        verbs: &[],
        fields: &[],
        shown: &[],
        on_demand: &[],
        inline: &[],
        premium: Premium::None,
        directory: false,
        filter_on: &[],
        audit: ("DirectoryManagement", "Directory"),
        bin: None,
        delta: false,
        rules: &Plain,
    }
}

const fn many(path: &'static str, entity: &'static str, read: Consent) -> Resource {
    resource(path, Shape::Many, entity, read)
}

const fn single(path: &'static str, entity: &'static str, read: Consent) -> Resource {
    resource(path, Shape::Single, entity, read)
}

const fn references(path: &'static str, read: Consent, write: Consent) -> Resource {
    let mut entry = resource(path, Shape::References, "directoryObject", read);
    entry.write = write;
    entry.verbs = &[Verb::Create, Verb::Delete];
    entry.directory = true;
    entry
}

const fn derived(
    path: &'static str,
    entity: &'static str,
    read: Consent,
    rules: &'static dyn Rules,
) -> Resource {
    resource(path, Shape::Derived, entity, read).ruled(rules)
}

impl Resource {
    /// What may be written, with which permission, and the properties a body may carry.
    const fn writes(mut self, write: Consent, verbs: &'static [Verb], fields: &'static [Field]) -> Self {
        self.write = write;
        self.verbs = verbs;
        self.fields = fields;
        self
    }

    const fn ruled(mut self, rules: &'static dyn Rules) -> Self {
        self.rules = rules;
        self
    }

    const fn audited(mut self, category: &'static str, kind: &'static str) -> Self {
        self.audit = (category, kind);
        self
    }

    const fn directory(mut self) -> Self {
        self.directory = true;
        self
    }

    const fn delta(mut self) -> Self {
        self.delta = true;
        self
    }

    const fn premium(mut self, premium: Premium) -> Self {
        self.premium = premium;
        self
    }

    const fn binned(mut self, bin: &'static str) -> Self {
        self.bin = Some(bin);
        self
    }
}
