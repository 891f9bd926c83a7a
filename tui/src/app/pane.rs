//! A list with what is opened from it: the part all screens share.

use std::collections::BTreeSet;
use trueconfig_common::interface::Page;
use trueconfig_common::interface::audit::AuditRecord;
use trueconfig_common::interface::controls::ControlRow;
use trueconfig_common::interface::drift::DriftRow;
use trueconfig_common::interface::objects::ObjectDetail;
use trueconfig_common::remediation::RemediationRow;

/// Rows asked for at once.
pub const ROWS_ASKED: u16 = 200;

/// Rows from the end at which the next page is asked for.
const APPEND_AHEAD: usize = 40;

/// Most rows kept in memory; more are reached by a filter.
pub const ROW_LIMIT: usize = 20_000;

/// A row that keeps its identity when the list changes around it.
pub trait Keyed {
    /// What it is known by.
    fn key(&self) -> String;
}

impl Keyed for ControlRow {
    fn key(&self) -> String {
        self.id.to_string()
    }
}

impl Keyed for RemediationRow {
    fn key(&self) -> String {
        self.id.to_string()
    }
}

impl Keyed for AuditRecord {
    fn key(&self) -> String {
        self.seq.to_string()
    }
}

impl Keyed for ObjectDetail {
    fn key(&self) -> String {
        self.id.clone()
    }
}

impl Keyed for DriftRow {
    fn key(&self) -> String {
        self.seq.to_string()
    }
}

/// How far reading has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Load {
    /// Nothing was asked yet.
    #[default]
    Never,
    /// Asked, no answer yet.
    Asking,
    /// Answered.
    Done,
    /// Refused, with why.
    Refused(String),
}

/// A list and what is opened from it.
#[derive(Clone, Debug)]
pub struct Pane<R, D> {
    /// The rows read so far.
    pub rows: Vec<R>,
    /// How many match in all, where the daemon counted.
    pub total: Option<usize>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// How far reading the list has come.
    pub load: Load,
    /// The list has changed since.
    pub stale: bool,
    /// Which row is selected.
    pub selected: usize,
    /// Another list was asked for: its first row is to be selected, not the one that was.
    pub from_the_top: bool,
    /// Which row is drawn first.
    pub top: usize,
    /// What the person typed as filter.
    pub filter: String,
    /// Keys of the rows marked for doing one thing to all of them.
    pub marked: BTreeSet<String>,
    /// The screen's own toggle: only failing, only waiting.
    pub narrowed: bool,
    /// The key of what is opened; the keys go there then.
    pub open: Option<String>,
    /// What was read last, by its key.
    pub detail: Option<(String, D)>,
    /// How far reading it has come.
    pub detail_load: Load,
    /// It has changed since.
    pub detail_stale: bool,
    /// Which of its lines is drawn first.
    pub scroll: usize,
    /// Which of its links is selected.
    pub link: Option<usize>,
}

impl<R, D> Default for Pane<R, D> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            total: None,
            next: None,
            load: Load::Never,
            stale: true,
            selected: 0,
            from_the_top: false,
            top: 0,
            filter: String::new(),
            marked: BTreeSet::new(),
            narrowed: false,
            open: None,
            detail: None,
            detail_load: Load::Never,
            detail_stale: false,
            scroll: 0,
            link: None,
        }
    }
}

impl<R: Keyed, D> Pane<R, D> {
    /// The selected row.
    pub fn row(&self) -> Option<&R> {
        self.rows.get(self.selected)
    }

    /// The marked rows, in the list's order.
    pub fn marked_rows(&self) -> Vec<&R> {
        self.rows.iter().filter(|row| self.marked.contains(&row.key())).collect()
    }

    /// What is read of the key in question, if it is that.
    pub fn detail_of(&self, key: &str) -> Option<&D> {
        self.detail.as_ref().filter(|(read, _)| read == key).map(|(_, detail)| detail)
    }

