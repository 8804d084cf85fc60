//! Targets and plain lists: read whole, because their hosts are asked before anything is shown.
//!
//! Memory: about 60 bytes a row.

use std::io::Read;
use std::path::Path;

use exward_core::catalog::Catalog;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_read::{Format, list};

use super::when_empty;
use crate::error::CommandError;
use crate::item::{Item, Take};
use crate::plain;
use crate::probing::{Admission, Discovered, Probed};

/// Rows of one list, or the targets of the command line.
pub(super) struct Rows {
    /// The file; `None` for the command line.
    file: Option<String>,
    rows: Vec<Row>,
    not_read: Option<String>,
}

struct Row {
    line: Option<u64>,
    what: What,
}

enum What {
    /// A build, as it stands there.
    Build(Box<str>),
    /// A host, by its number among the endpoints to ask, and how it was found if that is worth saying.
    Host {
        target: Box<str>,
        endpoint: usize,
        found: Option<Box<str>>,
    },
    Skipped(Box<str>),
}

impl Rows {
    /// The targets of the command line.
    ///
    /// # Errors
    /// A target that is none, or that may not be asked: what the operator typed is worth stopping for.
    pub(super) fn of_targets(
        catalog: &Catalog,
        targets: &[String],
        admission: &mut Admission<'_>,
    ) -> Result<Self, CommandError> {
        let mut rows = Vec::new();
        for text in targets {
            let usage =
                |what: String, help: &str| CommandError::Usage { what, help: help.to_owned() };
            let target = list::target(catalog, text).map_err(|error| {
                usage(
                    error.to_string(),
                    "a target is a build such as 15.2.1544.14 or a host; files need --from",
                )
            })?;
            let host = match target {
                list::Target::Build(_) => {
                    rows.push(Row { line: None, what: What::Build(text.trim().into()) });
                    continue;
                }
                list::Target::Host(host) => host,
            };
            if Path::new(text).exists() {
                let text = plain::line(text);
                return Err(usage(
                    format!("`{text}` is a file, not a server"),
                    &format!("read it with --from {text}"),
                ));
            }
            let endpoint = admission.add(&host)?;
            let what = What::Host { target: host.into(), endpoint, found: None };
            rows.push(Row { line: None, what });
        }
        Ok(Self { file: None, rows, not_read: None })
    }

    /// A plain list. A row that is no target, or that may not be asked, is skipped with the reason.
    pub(super) fn of_list(
        catalog: &Catalog,
        name: &str,
        input: impl Read,
        admission: &mut Admission<'_>,
    ) -> Self {
        let mut rows = Vec::new();
        let read = exward_read::read(catalog, Some(Format::List), input, &mut |item| {
            rows.push(match item {
                Ok(record) => {
                    let what = if record.evidence.is_empty() {
                        host(record.target, admission)
                    } else {
                        What::Build(record.target.into())
                    };
                    Row { line: record.line, what }
                }
                Err(skipped) => Row { line: skipped.line, what: What::Skipped(skipped.why.into()) },
            });
            true
        });
        let not_read = read.err().map(|error| error.to_string());
        Self { file: Some(name.to_owned()), rows, not_read }
    }

    /// What `--discover` found, and what it only shows.
    pub(super) fn of_discovery(discovered: Discovered) -> Self {
        let Discovered { domain, found, shown } = discovered;
        let not_read = found.is_empty().then(|| "no server to ask was found".to_owned());
        let found = found.into_iter().map(|(target, endpoint, why)| {
            let (target, found) = (target.into(), Some(why.into()));
            Row { line: None, what: What::Host { target, endpoint, found } }
        });
        let shown =
            shown.into_iter().map(|why| Row { line: None, what: What::Skipped(why.into()) });
        let file = Some(format!("--discover {domain}"));
        Self { file, rows: found.chain(shown).collect(), not_read }
    }

    /// Gives the rows in order.
    ///
    /// # Errors
    /// What `take` gives, or an answer that could not be read back.
    pub(super) fn each(
        self,
        catalog: &Catalog,
        probed: &mut Probed,
        take: &mut Take<'_>,
    ) -> Result<(), CommandError> {
        let name = self.file.clone().unwrap_or_default();
        let (mut any_read, mut any_skipped) = (false, false);
        for row in self.rows {
            any_read |= !matches!(row.what, What::Skipped(_));
            any_skipped |= matches!(row.what, What::Skipped(_));
            match row.what {
                What::Build(text) => {
                    // It was read as a target once already.
                    if let Ok(record) = list::record(catalog, &text) {
                        take(Item::Server { target: record.target, evidence: record.evidence })?;
                    }
                }
                What::Host { target, endpoint, found } => {
                    let found =
                        found.map(|why| Evidence::new(EvidenceKind::Discovery, why, Claim::Shown));
                    probed.each(&target, endpoint, found.as_ref(), take)?;
                }
                What::Skipped(why) => {
                    let (file, why) = (name.clone(), why.into_string());
                    take(Item::Skipped { file, line: row.line, why })?;
                }
            }
        }
        match (self.file, self.not_read) {
            (_, Some(why)) => take(Item::NotRead { file: name, why }),
            (Some(_), None) => when_empty(&name, any_read, any_skipped, take),
            (None, None) => Ok(()),
        }
    }
}

fn host(target: String, admission: &mut Admission<'_>) -> What {
    match admission.add(&target) {
        Ok(endpoint) => What::Host { target: target.into(), endpoint, found: None },
        Err(CommandError::Usage { what, .. }) => What::Skipped(what.into()),
        Err(other) => What::Skipped(other.to_string().into()),
    }
}
