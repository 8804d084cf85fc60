//! Lists of addresses, hashes, domains and names that intruders used, each with its source.
//!
//! A row is `value,kind,what,source,date`; the kinds are `address`, `sha256`, `domain`, `shell-name` and
//! `shell-name-here`.

use std::net::IpAddr;

use exward_read::table::Cells;

/// One row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// In lower case.
    pub(crate) value: String,
    /// What it belongs to, in a few words: `FIN7 SSH backdoor`.
    pub(crate) what: String,
    /// Who says so.
    pub(crate) source: String,
    /// When they said so: `2021-03-02`, `2022-12`.
    pub(crate) date: String,
}

/// All lists, each sorted by its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    addresses: Vec<Fact>,
    hashes: Vec<Fact>,
    domains: Vec<Fact>,
    shell_names: Vec<Fact>,
    ordinary_names: Vec<Fact>,
}

const HEADER: &str = "value,kind,what,source,date";

impl Facts {
    /// Reads tables by name and text. What cannot be read is named, and the others still work.
    pub(super) fn load<'t>(
        tables: impl Iterator<Item = (&'t str, &'t str)>,
    ) -> (Self, Vec<String>) {
        let (mut facts, mut refused) = (Self::default(), Vec::new());
        for (name, text) in tables {
            facts.read(name, text, &mut refused);
        }
        for list in facts.lists_mut() {
            list.sort_by(|a, b| a.value.cmp(&b.value));
            list.dedup_by(|later, first| {
                let same = later.value == first.value;
                if same {
                    refused.push(format!("`{}` stands in two rows", later.value));
                }
                same
            });
        }
        (facts, refused)
    }

    fn read(&mut self, name: &str, text: &str, refused: &mut Vec<String>) {
        let mut cells = Cells::default();
        for (line, row) in (1..).zip(text.lines()) {
            if line == 1 && row == HEADER {
                continue;
            }
            let split = cells.split(row).map_err(|why| why.to_string());
            if let Err(why) = split.and_then(|()| self.add(&cells)) {
                refused.push(format!("{name}, line {line}: {why}"));
            }
        }
    }

    fn add(&mut self, cells: &Cells) -> Result<(), String> {
        let [value, kind, what, source, date] = [0, 1, 2, 3, 4].map(|at| cells.get(at));
        if cells.len() != 5 || [value, what, source, date].iter().any(|it| it.is_empty()) {
            return Err(format!("a row has five cells that hold something: {HEADER}"));
        }
        let value = value.to_ascii_lowercase();
        let (list, fits) = match kind {
            "address" => (&mut self.addresses, value.parse::<IpAddr>().is_ok()),
            "sha256" => (&mut self.hashes, is_sha256(&value)),
            "domain" => (&mut self.domains, value.contains('.')),
            "shell-name" => (&mut self.shell_names, crate::shell::is_server_script(&value)),
            "shell-name-here" => (&mut self.ordinary_names, crate::shell::is_server_script(&value)),
            _ => return Err(format!("`{kind}` is no kind of fact")),
        };
        if !fits {
            return Err(format!("`{value}` is no {kind}"));
        }
        let [what, source, date] = [what, source, date].map(str::to_owned);
        list.push(Fact { value, what, source, date });
        Ok(())
    }

    fn lists_mut(&mut self) -> [&mut Vec<Fact>; 5] {
        [
            &mut self.addresses,
            &mut self.hashes,
            &mut self.domains,
            &mut self.shell_names,
            &mut self.ordinary_names,
        ]
    }

    /// An address on a list.
    pub(crate) fn address(&self, address: &str) -> Option<&Fact> {
        // `::ffff:192.0.2.1`, or an address with leading zeros, is the same as in the list.
        let address = address.parse::<IpAddr>().ok()?.to_canonical().to_string();
        find(&self.addresses, &address)
    }

    /// A SHA-256 in hexadecimal digits, whatever their case.
    pub(crate) fn hash(&self, hash: &str) -> Option<&Fact> {
        find(&self.hashes, &hash.to_ascii_lowercase())
    }

    /// A domain on a list, or one below it.
    pub(crate) fn domain(&self, name: &str) -> Option<&Fact> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let below = name.match_indices('.').filter_map(|(at, _)| name.get(at.saturating_add(1)..));
        std::iter::once(name.as_str()).chain(below).find_map(|it| find(&self.domains, it))
    }

    /// A file name (without folders) that no harmless page is known to have.
    pub(crate) fn shell_name(&self, name: &str) -> Option<&Fact> {
        find(&self.shell_names, &name.to_ascii_lowercase())
    }

    /// A file name that web shells had, and ordinary pages of other folders have too.
    pub(crate) fn ordinary_name(&self, name: &str) -> Option<&Fact> {
        find(&self.ordinary_names, &name.to_ascii_lowercase())
    }

    /// The values of everything that is looked for in events.
    pub(crate) fn event_values(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.addresses, &self.hashes, &self.domains, &self.shell_names];
        lists.into_iter().flatten().map(|it| it.value.as_str())
    }
}

fn find<'f>(list: &'f [Fact], value: &str) -> Option<&'f Fact> {
    let at = list.binary_search_by(|it| it.value.as_str().cmp(value)).ok()?;
    list.get(at)
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit())
}
