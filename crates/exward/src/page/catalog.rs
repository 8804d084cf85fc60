//! *Catalog*: what verdicts rest on, and what it says about one build.

use askama::Template;
use jiff::civil::Date;

use super::layout::Frame;
use super::show::{Count, Shown};

/// The page.
#[derive(Template)]
#[template(path = "serve/catalog.html")]
pub(crate) struct CatalogPage {
    pub(crate) frame: Frame,
    pub(crate) builds: Count,
    pub(crate) cves: Count,
    /// The newest update of each product line.
    pub(crate) newest: Vec<Newest>,
    /// Known-exploited CVEs, newest first.
    pub(crate) exploited: Vec<Exploited>,
    pub(crate) withdrawn: Vec<Withdrawn>,
    /// What was asked for, as typed.
    pub(crate) asked: String,
    /// None where nothing was asked for.
    pub(crate) answer: Option<Answer>,
}

/// The newest update of a product line.
pub(crate) struct Newest {
    pub(crate) product: Shown,
    pub(crate) cu: Shown,
    pub(crate) update: Shown,
    pub(crate) build: Shown,
    pub(crate) published: Option<Date>,
    pub(crate) support: Shown,
}

/// A known-exploited CVE.
pub(crate) struct Exploited {
    pub(crate) cve: Shown,
    pub(crate) title: Shown,
    pub(crate) listed: Option<Date>,
    /// Whether ransomware is known to use it.
    pub(crate) ransomware: bool,
}

/// An update that Microsoft took back.
pub(crate) struct Withdrawn {
    pub(crate) update: Shown,
    pub(crate) on: Option<Date>,
    pub(crate) why: Shown,
}

/// What the catalog says about a build.
pub(crate) enum Answer {
    /// It is no build, or the catalog does not know it.
    Nothing(Shown),
    Known {
        build: Shown,
        release: Shown,
        published: Option<Date>,
        support: Shown,
        open: Vec<(Shown, bool)>,
        next_step: Shown,
    },
}
