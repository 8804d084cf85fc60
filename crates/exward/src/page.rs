//! The pages of `exward serve`, as text: a view of what is known goes in, HTML comes out. No store, no clock, no
//! request here; whoever calls has looked up what is shown and who may see it.
//!
//! # Invariants
//! * **PG1 inert**: text of others is only ever a [`Shown`]: plain, cut to a limit, and escaped where it is written.
//!   A class, an address or a script is never made from it.
//! * **PG2 whole without a script**: every page says everything and every form works without one; what `live.js`
//!   refreshes is a part that was there before.
//! * **PG3 nothing inline**: no script, style or handler stands in a page, so the policy needs no exception. Only the
//!   [`report`], which is a file and not served, brings its style along.
//! * **PG4 readable by everybody**: one `h1`, a label for every field, a scope for every heading of a table, a table
//!   behind every picture, and no meaning that only a colour has.
//! * **PG5 every form carries the key of its session**: `form_key`, without which no form is taken.
//! * **PG6 pictures stay in their frame**: whatever is drawn is finite and inside the view box.

pub(crate) mod activity;
pub(crate) mod badge;
pub(crate) mod campaign;
pub(crate) mod catalog;
pub(crate) mod chart;
pub(crate) mod estate;
pub(crate) mod hunt;
pub(crate) mod layout;
pub(crate) mod people;
pub(crate) mod report;
pub(crate) mod rollouts;
pub(crate) mod runs;
pub(crate) mod schedules;
pub(crate) mod server;
pub(crate) mod show;
pub(crate) mod sign_in;
pub(crate) mod webhooks;

#[cfg(test)]
mod tests;

/// The style of every page, served as `/assets/exward.css`.
pub(crate) const CSS: &str = include_str!("../assets/exward.css");

/// The script that refreshes parts, served as `/assets/live.js`.
pub(crate) const LIVE: &str = include_str!("../assets/live.js");
