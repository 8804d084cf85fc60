//! *Campaigns*: one CVE or one update over the whole tenant, until nobody is left.

use askama::Template;
use jiff::civil::Date;

use super::badge::Badge;
use super::chart::Picture;
use super::layout::Frame;
use super::show::{Count, Shown, part, query};

/// The list of campaigns.
#[derive(Template)]
#[template(path = "serve/campaigns.html")]
pub(crate) struct Campaigns {
    pub(crate) frame: Frame,
    /// Known-exploited CVEs, most servers first.
    pub(crate) exploited: Vec<Line>,
    /// Newest updates.
    pub(crate) updates: Vec<Line>,
}

/// A campaign in the list.
pub(crate) struct Line {
    /// As its address names it: `CVE-2026-42897` or `Jun26SU`.
    pub(crate) name: String,
    pub(crate) title: Shown,
    /// When it was published or first known to be exploited.
    pub(crate) since: Option<Date>,
    pub(crate) done: Count,
    pub(crate) total: Count,
}

/// One campaign.
#[derive(Template)]
#[template(path = "serve/campaign.html")]
pub(crate) struct Campaign {
    pub(crate) frame: Frame,
    pub(crate) name: String,
    pub(crate) title: Shown,
    pub(crate) kev: bool,
    /// First known to be exploited.
    pub(crate) exploited_since: Option<Date>,
    /// The update that closes it, or the day it was published.
    pub(crate) fix: Shown,
    pub(crate) done: Count,
    pub(crate) total: Count,
    pub(crate) tallies: Vec<(Badge, Count)>,
    /// [`burn_down`](super::chart::curve::burn_down). None before the first day.
    pub(crate) curve: Option<Picture>,
    /// Why servers are stuck: reason, and how many, most first.
    pub(crate) stuck: Vec<(Shown, Count)>,
    /// Worst first.
    pub(crate) rows: Vec<Row>,
    pub(crate) after: Option<String>,
}

/// A server of a campaign.
pub(crate) struct Row {
    pub(crate) server: i64,
    pub(crate) target: Shown,
    pub(crate) state: Badge,
    pub(crate) release: Shown,
    pub(crate) since: Option<Date>,
    pub(crate) days_open: Option<Count>,
    pub(crate) next_step: Shown,
}

impl Line {
    /// Its address.
    fn href(&self, base: &str) -> String {
        format!("{base}/campaigns/{}", part(&self.name))
    }
}

impl Campaign {
    /// How far it is, in one sentence.
    fn sentence(&self) -> String {
        let left = Count(self.total.0.saturating_sub(self.done.0));
        let name = Shown::of(&self.name);
        match (self.total.0, left.0) {
            (0, _) => format!("{name} concerns no server"),
            (_, 0) => format!("{name}: all {} done", self.total),
            _ => format!("{name}: {left} of {} left", self.total.of("server", "servers")),
        }
    }

    /// The address where the list goes on.
    fn further(&self, after: &str) -> String {
        let path = format!("{}/campaigns/{}", self.frame.base(), part(&self.name));
        query(&path, &[("after", after)])
    }
}
