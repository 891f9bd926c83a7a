//! Client ids of applications that Microsoft owns: policies may name them in a tenant that has no
//! service principal of them. The list holds those that tenants commonly show, as of 2026-11;
//! ids of three well-known shapes are Microsoft's whatever they are.

use crate::snapshot::Id;

/// Endings that only Microsoft's applications have.
const SHAPES: [&str; 3] =
    ["-0000-0000-c000-000000000000", "-0000-0ff1-ce00-000000000000", "-0000-0000-c001-000000000000"];

/// The others.
const LIST: &str = include_str!("first_party.txt");

/// Whether a client id is that of an application of Microsoft.
pub(super) fn is_first_party(client: &Id) -> bool {
    let text = client.to_string();
    SHAPES.iter().any(|shape| text.ends_with(shape)) || LIST.split_whitespace().any(|one| one == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microsofts_own_are_known_by_list_and_by_shape_in_any_casing() {
        for own in ["797F4846-BA00-4FD7-BA43-DAC1F8F63013", "00000003-0000-0ff1-ce00-000000000000"] {
            assert!(is_first_party(&Id::new(own)), "{own}");
        }
        assert!(!is_first_party(&Id::new("6f1a3c1e-6d0f-4a53-9a0c-7c8a4a3f2d11")));
        assert!(LIST.split_whitespace().all(|one| Id::new(one).is_guid() && Id::new(one).to_string() == one));
    }
}
