//! *Hunt*: which servers were hunted, how far that reaches, and what was found when.

use super::badge::Badge;
use super::chart::Picture;
use super::estate::Hunted;
use super::layout::Frame;
use super::show::{Count, Shown, When, query};
use askama::Template;

/// The page.
#[derive(Template)]
#[template(path = "serve/hunt.html")]
pub(crate) struct HuntPage {
    pub(crate) frame: Frame,
    /// All servers of the tenant, and those hunted.
    pub(crate) total: Count,
    pub(crate) hunted: Count,
    /// Servers by the verdict of their newest hunt, worst first.
    pub(crate) tallies: Vec<(Badge, Count)>,
    /// [`timeline`](super::chart::timeline::timeline) of the servers. None where nothing was hunted.
    pub(crate) picture: Option<Picture>,
    /// Worst first.
    pub(crate) rows: Vec<Row>,
    /// Where the list goes on. None at the end.
    pub(crate) after: Option<String>,
}

/// A hunted server.
pub(crate) struct Row {
    pub(crate) server: i64,
    pub(crate) target: Shown,
    pub(crate) at: When,
    pub(crate) hunted: Hunted,
    pub(crate) sightings: Count,
    /// The worst of them.
    pub(crate) worst: Option<Badge>,
    pub(crate) next_step: Shown,
}

impl HuntPage {
    /// The address where the list goes on.
    fn further(&self, after: &str) -> String {
        query(&format!("{}/hunt", self.frame.base()), &[("after", after)])
    }
}
