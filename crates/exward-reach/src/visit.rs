//! What one visit brought back, as it came: the journal keeps it, and evidence is drawn from it anew.
//!
//! # Invariants
//! * **V1 nothing is judged here.** A visit holds answers; [`Visit::front_ends`] asks `exward-read` what they
//!   say, and the core decides.
//! * **V2 kept is what is judged.** Evidence comes from what the journal keeps, so that a resumed run says
//!   the same as one that was never interrupted.

mod evidence;
mod wire;

use std::net::IpAddr;

use exward_core::tls::TlsFacts;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use evidence::NamedEvidence;

/// Everything that the visit of one target brought back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// When it was asked.
    pub at: Timestamp,
    /// One for each address asked; empty if there was none to ask.
    pub fronts: Vec<Front>,
    /// Why nothing was asked: no such name, out of scope; `None` if something was.
    pub not_asked: Option<String>,
    /// True if that may pass: a name server that did not answer.
    #[serde(default)]
    pub may_pass: bool,
}

/// What one address answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Front {
    /// The address.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// Why the rules refuse to ask it; `None` if it was asked.
    #[serde(default)]
    pub refused: Option<String>,
    /// The name from its certificate by which it was asked again, if a bare address was turned away.
    pub asked_as: Option<String>,
    /// What the handshake told; `None` without TLS.
    #[serde(with = "wire::tls_facts")]
    pub tls: Option<TlsFacts>,
    /// The answers, in the order of the questions.
    pub answers: Vec<Answer>,
    /// What went wrong, in the order in which it did; empty if every question was answered.
    pub failures: Vec<Failure>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Of a web server.
    Web {
        /// Path asked for.
        path: String,
        /// True if the path was made up and exists nowhere.
        control: bool,
        /// Status.
        status: u16,
        /// Headers in order, repeated ones repeated.
        headers: Vec<(String, String)>,
        /// As much of the page as was needed.
        body: String,
    },
    /// Of a mail server.
    Mail {
        /// First line.
        greeting: String,
        /// Lines of the answer to EHLO without their code; empty if it was not asked.
        verbs: Vec<String>,
        /// NTLM challenge, if it was asked for one.
        challenge: Option<String>,
    },
}

/// Why a question had no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong, for a person.
    pub why: String,
    /// True if it may go better later: a timeout, a reset, a server that asks to be left alone for a while.
    pub passing: bool,
    /// Seconds after which the server says that it may be asked again.
    pub retry_after_s: Option<u64>,
}

/// This machine has no way to that network: mostly one without IPv6. It says nothing about the server.
pub(crate) const NO_ROUTE: &str = "no route from this machine to that network";

impl Failure {
    /// One that a later retry may mend.
    pub(crate) fn passing(why: impl Into<String>) -> Self {
        Self { why: why.into(), passing: true, retry_after_s: None }
    }

    /// One that stays.
    pub(crate) fn lasting(why: impl Into<String>) -> Self {
        Self { why: why.into(), passing: false, retry_after_s: None }
    }
}

impl Front {
    pub(crate) const fn new(address: IpAddr, port: u16) -> Self {
        Self {
            address,
            port,
            refused: None,
            asked_as: None,
            tls: None,
            answers: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// True if this machine could not even try.
    fn is_out_of_reach(&self) -> bool {
        self.answers.is_empty() && self.failures.iter().any(|it| it.why == NO_ROUTE)
    }

    /// True if it gave no answer, and may do so later.
    fn may_answer_later(&self) -> bool {
        self.failures.iter().any(|it| it.passing)
    }

    /// How many answers say more than "not now".
    fn weight(&self) -> usize {
        let says = |it: &&Answer| !matches!(it, Answer::Web { status: 429 | 503, .. });
        self.answers.iter().filter(says).count()
    }
}

impl Visit {
    /// A visit that asked nothing.
    #[must_use]
    pub const fn not_asked(at: Timestamp, why: String) -> Self {
        Self { at, fronts: Vec::new(), not_asked: Some(why), may_pass: false }
    }

    /// This visit, with what an earlier one heard of an address that now says less.
    #[must_use]
    pub fn with_the_better_of(mut self, before: Self) -> Self {
        if self.fronts.is_empty() && !before.fronts.is_empty() {
            return before;
        }
        for earlier in before.fronts {
            let same = |it: &&mut Front| (it.address, it.port) == (earlier.address, earlier.port);
            if let Some(now) = self.fronts.iter_mut().find(same)
                && now.weight() < earlier.weight()
            {
                *now = earlier;
            }
        }
        self
    }

    /// True if nobody is there: nothing answered, shook hands or took a connection.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        let nobody = |it: &Failure| {
            ["no connection", "no route", "connection refused"]
                .iter()
                .any(|why| it.why.starts_with(why))
        };
        let absent = |it: &Front| {
            it.answers.is_empty() && it.tls.is_none() && it.failures.iter().all(nobody)
        };
        self.fronts.iter().all(absent)
    }

    /// True if nothing answered.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.fronts.iter().all(|front| front.answers.is_empty())
    }

    /// True if a later retry may bring more.
    #[must_use]
    pub fn deserves_retry(&self) -> bool {
        self.may_pass || self.fronts.iter().any(Front::may_answer_later)
    }

    /// Seconds that a server asked to be left alone, the most of them.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u64> {
        let failures = self.fronts.iter().flat_map(|front| &front.failures);
        failures.filter_map(|it| it.retry_after_s).max()
    }
}
