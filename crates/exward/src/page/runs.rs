//! *Runs*: what was read, when, and what of it could not be.

use super::layout::Frame;
use super::show::{Count, Shown, When, query};
use askama::Template;

/// The page.
#[derive(Template)]
#[template(path = "serve/runs.html")]
pub(crate) struct Runs {
    pub(crate) frame: Frame,
    /// Newest first.
    pub(crate) rows: Vec<Row>,
    /// Where the list goes on. None at its begin.
    pub(crate) before: Option<i64>,
}

/// A run.
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) kind: Shown,
    pub(crate) source: Shown,
    pub(crate) by: Shown,
    pub(crate) began_at: When,
    /// None: it is at work, or was killed.
    pub(crate) ended_at: Option<When>,
    pub(crate) servers: Count,
    pub(crate) changed: Count,
    /// The first lines that could not be read.
    pub(crate) skipped: Vec<Skipped>,
    /// Further ones.
    pub(crate) more_skipped: Count,
}

/// Something that could not be read.
pub(crate) struct Skipped {
    pub(crate) place: Shown,
    pub(crate) why: Shown,
}

impl Row {
    fn skipped_in_all(&self) -> Count {
        let shown = u64::try_from(self.skipped.len()).unwrap_or(u64::MAX);
        Count(self.more_skipped.0.saturating_add(shown))
    }
}

impl Runs {
    /// The address where the list goes on.
    fn earlier(&self, before: &i64) -> String {
        query(&format!("{}/runs", self.frame.base()), &[("before", &before.to_string())])
    }
}
