//! The report over time, for a boss, an insurer or a customer: one file that prints well, with its own style.

use askama::Template;
use jiff::civil::Date;

use super::badge::Badge;
use super::chart::Picture;
use super::estate::Hunted;
use super::show::{Count, Shown, When};

/// The file.
#[derive(Template)]
#[template(path = "serve/report.html")]
pub(crate) struct Report {
    pub(crate) tenant: Shown,
    pub(crate) tlp: String,
    pub(crate) today: Date,
    pub(crate) catalog_as_of: Date,
    pub(crate) total: Count,
    pub(crate) protected: Count,
    pub(crate) exploited: Count,
    pub(crate) unhunted: Count,
    pub(crate) tallies: Vec<(Badge, Count)>,
    /// [`stacked`](super::chart::stacked::stacked) by verdict. None before the second day.
    pub(crate) trend: Option<Picture>,
    /// Worst first.
    pub(crate) rows: Vec<Row>,
    /// Servers left out, none worse than those shown.
    pub(crate) left_out: Count,
    pub(crate) accepted: Vec<Accepted>,
}

/// A server, with how it is known.
pub(crate) struct Row {
    pub(crate) target: Shown,
    pub(crate) verdict: Badge,
    pub(crate) release: Shown,
    pub(crate) build: Option<Shown>,
    pub(crate) open: Count,
    pub(crate) kev_open: Count,
    pub(crate) hunted: Option<Hunted>,
    pub(crate) next_step: Shown,
    /// How it is known, for example `HealthChecker, file versions`.
    pub(crate) known_by: Shown,
    pub(crate) last_seen: When,
}

/// Something that somebody lives with.
pub(crate) struct Accepted {
    pub(crate) server: Shown,
    pub(crate) cve: Shown,
    pub(crate) until: Date,
    pub(crate) by: Shown,
    pub(crate) why: Shown,
}
