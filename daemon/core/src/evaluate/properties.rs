//! Properties of verdicts, over random tenants.
