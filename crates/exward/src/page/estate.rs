//! *Estate*: one sentence, the counts, and the servers, worst first.

use super::badge::{Badge, Tone};
use super::layout::{Frame, News};
use super::show::{Count, Reach, Shown, When, query};
use askama::Template;

/// The page.
#[derive(Template)]
#[template(path = "serve/estate.html", blocks = ["now"])]
pub(crate) struct Estate {
    pub(crate) frame: Frame,
    /// All servers of the tenant.
    pub(crate) total: Count,
    /// Those patched or mitigated with proof.
    pub(crate) protected: Count,
    /// Those with a known-exploited CVE open.
    pub(crate) exploited: Count,
    /// Those that nobody hunted.
    pub(crate) unhunted: Count,
    /// Of all servers: target and next step of the worst. None where nothing is to be done.
    pub(crate) worst: Option<(Shown, Shown)>,
    /// What the newest catalog has to say at once.
    pub(crate) news: Vec<News>,
    /// By verdict, worst first.
    pub(crate) tallies: Vec<Tally>,
    pub(crate) filter: Filter,
    /// Sites and tags that can be chosen.
    pub(crate) sites: Vec<Shown>,
    pub(crate) tags: Vec<Shown>,
    /// Those that pass the filter, worst first.
    pub(crate) rows: Vec<Row>,
    /// Where this page of the list begins; empty at its begin.
    pub(crate) here: String,
    /// Where the list goes on, as one value for `after`. None at the end.
    pub(crate) after: Option<String>,
}

/// Servers with one verdict.
pub(crate) struct Tally {
    /// As the filter names it.
    pub(crate) name: &'static str,
    pub(crate) verdict: Badge,
    pub(crate) servers: Count,
}

/// What is looked for. Empty: everything.
#[derive(Default)]
pub(crate) struct Filter {
    pub(crate) verdict: String,
    pub(crate) text: String,
    pub(crate) site: String,
    pub(crate) tag: String,
    pub(crate) kev_only: bool,
}

/// A server in the list.
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) target: Shown,
    /// Where it differs from the target.
    pub(crate) name: Option<Shown>,
    pub(crate) site: Option<Shown>,
    pub(crate) verdict: Badge,
    /// Product, CU and update; empty where nothing is known.
    pub(crate) release: Shown,
    /// The four numbers.
    pub(crate) build: Option<Shown>,
    /// Open CVEs, and those of them known to be exploited.
    pub(crate) open: Count,
    pub(crate) kev_open: Count,
    /// What is known of mitigations. None: no evidence says.
    pub(crate) mitigation: Option<Shown>,
    /// What the hunt came to, and how far it reaches. None: never hunted.
    pub(crate) hunted: Option<Hunted>,
    pub(crate) next_step: Shown,
    pub(crate) last_seen: When,
}

impl Row {
    /// What is said where no CVE is open: nothing good where nobody can tell.
    fn none_open(&self) -> &'static str {
        if self.verdict.tone == Tone::Look { "cannot tell" } else { "none" }
    }
}

/// What a hunt came to.
#[derive(Clone, Copy)]
pub(crate) struct Hunted {
    pub(crate) verdict: Badge,
    /// Somebody has settled what it asked for.
    pub(crate) is_settled: bool,
    /// None where no log says anything.
    pub(crate) reach: Option<Reach>,
}

impl Filter {
    /// Whether something is left out.
    pub(crate) fn is_any(&self) -> bool {
        self.kev_only
            || [&self.verdict, &self.text, &self.site, &self.tag].iter().any(|it| !it.is_empty())
    }
}

impl Estate {
    /// The whole estate in one sentence.
    fn sentence(&self) -> String {
        let (protected, total) = (self.protected, self.total);
        match (protected.0, total.0) {
            (1, 1) => "The server is protected".to_owned(),
            (some, all) if some == all => format!("All {total} servers are protected"),
            _ => format!("{protected} of {} protected", total.of("server", "servers")),
        }
    }

    /// The address where the list goes on, with the same filter.
    fn further(&self, after: &str) -> String {
        self.address(&self.frame.home(), after)
    }

    /// The address where this page is followed.
    fn live(&self) -> String {
        self.address(&format!("{}/live", self.frame.base()), &self.here)
    }

    fn address(&self, path: &str, after: &str) -> String {
        let Filter { verdict, text, site, tag, kev_only } = &self.filter;
        let kev = if *kev_only { "1" } else { "" };
        let pairs = [("verdict", verdict.as_str()), ("text", text), ("site", site), ("tag", tag)];
        let pairs: Vec<_> = pairs.into_iter().chain([("kev", kev), ("after", after)]).collect();
        query(path, &pairs)
    }
}
