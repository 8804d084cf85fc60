//! *Campaigns*: one CVE or one update over the whole tenant, until nobody is left.

use jiff::civil::Date;

use super::badge::Badge;
use super::chart::Picture;
use super::layout::Frame;
use super::show::{Count, Shown};

/// The list of campaigns.
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
    /// [`burn_down`](super::chart::burn_down). None before the first day.
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
