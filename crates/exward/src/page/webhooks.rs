//! *Webhooks*: who else is told what happens. For admins.

use super::badge::Badge;
use super::layout::Frame;
use super::show::{Count, Shown, When};
use askama::Template;

/// The page.
#[derive(Template)]
#[template(path = "serve/webhooks.html")]
pub(crate) struct Webhooks {
    pub(crate) frame: Frame,
    /// In the order in which they were made.
    pub(crate) rows: Vec<Row>,
    /// What can be wanted.
    pub(crate) kinds: Vec<&'static str>,
    /// The newest messages.
    pub(crate) messages: Vec<Message>,
    /// A webhook just made: its secret is shown this once.
    pub(crate) made: Option<Made>,
}

/// A webhook.
pub(crate) struct Row {
    pub(crate) id: i64,
    /// Without path and query, which are secrets with many services.
    pub(crate) whom: Shown,
    /// Empty: all.
    pub(crate) events: Vec<Shown>,
    pub(crate) made_by: Shown,
    pub(crate) made_at: When,
    pub(crate) disabled_at: Option<When>,
}

/// A message to a webhook.
pub(crate) struct Message {
    pub(crate) event: Shown,
    pub(crate) whom: Shown,
    pub(crate) state: Badge,
    pub(crate) attempts: Count,
    pub(crate) reason: Option<Shown>,
    pub(crate) made_at: When,
}

/// A webhook just made.
pub(crate) struct Made {
    pub(crate) whom: Shown,
    /// `whsec_` and base64.
    pub(crate) secret: String,
}
