//! *Schedules*: what is asked again and again.

use super::layout::Frame;
use super::show::{Count, Shown, When};
use askama::Template;

/// The page.
#[derive(Template)]
#[template(path = "serve/schedules.html")]
pub(crate) struct Schedules {
    pub(crate) frame: Frame,
    /// In the order in which they were made.
    pub(crate) rows: Vec<Row>,
    /// Schedules that are not shown here; the API gives them.
    pub(crate) is_more: bool,
}

/// A schedule.
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) target: Shown,
    pub(crate) every_minutes: Count,
    pub(crate) next_at: When,
    pub(crate) made_by: Shown,
}
