//! What somebody asked for, and how the server answered.

use crate::{Fields, Values};

/// The path of a request, by the name that rules use.
pub(crate) const STEM: &str = "cs-uri-stem";

/// What Exchange's front end adds to a query by itself when it logs.
const ADDED: [&str; 4] = ["correlationid=", "cafereqid=", "encoding=", "clientrequestid="];

/// A request.
pub(crate) struct Asked {
    /// In upper case; empty if the log does not say.
    pub(crate) method: String,
    /// As logged.
    pub(crate) stem: String,
    /// Whether the client sent a query: what Exchange adds is none.
    pub(crate) has_query: bool,
    /// `None` if the log does not say.
    pub(crate) status: Option<u16>,
}

impl Asked {
    /// Reads the request of a record.
    pub(crate) fn of(record: &dyn Fields) -> Self {
        let raw = |field: &str| record.values(field).raw().unwrap_or_default().to_owned();
        let (stem, query) = (raw(STEM), raw("cs-uri-query"));
        Self {
            method: raw("cs-method").to_ascii_uppercase(),
            // Without a column for the query, the path is given instead.
            has_query: query != stem && is_own(&query),
            status: raw("sc-status").parse().ok(),
            stem,
        }
    }

    /// Whether the method asks for the page itself. IIS answers `OPTIONS` for pages that are not there.
    pub(super) fn asks_for_page(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "POST" | "HEAD" | "PUT" | "" | "-")
    }

    /// Whether something was sent to the page.
    pub(super) fn sends(&self) -> bool {
        self.has_query || matches!(self.method.as_str(), "POST" | "PUT")
    }

    /// How the server answered, as a part of a sentence.
    pub(super) fn answer(&self) -> String {
        self.status.map_or_else(
            || "the log does not say how the server answered".to_owned(),
            |status| format!("the server answered {status}"),
        )
    }
}

fn is_own(query: &str) -> bool {
    let parts = query.split(['&', ';', '?']).map(str::trim).filter(|it| !matches!(*it, "" | "-"));
    let is_added = |part: &str| {
        let part = part.to_ascii_lowercase();
        ADDED.iter().any(|it| part.starts_with(it))
    };
    parts.into_iter().any(|part| !is_added(part))
}

/// All forms of a field; none if it is not there or not known.
pub(crate) fn forms(record: &dyn Fields, field: &str) -> Vec<String> {
    match record.values(field) {
        Values::These(all) => all.into_iter().map(std::borrow::Cow::into_owned).collect(),
        Values::Absent | Values::Unknown => Vec::new(),
    }
}
