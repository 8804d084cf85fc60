//! *Activity*: who did what, what is being worked at, and which messages nobody took.

use super::badge::Badge;
use super::layout::{Frame, News};
use super::show::{Count, Shown, When, query};
use askama::Template;

/// The page.
#[derive(Template)]
#[template(path = "serve/activity.html", blocks = ["now"])]
pub(crate) struct Activity {
    pub(crate) frame: Frame,
    /// What the newest catalog has to say at once.
    pub(crate) news: Vec<News>,
    /// Newest first.
    pub(crate) jobs: Vec<Job>,
    /// Deliveries of webhooks that were given up.
    pub(crate) dead: Vec<Delivery>,
    /// The audit log, newest first. For admins: it names what others do.
    pub(crate) audit: Vec<Audited>,
    /// Where this page of the audit log begins; none: with the newest row.
    pub(crate) here: Option<i64>,
    /// Where the audit log goes on. None at its begin.
    pub(crate) before: Option<i64>,
}

/// A job.
pub(crate) struct Job {
    pub(crate) id: i64,
    pub(crate) kind: Shown,
    /// Of everybody's servers.
    pub(crate) for_all: bool,
    pub(crate) state: Badge,
    pub(crate) done: Count,
    /// None where nobody knows.
    pub(crate) total: Option<Count>,
    /// Who works at it.
    pub(crate) owner: Option<Shown>,
    pub(crate) attempts: Count,
    /// When it is tried (again). None once it has ended.
    pub(crate) due: Option<When>,
    /// Why it failed or waits.
    pub(crate) reason: Option<Shown>,
    pub(crate) made_by: Shown,
    pub(crate) made_at: When,
    pub(crate) can_retry: bool,
    pub(crate) can_cancel: bool,
}

/// A delivery that was given up.
pub(crate) struct Delivery {
    pub(crate) id: i64,
    pub(crate) event: Shown,
    /// Where to; without its secret.
    pub(crate) url: Shown,
    pub(crate) attempts: Count,
    pub(crate) reason: Shown,
    pub(crate) ended_at: When,
}

/// A row of the audit log.
pub(crate) struct Audited {
    pub(crate) sequence: i64,
    pub(crate) at: When,
    pub(crate) actor: Shown,
    pub(crate) action: Shown,
    pub(crate) subject: Shown,
    pub(crate) detail: Shown,
}

impl Activity {
    /// The address where this page is followed.
    fn live(&self) -> String {
        let here = self.here.map(|it| it.to_string()).unwrap_or_default();
        query(&format!("{}/activity/live", self.frame.base()), &[("before", &here)])
    }

    /// The address where the audit log goes on.
    fn earlier(&self, before: &i64) -> String {
        query(&format!("{}/activity", self.frame.base()), &[("before", &before.to_string())])
    }
}
