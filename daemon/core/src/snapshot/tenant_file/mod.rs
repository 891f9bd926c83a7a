//! Tenant files.
