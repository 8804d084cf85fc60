//! What one address is asked, service by service, behind one trait.
//!
//! # Invariants
//! * **P1 only what an anonymous client may ask.** The paths of [`questions::Question`] and the verbs of
//!   `mail` are all there is: no query string, no cookie, no body, no build guessed into a path.
//! * **P2 as little as decides.** Questions stop as soon as the answers settle what has to be done.
//! * **P3 one connection at a time.** A further one is opened only after the one before it is closed.

mod mail;
pub(crate) mod metered;
mod questions;
mod web;

use std::net::SocketAddr;

use exward_core::evidence::Evidence;
use tokio::time::timeout;

use crate::connection::Opener;
use crate::endpoint::Service;
use crate::visit::{Failure, Front};

pub use crate::connection::Stream;
pub use mail::converse_over;
pub use questions::{Question, Wishes};
pub use web::ask_over;

/// Says whether the evidence so far settles what has to be done; the core knows.
pub type Settled = dyn Fn(&[Evidence]) -> bool + Send + Sync;

/// Everything that a conversation needs to know.
pub(crate) struct Context<'a> {
    pub(crate) opener: &'a Opener,
    pub(crate) at: SocketAddr,
    pub(crate) service: Service,
    /// The name that was given; `None` for a bare address.
    pub(crate) name: Option<&'a str>,
    pub(crate) wishes: Wishes,
    pub(crate) user_agent: &'a str,
    pub(crate) settled: &'a Settled,
    /// Whether a name that a certificate shows may be used: the rules hold for it, too.
    pub(crate) may_name: &'a (dyn Fn(&str) -> bool + Send + Sync),
}

/// A way of asking one address.
pub(crate) trait Probe {
    /// Asks, and adds what came back to the front. Never fails: what goes wrong is a failure of the front.
    fn ask(&self, context: &Context<'_>, front: &mut Front) -> impl Future<Output = ()> + Send;
}

/// Asks one address everything, within the total patience. What came back until then is kept.
pub(crate) async fn ask(context: &Context<'_>) -> Front {
    let mut front = Front::new(context.at.ip(), context.at.port());
    let total = context.opener.patience.total;
    let asked = match context.service {
        Service::Https | Service::Http => timeout(total, web::Web.ask(context, &mut front)).await,
        Service::Smtp
        | Service::Smtps
        | Service::Imap
        | Service::Imaps
        | Service::Pop
        | Service::Pops => timeout(total, mail::Mail.ask(context, &mut front)).await,
    };
    if asked.is_err() {
        let why = format!("not finished within {} s", total.as_secs_f32());
        front.failures.push(Failure::passing(why));
    }
    front
}