    /// Takes a page in; the selection stays on its row if that is still there.
    pub fn take_page(&mut self, page: Page<R>, append: bool) {
        let key = self.row().filter(|_| !self.from_the_top).map(Keyed::key);
        // What was asked before the filter changed is still the old list.
        self.from_the_top &= self.stale;
        if append {
            self.rows.extend(page.rows);
            self.rows.truncate(ROW_LIMIT);
        } else {
            self.rows = page.rows;
        }
        self.total = page.total;
        self.next = page.next.filter(|_| self.rows.len() < ROW_LIMIT);
        self.load = Load::Done;
        if !self.marked.is_empty() {
            let there: BTreeSet<String> = self.rows.iter().map(Keyed::key).collect();
            self.marked.retain(|key| there.contains(key));
        }
        let again = key.and_then(|key| self.rows.iter().position(|row| row.key() == key));
        self.selected = again.unwrap_or(self.selected).min(self.rows.len().saturating_sub(1));
    }

    /// Takes what was asked for by key in.
    pub fn take_detail(&mut self, key: &str, detail: D) {
        if self.detail.as_ref().is_none_or(|(read, _)| read != key) && self.open.as_deref() != Some(key) {
            self.scroll = 0;
            self.link = None;
        }
        self.detail = Some((key.to_owned(), detail));
        self.detail_load = Load::Done;
    }

    /// A refusal counts for the key it was given for, not for the next one.
    fn forget_refusal(&mut self) {
        if matches!(self.detail_load, Load::Refused(_)) {
            self.detail_load = Load::Never;
        }
    }

    /// How many rows to ask for when reading again: no fewer than are there, so that none is lost.
    pub fn rows_wanted(&self) -> u16 {
        u16::try_from(self.rows.len())
            .unwrap_or(u16::MAX)
            .clamp(ROWS_ASKED, trueconfig_common::interface::PAGE_LIMIT)
    }
}

/// What can be done with any pane, whatever its rows are.
pub trait Browse {
    /// How many rows are there.
    fn len(&self) -> usize;
    /// Which row is selected.
    fn selected(&self) -> usize;
    /// Selects a row, the last one if there are fewer.
    fn select(&mut self, index: usize);
    /// The selected row's key.
    fn selected_key(&self) -> Option<String>;
    /// Moves the first drawn row so that the selected one is among `page` rows.
    fn keep_visible(&mut self, page: usize);
    /// The key of what is opened.
    fn open_key(&self) -> Option<&str>;
    /// Opens what has that key, or closes it.
    fn set_open(&mut self, key: Option<String>);
    /// Which line of the detail is drawn first.
    fn scroll(&self) -> usize;
    /// Scrolls the detail.
    fn set_scroll(&mut self, line: usize);
    /// Which link of the detail is selected.
    fn link(&self) -> Option<usize>;
    /// Selects a link of the detail, or none.
    fn set_link(&mut self, index: Option<usize>);
    /// What the person typed as filter.
    fn filter(&self) -> &str;
    /// Filters the list.
    fn set_filter(&mut self, filter: String);
    /// How many rows are marked.
    fn marks(&self) -> usize;
    /// Marks the selected row, or takes its mark away.
    fn toggle_mark(&mut self);
    /// Takes all marks away.
    fn clear_marks(&mut self);
    /// Whether the screen's own toggle is on.
    fn narrowed(&self) -> bool;
    /// Sets the screen's own toggle.
    fn narrow(&mut self, on: bool);
    /// Marks list and detail as changed.
    fn mark_stale(&mut self);
    /// Whether the first rows are still awaited.
    fn is_first_read(&self) -> bool;
    /// Whether the list is to be read again, now.
    fn wants_list(&self) -> bool;
    /// Where the next page begins, if the selection comes near the end.
    fn wants_more(&self) -> Option<String>;
    /// Whether the detail under that key is to be read, now.
    fn wants_detail(&self, key: &str) -> bool;
    /// The list was asked for.
    fn asking_list(&mut self);
    /// The detail was asked for.
    fn asking_detail(&mut self);
    /// The list was refused.
    fn list_refused(&mut self, why: String);
    /// The detail was refused.
    fn detail_refused(&mut self, why: String);
    /// Nothing is being asked any more: the link is gone.
    fn link_lost(&mut self);
}

