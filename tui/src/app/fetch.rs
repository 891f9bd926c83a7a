//! What must be asked of the daemon so that the screen in view is true. Handlers only change what
//! is wanted (a selection, a filter, a stale mark); the calls follow from the state.

use super::event::{Effect, Purpose};
use super::pane::{Browse, Keyed, Pane};
use super::place::ScreenId;
use super::{Link, Order, State};
use crate::link::Call;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::interface::ListQuery;
use trueconfig_common::interface::audit::ListAudit;
use trueconfig_common::interface::controls::{GetControl, ListControls};
use trueconfig_common::interface::drift::ListDrift;
use trueconfig_common::interface::objects::GetObject;
use trueconfig_common::interface::remediations::{GetRemediation, ListRemediations};
use trueconfig_common::interface::settings::GetSettings;

/// The calls that the screen in view needs now.
pub fn needed(state: &mut State) -> Vec<Effect> {
    if matches!(state.link, Link::Lost { .. }) {
        return Vec::new();
    }
    // The overview shows the latest drift.
    let screen = if state.screen == ScreenId::Overview { ScreenId::Drift } else { state.screen };
    let mut effects = Vec::new();
    effects.extend(list(state, screen));
    effects.extend(more(state, screen));
    effects.extend(detail(state, screen));
    effects
}

fn list(state: &mut State, screen: ScreenId) -> Option<Effect> {
    if !state.pane(screen).is_some_and(Browse::wants_list) {
        return None;
    }
    let call = list_call(state, screen, None)?;
    state.pane_mut(screen)?.asking_list();
    Some(Effect::Call(state.ticket(Purpose::List { screen, append: false }), call))
}

fn more(state: &mut State, screen: ScreenId) -> Option<Effect> {
    let cursor = state.pane(screen)?.wants_more()?;
    let call = list_call(state, screen, Some(cursor))?;
    state.pane_mut(screen)?.asking_list();
    Some(Effect::Call(state.ticket(Purpose::List { screen, append: true }), call))
}

fn detail(state: &mut State, screen: ScreenId) -> Option<Effect> {
    copy_from_rows(&mut state.audit);
    copy_from_rows(&mut state.drift);
    copy_from_rows(&mut state.settings);
    let key = state.detail_key()?;
    if !state.pane(screen)?.wants_detail(&key) {
        return None;
    }
    let tenant = state.tenant.clone();
    let call: Call = match screen {
        ScreenId::Controls => GetControl { tenant, id: ControlId::new(key.clone()), at: None }.into(),
        ScreenId::Approvals | ScreenId::History => {
            GetRemediation { tenant, id: RemediationId::new(key.clone()) }.into()
        }
        ScreenId::Object => GetObject { tenant, id: key.clone() }.into(),
        ScreenId::Audit => ListAudit { tenant, query: record(&key)? }.into(),
        ScreenId::Overview | ScreenId::Drift | ScreenId::Settings => return None,
    };
    state.pane_mut(screen)?.asking_detail();
    Some(Effect::Call(state.ticket(Purpose::Detail { screen, key }), call))
}

/// One record that is not among the rows: the cursor is the number of the record after it.
fn record(key: &str) -> Option<ListQuery> {
    let seq: u64 = key.parse().ok()?;
    Some(ListQuery { cursor: Some(seq.checked_add(1)?.to_string()), limit: 1, ..ListQuery::default() })
}

/// Where a row is all there is to know, the detail is the row.
fn copy_from_rows<R: Keyed + Clone>(pane: &mut Pane<R, R>) {
    let Some(key) = pane.open.clone().or_else(|| pane.row().map(Keyed::key)) else {
        return;
    };
    if let Some(row) = pane.rows.iter().find(|row| row.key() == key) {
        pane.detail = Some((key, row.clone()));
    }
}

/// The call for a part of a screen's list; none where there is no list.
pub fn list_call(state: &State, screen: ScreenId, cursor: Option<String>) -> Option<Call> {
    let tenant = state.tenant.clone();
    let query = query(state, screen, cursor);
    Some(match screen {
        ScreenId::Controls => ListControls { tenant, query, at: None }.into(),
        ScreenId::Approvals | ScreenId::History => ListRemediations { tenant, query }.into(),
        ScreenId::Audit => ListAudit { tenant, query }.into(),
        ScreenId::Drift => ListDrift { tenant, query }.into(),
        ScreenId::Settings => GetSettings { tenant }.into(),
        ScreenId::Overview | ScreenId::Object => return None,
    })
}

fn query(state: &State, screen: ScreenId, cursor: Option<String>) -> ListQuery {
    let (typed, narrowed) = state.pane(screen).map_or(("", false), |pane| (pane.filter(), pane.narrowed()));
    let own = match (screen, narrowed) {
        (ScreenId::Controls, true) => "verdict:fail",
        (ScreenId::Approvals, true) => "state:pending_approval",
        (ScreenId::Approvals, false) => "open:true",
        (ScreenId::History, true) => "open:true",
        (ScreenId::Drift, true) => "acknowledged:false",
        _ => "",
    };
    let filter = format!("{own} {typed}").trim().to_owned();
    let sort = match (screen, state.order) {
        (ScreenId::Controls, Order::Category) => "category",
        (ScreenId::Controls, Order::Id) => "id",
        _ => "",
    };
    let limit = match (screen, cursor.is_some()) {
        (ScreenId::Controls, _) => trueconfig_common::interface::PAGE_LIMIT,
        (ScreenId::Approvals, false) => state.approvals.rows_wanted(),
        (ScreenId::History, false) => state.history.rows_wanted(),
        (ScreenId::Drift, false) => state.drift.rows_wanted(),
        _ => super::pane::ROWS_ASKED,
    };
    ListQuery { filter, sort: sort.to_owned(), cursor, limit }
}
