//! One request of a W3C log.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::net::IpAddr;
use std::ops::Range;

use jiff::Timestamp;

use super::{Columns, W3c};
use crate::reader::decode::{self, Blanks};
use crate::reader::web;
use crate::{Fields, Record, Source, Values};

/// Names that rules use, in lower case, and the columns that may hold it.
const NAMES: [(&str, &[&str]); 14] = [
    ("cs-user-agent", &["cs(user-agent)"]),
    ("c-useragent", &["cs(user-agent)"]),
    ("c-user-agent", &["cs(user-agent)"]),
    ("cs-referer", &["cs(referer)", "cs(referrer)"]),
    ("cs-referrer", &["cs(referer)", "cs(referrer)"]),
    ("c-referer", &["cs(referer)"]),
    ("cs-cookie", &["cs(cookie)"]),
    ("c-cookie", &["cs(cookie)"]),
    ("cs-host", &["cs(host)"]),
    ("c-host", &["cs-host", "cs(host)"]),
    ("c-uri-stem", &["cs-uri-stem"]),
    ("x-forwarded-for", &["cs(x-forwarded-for)", "x_forwarded_for"]),
    ("computername", &["s-computername"]),
    ("cs-uri-port", &["s-port"]),
];

/// Headers of the client, in which IIS writes `+` for a blank.
const CLIENT_TEXTS: [&str; 5] =
    ["cs(user-agent)", "cs(referer)", "cs(referrer)", "cs(cookie)", "cs(x-forwarded-for)"];

/// What a rule asks for.
enum Asked {
    /// The path.
    Stem,
    /// The query, by itself and after the path: rules written for proxies look for paths in it.
    Query,
    /// Path and query.
    Uri,
    /// Any other column.
    Column(usize),
}

impl Columns {
    fn asked(&self, field: &str) -> Option<Asked> {
        let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(field));
        if is(&["cs-uri-query", "c-uri-query"]) {
            return (self.place("cs-uri-query").or(self.stem)).map(|_| Asked::Query);
        }
        if is(&["c-uri", "cs-uri"]) {
            return self.stem.map(|_| Asked::Uri);
        }
        let known = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(field));
        let columns = known.map_or(&[][..], |(_, columns)| *columns);
        let place = self.place(field).or_else(|| columns.iter().find_map(|it| self.place(it)))?;
        Some(if self.stem == Some(place) { Asked::Stem } else { Asked::Column(place) })
    }
}

pub(super) struct Request<'a> {
    log: &'a W3c,
    line: &'a [u8],
    cells: Vec<Range<usize>>,
    /// The forms of the query: many rules ask for them.
    query_forms: OnceCell<Vec<Cow<'a, str>>>,
}

impl<'a> Request<'a> {
    pub(super) fn new(log: &'a W3c, line: &'a [u8], cells: Vec<Range<usize>>) -> Self {
        Self { log, line, cells, query_forms: OnceCell::new() }
    }

    fn bytes(&self, place: Option<usize>) -> Option<&'a [u8]> {
        self.line.get(self.cells.get(place?)?.clone())
    }

    fn text(&self, place: Option<usize>) -> Option<Cow<'a, str>> {
        self.bytes(place).map(String::from_utf8_lossy)
    }

    /// A column that holds something.
    fn filled(&self, name: &str) -> Option<Cow<'a, str>> {
        let text = self.text(self.log.columns.place(name))?;
        (!matches!(text.as_ref(), "" | "-")).then_some(text)
    }

    fn stem(&self) -> Cow<'a, str> {
        self.text(self.log.columns.stem).unwrap_or_default()
    }

    fn query(&self) -> Option<Cow<'a, str>> {
        self.text(self.log.columns.place("cs-uri-query"))
    }

    /// Sent through a proxy that adds to the list, its last entry is the only one that the sender cannot
    /// make up.
    fn forwarded_for(&self) -> Option<Cow<'a, str>> {
        let list = ["x-forwarded-for", "cs(x-forwarded-for)", "x_forwarded_for"]
            .iter()
            .find_map(|name| self.filled(name))?;
        let last = list.rsplit(',').next()?.trim_matches(['+', ' ']);
        web::address(last).map(|it| Cow::Owned(it.to_string()))
    }

    fn is_this_server(&self, client: &str) -> bool {
        let address = client.parse::<IpAddr>();
        address.is_ok_and(|it| it.is_loopback())
            || self.filled("s-ip").is_some_and(|it| it == client)
    }
}

impl Fields for Request<'_> {
    fn values(&self, field: &str) -> Values<'_> {
        let Some(asked) = self.log.columns.asked(field) else { return Values::Absent };
        match asked {
            Asked::Stem => Values::These(web::forms(self.stem(), Blanks::AsTheyAre)),
            Asked::Query => {
                let make = || web::query_forms(self.query(), &self.stem());
                let forms = self.query_forms.get_or_init(make);
                Values::These(forms.iter().map(|it| Cow::Borrowed(it.as_ref())).collect())
            }
            Asked::Uri => {
                let uri = web::uri(&self.stem(), self.query().as_deref());
                Values::These(web::forms(Cow::Owned(uri), Blanks::Plus))
            }
            Asked::Column(place) => {
                let name = self.log.columns.names.get(place).map_or("", String::as_str);
                let is_text = CLIENT_TEXTS.contains(&name);
                let blanks = if is_text { Blanks::Plus } else { Blanks::AsTheyAre };
                self.text(Some(place))
                    .map_or(Values::Absent, |text| Values::These(web::forms(text, blanks)))
            }
        }
    }

    fn words(&self) -> Values<'_> {
        let mut words = web::forms(String::from_utf8_lossy(self.line), Blanks::AsTheyAre);
        if self.log.columns.stem.is_some() {
            let uri = web::uri(&self.stem(), self.query().as_deref());
            decode::add(&mut words, Cow::Owned(uri), Blanks::Plus);
        }
        Values::These(words)
    }
}

impl Record for Request<'_> {
    fn source(&self) -> Source {
        Source::Iis
    }

    fn at(&self) -> Option<Timestamp> {
        let columns = &self.log.columns;
        self.log.moment(self.bytes(columns.date), self.bytes(columns.time))
    }

    fn actor(&self) -> Option<Cow<'_, str>> {
        let client = self.filled("c-ip")?;
        if self.is_this_server(&client)
            && let Some(sender) = self.forwarded_for()
        {
            return Some(sender);
        }
        Some(client)
    }

    fn user(&self) -> Option<Cow<'_, str>> {
        self.filled("cs-username")
    }

    fn server(&self) -> Option<Cow<'_, str>> {
        self.filled("s-computername")
    }

    fn path(&self) -> Option<Cow<'_, str>> {
        web::file_of(self.stem())
    }

    fn cmdlet(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.line)
    }
}

/// A request of which only the path is known.
pub(super) struct StemOnly<'a> {
    columns: &'a Columns,
    stem: &'a [u8],
}

impl<'a> StemOnly<'a> {
    pub(super) fn new(columns: &'a Columns, stem: &'a [u8]) -> Self {
        Self { columns, stem }
    }
}

impl Fields for StemOnly<'_> {
    fn values(&self, field: &str) -> Values<'_> {
        match self.columns.asked(field) {
            None => Values::Absent,
            Some(Asked::Stem) => {
                Values::These(web::forms(String::from_utf8_lossy(self.stem), Blanks::AsTheyAre))
            }
            Some(Asked::Query | Asked::Uri | Asked::Column(_)) => Values::Unknown,
        }
    }

    fn words(&self) -> Values<'_> {
        Values::Unknown
    }
}
