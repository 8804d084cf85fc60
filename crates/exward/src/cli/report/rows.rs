//! The report as CSV: every server a row, formulas defused.

use std::io::{self, Write};

use exward_store::store::HuntOfServer;
use jiff::Timestamp;

use super::collect::{Collected, Known};
use crate::plain;

const HEADER: [&str; 22] = [
    "tenant",
    "target",
    "name",
    "site",
    "verdict",
    "product",
    "cu",
    "update",
    "build",
    "open",
    "open_known_exploited",
    "exposed_since",
    "accepted",
    "hunt",
    "hunt_from",
    "hunt_to",
    "known_by",
    "last_seen",
    "next_step",
    "as_of",
    "catalog_as_of",
    "tlp",
];

/// Writes it.
pub(super) fn write(it: &Collected, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(HEADER)?;
    for server in &it.servers {
        let cells = cells(it, server);
        writer.write_record(cells.iter().map(|it| plain::cell(it).into_owned()))?;
    }
    writer.flush()
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |it| it.to_string())
}

fn cells(all: &Collected, it: &Known) -> [String; HEADER.len()] {
    let standing = &it.standing;
    let hunt = |pick: fn(&HuntOfServer) -> Option<Timestamp>| text(it.hunt.as_ref().and_then(pick));
    [
        all.tenant.clone(),
        it.row.target.clone(),
        text(it.row.name.as_ref()),
        text(it.row.site.as_ref()),
        standing.verdict.clone(),
        text(standing.product.as_ref()),
        text(standing.cu.as_ref()),
        text(standing.update.as_ref()),
        text(standing.build.as_ref()),
        standing.open.to_string(),
        standing.kev_open.to_string(),
        text(standing.exposed_since),
        accepted(all, it),
        it.hunt.as_ref().map_or_else(|| "never".to_owned(), HuntOfServer::said),
        hunt(|it| it.from),
        hunt(|it| it.to),
        it.known_by.clone(),
        it.last_seen.to_string(),
        standing.next_step.clone(),
        all.moment.at.to_string(),
        all.catalog_as_of.to_string(),
        all.tlp.clone(),
    ]
}

/// `CVE-2026-1 until 2026-12-31T00:00:00Z by kim`, with `;` between them.
fn accepted(all: &Collected, it: &Known) -> String {
    let own = all.accepted.iter().filter(|(_, row)| row.accepted.server == it.row.id);
    let line = |row: &exward_store::store::Accepting| {
        format!("{} until {} by {}", row.cve, row.until, row.by)
    };
    own.map(|(_, row)| line(&row.accepted)).collect::<Vec<_>>().join("; ")
}
