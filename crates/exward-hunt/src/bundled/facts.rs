//! Lists of addresses, hashes, domains and names that intruders used, each row with its source.
//!
//! A row is `value,kind,what,source,date`. Addresses and domains change hands, and file names are chosen
//! again by others; that is why the date stands in every row and is told with every sighting.

use std::fmt;
use std::net::IpAddr;

use exward_read::table::Cells;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FactKind {
    /// `address`
    Address,
    /// `domain`: it, and names below it.
    Domain,
    /// `sha256` of a tool.
    Hash,
    /// `shell-sha256` of a web shell.
    ShellHash,
    /// `shell-name`: a file name that no harmless page is known to have.
    ShellName,
    /// `shell-name-here`: telling only where no stranger may stand; harmless pages have it elsewhere.
    OrdinaryName,
}

const KINDS: [(&str, FactKind); 6] = [
    ("address", FactKind::Address),
    ("domain", FactKind::Domain),
    ("sha256", FactKind::Hash),
    ("shell-sha256", FactKind::ShellHash),
    ("shell-name", FactKind::ShellName),
    ("shell-name-here", FactKind::OrdinaryName),
];

/// One row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// What the value is.
    pub(crate) kind: FactKind,
    /// In lower case.
    pub(crate) value: String,
    /// What it belongs to, in a few words: `FIN7 SSH backdoor`.
    pub(crate) what: String,
    /// Who says so.
    pub(crate) source: String,
    /// When they said so: `2021-03-02`, `2022-12`.
    pub(crate) date: String,
}

impl fmt::Display for Fact {
    /// `FIN7 SSH backdoor, according to …, 2022-12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, according to {}, {}", self.what, self.source, self.date)
    }
}

/// All lists together, sorted by value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts(Vec<Fact>);

const HEADER: &str = "value,kind,what,source,date";

impl Facts {
    /// Reads tables by name and text. What cannot be read is named, and the others still work.
    pub(super) fn load<'t>(
        tables: impl Iterator<Item = (&'t str, &'t str)>,
    ) -> (Self, Vec<String>) {
        let (mut facts, mut refused) = (Vec::new(), Vec::new());
        let mut cells = Cells::default();
        for (name, text) in tables {
            for (line, row) in (1..).zip(text.lines()).skip(1) {
                let split = cells.split(row).map_err(|why| why.to_string());
                match split.and_then(|()| fact(&cells)) {
                    Ok(fact) => facts.push(fact),
                    Err(why) => refused.push(format!("{name}, line {line}: {why}")),
                }
            }
        }
        facts.sort_by(|a, b| a.value.cmp(&b.value));
        facts.dedup_by(|later, first| {
            let again = later.value == first.value;
            if again {
                refused.push(format!("`{}` stands in two rows", later.value));
            }
            again
        });
        (Self(facts), refused)
    }

    fn find(&self, value: &str) -> Option<&Fact> {
        let at = self.0.binary_search_by(|it| it.value.as_str().cmp(value)).ok()?;
        self.0.get(at)
    }

    /// An address on a list.
    pub(crate) fn address(&self, address: &str) -> Option<&Fact> {
        // `::ffff:192.0.2.1` is the same address.
        let address = address.parse::<IpAddr>().ok()?.to_canonical().to_string();
        self.find(&address).filter(|it| it.kind == FactKind::Address)
    }

    /// A SHA-256 in hexadecimal digits, whatever their case.
    pub(crate) fn hash(&self, hash: &str) -> Option<&Fact> {
        let found = self.find(&hash.to_ascii_lowercase());
        found.filter(|it| matches!(it.kind, FactKind::Hash | FactKind::ShellHash))
    }

    /// A domain on a list, or a name below one.
    pub(crate) fn domain(&self, name: &str) -> Option<&Fact> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let below = name.match_indices('.').filter_map(|(at, _)| name.get(at.saturating_add(1)..));
        let mut names = std::iter::once(name.as_str()).chain(below);
        names.find_map(|it| self.find(it).filter(|it| it.kind == FactKind::Domain))
    }

    /// A file name (without folders) that no harmless page is known to have.
    pub(crate) fn shell_name(&self, name: &str) -> Option<&Fact> {
        let found = self.find(&name.to_ascii_lowercase());
        found.filter(|it| it.kind == FactKind::ShellName)
    }

    /// A file name that web shells had, for a page that stands where no stranger may.
    pub(crate) fn shell_name_here(&self, name: &str) -> Option<&Fact> {
        let found = self.find(&name.to_ascii_lowercase());
        found.filter(|it| matches!(it.kind, FactKind::ShellName | FactKind::OrdinaryName))
    }

    /// The values of one kind, sorted.
    pub(crate) fn values(&self, kind: FactKind) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |it| it.kind == kind).map(|it| it.value.as_str())
    }

    /// All rows, sorted by value.
    #[cfg(test)]
    pub(super) fn all(&self) -> &[Fact] {
        &self.0
    }
}

fn fact(cells: &Cells) -> Result<Fact, String> {
    let [value, kind, what, source, date] = [0, 1, 2, 3, 4].map(|at| cells.get(at));
    if cells.len() != 5 || [value, what, source, date].iter().any(|it| it.is_empty()) {
        return Err(format!("a row has five cells that hold something: {HEADER}"));
    }
    let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == kind) else {
        return Err(format!("`{kind}` is no kind of fact"));
    };
    let value = value.to_ascii_lowercase();
    let fits = match kind {
        FactKind::Address => value.parse::<IpAddr>().is_ok_and(|it| it.to_string() == value),
        FactKind::Hash | FactKind::ShellHash => is_sha256(&value),
        FactKind::Domain => value.contains('.') && !value.ends_with('.'),
        FactKind::ShellName | FactKind::OrdinaryName => crate::shell::is_server_script(&value),
    };
    if !fits {
        return Err(format!("`{value}` is not what its kind says"));
    }
    let [what, source, date] = [what, source, date].map(str::to_owned);
    Ok(Fact { kind: *kind, value, what, source, date })
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit())
}
