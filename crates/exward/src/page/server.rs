//! *Server*: the verdict and why, its CVEs over time, what it was seen as, and the traces found.

use askama::Template;
use jiff::civil::Date;

use super::badge::Badge;
use super::chart::Picture;
use super::estate::Hunted;
use super::layout::Frame;
use super::show::{Count, Shown, When};

/// The page.
#[derive(Template)]
#[template(path = "serve/server.html")]
pub(crate) struct Server {
    pub(crate) frame: Frame,
    pub(crate) id: i64,
    pub(crate) target: Shown,
    pub(crate) name: Option<Shown>,
    pub(crate) site: Option<Shown>,
    pub(crate) tags: Vec<Shown>,
    pub(crate) verdict: Badge,
    pub(crate) release: Shown,
    pub(crate) build: Option<Shown>,
    /// For example `supported until 2026-10-14`; empty where unknown.
    pub(crate) support: Shown,
    pub(crate) reasons: Vec<Shown>,
    pub(crate) next_step: Shown,
    pub(crate) first_seen: When,
    pub(crate) last_seen: When,
    /// The page shows the server as it was known then. None: now.
    pub(crate) as_of: Option<When>,
    pub(crate) hunted: Option<Hunted>,
    pub(crate) findings: Vec<Finding>,
    /// CVEs not listed because there are too many.
    pub(crate) findings_more: Count,
    pub(crate) evidence: Vec<Evidence>,
    /// Oldest first.
    pub(crate) spans: Vec<Span>,
    /// [`timeline`](super::chart::timeline::timeline) of the spans and hunts. None without any.
    pub(crate) history: Option<Picture>,
    /// Newest first.
    pub(crate) hunts: Vec<Hunt>,
    /// Of the hunt that speaks for it, oldest first.
    pub(crate) sightings: Vec<Sighting>,
    pub(crate) sightings_more: Count,
    /// Name and address of each form to take away.
    pub(crate) exports: Vec<Export>,
}

/// A CVE on this server, over time.
pub(crate) struct Finding {
    pub(crate) cve: Shown,
    pub(crate) kev: bool,
    /// New, open, fixed, reopened, accepted.
    pub(crate) state: Badge,
    /// Its status if everything that is not known is well, and if it is not.
    pub(crate) best: Badge,
    pub(crate) worst: Badge,
    /// Why the two differ, or what is missing; may be empty.
    pub(crate) why: Shown,
    /// The update that closes it; empty where none does.
    pub(crate) fixed_in: Shown,
    pub(crate) since: Option<Date>,
    pub(crate) days_open: Option<Count>,
    pub(crate) accepted: Option<Accepted>,
    /// Whether it can be accepted: it is open, and nobody did.
    pub(crate) can_accept: bool,
}

/// Somebody lives with it until a day.
pub(crate) struct Accepted {
    pub(crate) id: i64,
    pub(crate) until: Date,
    pub(crate) by: Shown,
    pub(crate) why: Shown,
}

/// One piece of what was seen.
pub(crate) struct Evidence {
    pub(crate) kind: Shown,
    pub(crate) value: Shown,
    /// Where it was read; may be empty.
    pub(crate) place: Shown,
    pub(crate) at: Option<When>,
}

/// What the server was, from its first to its last sight.
pub(crate) struct Span {
    pub(crate) from: When,
    pub(crate) to: When,
    pub(crate) times: Count,
    pub(crate) verdict: Badge,
    pub(crate) release: Shown,
    pub(crate) build: Option<Shown>,
    /// What was read, for example the name of a feed.
    pub(crate) source: Shown,
}

/// A hunt.
pub(crate) struct Hunt {
    pub(crate) id: i64,
    /// It asks to act, settled or not.
    pub(crate) is_alarm: bool,
    pub(crate) settled: Option<Settled>,
    pub(crate) at: When,
    pub(crate) hunted: Hunted,
    pub(crate) reasons: Vec<Shown>,
    pub(crate) next_step: Shown,
}

/// That somebody has settled an alarm.
pub(crate) struct Settled {
    pub(crate) at: When,
    pub(crate) by: Shown,
    pub(crate) why: Shown,
}

/// A trace.
pub(crate) struct Sighting {
    /// None where the record names no time.
    pub(crate) at: Option<When>,
    pub(crate) stage: Badge,
    pub(crate) confidence: Shown,
    pub(crate) who: Shown,
    pub(crate) what: Shown,
    pub(crate) place: Shown,
    pub(crate) record: Shown,
    pub(crate) rule: Shown,
}

/// A form to take away.
pub(crate) struct Export {
    pub(crate) name: &'static str,
    pub(crate) href: String,
}

impl Server {
    /// How much evidence there is.
    fn pieces(&self) -> String {
        Count(self.evidence.len() as u64).of("piece", "pieces").to_string()
    }
}