impl<R: Keyed, D> Browse for Pane<R, D> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn selected(&self) -> usize {
        self.selected
    }

    fn select(&mut self, index: usize) {
        let before = self.selected;
        self.selected = index.min(self.rows.len().saturating_sub(1));
        if self.selected != before && self.open.is_none() {
            self.scroll = 0;
            self.link = None;
            self.forget_refusal();
        }
    }

    fn selected_key(&self) -> Option<String> {
        self.row().map(Keyed::key)
    }

    fn keep_visible(&mut self, page: usize) {
        let page = page.max(1);
        if self.selected < self.top {
            self.top = self.selected;
        } else if self.selected >= self.top + page {
            self.top = self.selected + 1 - page;
        }
        self.top = self.top.min(self.rows.len().saturating_sub(page));
    }

    fn open_key(&self) -> Option<&str> {
        self.open.as_deref()
    }

    fn set_open(&mut self, key: Option<String>) {
        if key.is_some() && key != self.open && key != self.detail.as_ref().map(|(read, _)| read.clone()) {
            self.scroll = 0;
            self.link = None;
            self.forget_refusal();
        }
        self.open = key;
    }

    fn scroll(&self) -> usize {
        self.scroll
    }

    fn set_scroll(&mut self, line: usize) {
        self.scroll = line;
    }

    fn link(&self) -> Option<usize> {
        self.link
    }

    fn set_link(&mut self, index: Option<usize>) {
        self.link = index;
    }

    fn filter(&self) -> &str {
        &self.filter
    }

    fn set_filter(&mut self, filter: String) {
        if self.filter != filter {
            self.filter = filter;
            self.stale = true;
            self.selected = 0;
            self.from_the_top = true;
        }
    }

    fn marks(&self) -> usize {
        self.marked.len()
    }

    fn toggle_mark(&mut self) {
        if let Some(key) = self.row().map(Keyed::key)
            && !self.marked.remove(&key)
        {
            self.marked.insert(key);
        }
    }

    fn clear_marks(&mut self) {
        self.marked.clear();
    }

    fn narrowed(&self) -> bool {
        self.narrowed
    }

    fn narrow(&mut self, on: bool) {
        if self.narrowed != on {
            self.narrowed = on;
            self.stale = true;
            self.selected = 0;
            self.from_the_top = true;
        }
    }

    fn mark_stale(&mut self) {
        self.stale = true;
        self.detail_stale = true;
    }

    fn is_first_read(&self) -> bool {
        super::is_first_read(&self.load, self.rows.len())
    }

    fn wants_list(&self) -> bool {
        self.stale && self.load != Load::Asking
    }

    fn wants_more(&self) -> Option<String> {
        let near = self.selected + APPEND_AHEAD >= self.rows.len();
        self.next.clone().filter(|_| near && !self.stale && self.load == Load::Done)
    }

    fn wants_detail(&self, key: &str) -> bool {
        let read = self.detail.as_ref().map(|(read, _)| read.as_str());
        match self.detail_load {
            Load::Asking => false,
            Load::Refused(_) => self.detail_stale,
            Load::Never | Load::Done => self.detail_stale || read != Some(key),
        }
    }

    fn asking_list(&mut self) {
        self.load = Load::Asking;
        self.stale = false;
    }

    fn asking_detail(&mut self) {
        self.detail_load = Load::Asking;
        self.detail_stale = false;
    }

    fn list_refused(&mut self, why: String) {
        self.load = Load::Refused(why);
    }

    fn detail_refused(&mut self, why: String) {
        self.detail = None;
        self.detail_load = Load::Refused(why);
    }

    fn link_lost(&mut self) {
        if self.load == Load::Asking {
            self.load = Load::Never;
        }
        if self.detail_load == Load::Asking {
            self.detail_load = Load::Never;
        }
        self.mark_stale();
    }
}
