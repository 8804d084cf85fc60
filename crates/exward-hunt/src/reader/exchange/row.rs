//! One row of a CSV log of Exchange.

use std::borrow::Cow;

use jiff::Timestamp;

use super::audit::Audit;
use super::cells::Cells;
use super::columns::Columns;
use super::ecp;
use crate::reader::decode::{self, Blanks};
use crate::reader::{cmdlet, time, web};
use crate::{Fields, Record, Source, Values};

pub(super) struct Row<'a> {
    source: Source,
    columns: &'a Columns,
    line: &'a [u8],
    cells: Cells<'a>,
    audit: Option<Audit>,
}

impl<'a> Row<'a> {
    pub(super) fn new(
        source: Source,
        columns: &'a Columns,
        line: &'a [u8],
        cells: Cells<'a>,
    ) -> Self {
        let mut row = Self { source, columns, line, cells, audit: None };
        if source == Source::Audit {
            row.audit = row.cell("data").and_then(|cell| Audit::of(&cell));
        }
        row
    }

    fn cell(&self, field: &str) -> Option<Cow<'_, str>> {
        self.cells.text(self.columns.place(field)?)
    }

    /// A cell that holds something.
    fn filled(&self, field: &str) -> Option<Cow<'_, str>> {
        self.cell(field).filter(|it| !matches!(it.trim(), "" | "-" | "<null>"))
    }

    fn stem(&self) -> Cow<'_, str> {
        self.columns.stem.and_then(|it| self.cells.text(it)).unwrap_or_default()
    }

    fn query(&self) -> Option<Cow<'_, str>> {
        self.columns.query.and_then(|it| self.cells.text(it))
    }

    fn event_data(&self) -> Cow<'_, str> {
        let is_ecp = matches!(self.source, Source::EcpServer | Source::EcpActivity);
        is_ecp.then(|| self.cell("eventdata")).flatten().unwrap_or_default()
    }

    /// Cmdlet and parameters, of the logs that tell them.
    fn command(&self) -> Option<(Cow<'_, str>, String)> {
        match self.source {
            Source::Cmdlet => {
                let parameters = self.cell("parameters").unwrap_or_default().into_owned();
                Some((self.filled("cmdlet")?, parameters))
            }
            Source::Audit => {
                let parameters = self.audit.as_ref().map(|it| it.parameters.clone());
                Some((self.filled("operation")?, parameters.unwrap_or_default()))
            }
            Source::EcpServer | Source::EcpActivity => {
                let cell = self.event_data();
                let command = ecp::parts(&cell).into_iter().find(|it| it.name == "CMD")?;
                let text = ecp::unquoted(command.raw);
                let (name, parameters) = ecp::command(&text)?;
                Some((Cow::Owned(name.to_owned()), parameters))
            }
            Source::Iis
            | Source::HttpProxy
            | Source::RpsHttp
            | Source::Ews
            | Source::OabGenerator
            | Source::ExchangeOther
            | Source::Events(_)
            | Source::WebFolder
            | Source::Config => None,
        }
    }

    /// What stands within a cell under a name of its own.
    fn inner(&self, field: &str) -> Option<Vec<Cow<'_, str>>> {
        if let Some(audit) = &self.audit {
            if field.eq_ignore_ascii_case("parameters") {
                return Some(vec![Cow::Borrowed(&audit.parameters)]);
            }
            return audit.value(field).map(|it| vec![Cow::Owned(it)]);
        }
        let cell = self.event_data();
        let part = ecp::parts(&cell).into_iter().find(|it| it.name.eq_ignore_ascii_case(field))?;
        let mut forms = web::forms(Cow::Owned(part.raw.to_owned()), Blanks::AsTheyAre);
        decode::add(
            &mut forms,
            Cow::Owned(ecp::unquoted(part.raw).into_owned()),
            Blanks::AsTheyAre,
        );
        Some(forms)
    }
}

/// What a rule asks for.
enum Asked {
    /// The query, by itself and after the path.
    Query,
    /// Path and query.
    Uri,
    /// A column.
    Column(usize),
}

