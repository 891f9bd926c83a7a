//! Whole-system tests: the real binaries, a real socket, a tenant that speaks Graph. This library is what
//! they share; the tests themselves are one target each.

pub mod support;
