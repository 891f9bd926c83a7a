//! The detail of the screen in view: which document it is, and how high.

use super::doc::{Doc, Link};
use super::geometry;
use crate::app::State;
use crate::app::place::ScreenId;
use crate::screens::{audit, controls, drift, object, overview, remediation, settings};

/// The document in view; none while nothing is read.
pub fn document(state: &State) -> Option<Doc> {
    if state.screen == ScreenId::Overview {
        return Some(overview::document(state));
    }
    let key = state.detail_key()?;
    match state.screen {
        ScreenId::Controls => state
            .controls
            .detail_of(&key)
            .map(|detail| controls::document(detail, state.look, state.now.wall)),
        ScreenId::Approvals => state
            .approvals
            .detail_of(&key)
            .map(|detail| remediation::document(detail, state.look, state.now.wall)),
        ScreenId::History => state
            .history
            .detail_of(&key)
            .map(|detail| remediation::document(detail, state.look, state.now.wall)),
        ScreenId::Audit => state.audit.detail_of(&key).map(audit::document),
        ScreenId::Drift => state.drift.detail_of(&key).map(drift::document),
        ScreenId::Settings => state.settings.detail_of(&key).map(settings::document),
        ScreenId::Object => {
            state.objects.detail_of(&key).map(|detail| object::document(detail, state.look, state.now.wall))
        }
        ScreenId::Overview => None,
    }
}

/// What in it leads somewhere, at the present width.
pub fn links(state: &State) -> Vec<Link> {
    document(state).map_or_else(Vec::new, |doc| doc.links(geometry::detail_width(state), state.look))
}

/// How many lines it has at the present width.
pub fn height(state: &State) -> usize {
    document(state).map_or(0, |document| document.lines(geometry::detail_width(state), state.look).len())
}
