//! What columns are called, by Exchange, by Sigma rules, and by those who export.

use super::cells::Cells;

/// Names that mean the same, in lower case; the first is Exchange's.
const SAME: [&[&str]; 9] = [
    &["datetime", "timestamp", "time", "date-time", "@timestamp"],
    &["urlstem", "cs-uri-stem", "c-uri-stem", "urlpath"],
    &["method", "cs-method", "httpmethod"],
    &["httpstatus", "sc-status", "status", "statuscode"],
    &["useragent", "cs-user-agent", "c-useragent", "c-user-agent", "cs(user-agent)"],
    &["clientipaddress", "c-ip", "clientip", "clientip_or_status"],
    &["authenticateduser", "cs-username", "username", "user"],
    &["urlhost", "cs-host", "c-host", "hostname"],
    &["serverhostname", "s-computername", "servername", "server", "computername"],
];

/// The columns of a log.
pub(super) struct Columns {
    names: Vec<String>,
    pub(super) time: Option<usize>,
    pub(super) stem: Option<usize>,
    pub(super) query: Option<usize>,
    /// A column that holds one thing or another.
    either: Option<usize>,
}

impl Columns {
    /// From a header line.
    pub(super) fn new(header: &str) -> Self {
        let bare = |name: &str| name.trim_matches([' ', '"', '\t', '\r']).to_ascii_lowercase();
        let names: Vec<String> = header.split(',').map(bare).collect();
        let either = names.iter().position(|name| name.contains("_or_"));
        let mut columns = Self { names, time: None, stem: None, query: None, either };
        columns.time = columns.place("datetime");
        columns.stem = columns.place("urlstem");
        columns.query = columns.place("urlquery");
        columns
    }

    /// The column of the path, if a line shows where it stands without being cut: behind a column that may be
    /// missing, it does not.
    pub(super) fn plain_stem(&self) -> Option<usize> {
        self.stem.filter(|stem| self.either.is_none_or(|either| either > *stem))
    }

    /// In lower case.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn name(&self, place: usize) -> &str {
        self.names.get(place).map_or("", String::as_str)
    }

    /// Where a field stands: a column of that name, or of one that means the same.
    pub(super) fn place(&self, field: &str) -> Option<usize> {
        let own = |wanted: &str| self.names.iter().position(|it| it.eq_ignore_ascii_case(wanted));
        own(field).or_else(|| {
            let is_field = |name: &&str| name.eq_ignore_ascii_case(field);
            SAME.iter().find(|same| same.iter().any(is_field))?.iter().find_map(|it| own(it))
        })
    }

    /// The cells of a line.
    pub(super) fn cut<'a>(&self, line: &'a [u8]) -> Result<Cells<'a>, String> {
        // What an ECP log says last is free text.
        let free_text_last = self.names.last().is_some_and(|name| name == "eventdata");
        let mut cells = Cells::of(line, self.names.len(), free_text_last);
        self.fit(&mut cells)?;
        Ok(cells)
    }

    fn fit(&self, cells: &mut Cells<'_>) -> Result<(), String> {
        let wanted = self.names.len();
        cells.drop_empty_after(wanted);
        if cells.len().saturating_add(1) == wanted
            && let Some(either) = self.either
        {
            cells.insert_empty(either);
        }
        let count = cells.len();
        match count.cmp(&wanted) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Less => {
                Err(format!("{count} columns where the header names {wanted}: a line cut off"))
            }
            std::cmp::Ordering::Greater => {
                Err(format!("{count} columns where the header names {wanted}"))
            }
        }
    }
}