impl Columns {
    fn asked(&self, field: &str) -> Option<Asked> {
        let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(field));
        if is(&["cs-uri-query", "c-uri-query"]) {
            return self.query.or(self.stem).map(|_| Asked::Query);
        }
        if is(&["c-uri", "cs-uri"]) {
            return self.stem.map(|_| Asked::Uri);
        }
        self.place(field).map(Asked::Column)
    }
}

fn blanks_of(column: &str) -> Blanks {
    match column {
        "useragent" => Blanks::ForCommas,
        "urlquery" => Blanks::Plus,
        _ => Blanks::AsTheyAre,
    }
}

impl Fields for Row<'_> {
    fn values(&self, field: &str) -> Values<'_> {
        if let Some(forms) = self.inner(field) {
            return Values::These(forms);
        }
        match self.columns.asked(field) {
            None => Values::Absent,
            Some(Asked::Query) => Values::These(web::query_forms(self.query(), &self.stem())),
            Some(Asked::Uri) => {
                let uri = web::uri(&self.stem(), self.query().as_deref());
                Values::These(web::forms(Cow::Owned(uri), Blanks::Plus))
            }
            Some(Asked::Column(place)) => {
                let blanks = blanks_of(self.columns.name(place));
                self.cells
                    .text(place)
                    .map_or(Values::Absent, |text| Values::These(web::forms(text, blanks)))
            }
        }
    }

    fn words(&self) -> Values<'_> {
        let mut words = web::forms(String::from_utf8_lossy(self.line), Blanks::AsTheyAre);
        if self.columns.stem.is_some() {
            let uri = web::uri(&self.stem(), self.query().as_deref());
            decode::add(&mut words, Cow::Owned(uri), Blanks::Plus);
        }
        let cell = self.event_data();
        for part in ecp::parts(&cell) {
            decode::add(
                &mut words,
                Cow::Owned(ecp::unquoted(part.raw).into_owned()),
                Blanks::AsTheyAre,
            );
        }
        if let Some((name, parameters)) = self.command() {
            words.push(Cow::Owned(cmdlet::sentence(&name, &parameters)));
        }
        Values::These(words)
    }
}

impl Record for Row<'_> {
    fn source(&self) -> Source {
        self.source
    }

    fn at(&self) -> Option<Timestamp> {
        time::stamp(self.cells.text(self.columns.time?)?.as_bytes())
    }

    fn actor(&self) -> Option<Cow<'_, str>> {
        let text = self.filled("clientipaddress")?;
        web::address(&text).map(|it| Cow::Owned(it.to_string()))
    }

    fn user(&self) -> Option<Cow<'_, str>> {
        let audited = || self.audit.as_ref().and_then(|it| it.value("UserId")).map(Cow::Owned);
        self.filled("authenticateduser").or_else(audited).or_else(|| self.filled("userkey"))
    }

    fn server(&self) -> Option<Cow<'_, str>> {
        self.filled("serverhostname")
    }

    fn path(&self) -> Option<Cow<'_, str>> {
        if self.columns.stem.is_some() {
            return web::file_of(self.stem());
        }
        let (_, parameters) = self.command()?;
        cmdlet::file(&parameters).map(|it| Cow::Owned(it.to_owned()))
    }

    fn cmdlet(&self) -> Option<Cow<'_, str>> {
        self.command().map(|(name, _)| name)
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.line)
    }
}

/// A request of which only the path is known.
pub(super) struct StemOnly<'a> {
    columns: Option<&'a Columns>,
    stem: &'a [u8],
}

impl<'a> StemOnly<'a> {
    pub(super) fn new(columns: Option<&'a Columns>, stem: &'a [u8]) -> Self {
        Self { columns, stem }
    }
}

impl Fields for StemOnly<'_> {
    fn values(&self, field: &str) -> Values<'_> {
        let Some(columns) = self.columns else { return Values::Unknown };
        match columns.asked(field) {
            None => Values::Absent,
            Some(Asked::Column(place)) if columns.stem == Some(place) => {
                Values::These(web::forms(String::from_utf8_lossy(self.stem), Blanks::AsTheyAre))
            }
            Some(Asked::Query | Asked::Uri | Asked::Column(_)) => Values::Unknown,
        }
    }

    fn words(&self) -> Values<'_> {
        Values::Unknown
    }
}
