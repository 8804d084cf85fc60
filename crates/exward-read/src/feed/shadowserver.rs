//! Shadowserver's reports `scan_exchange` and `scan6_exchange`: a table, one server a row.
//!
//! A report of a large country has hundreds of thousands of rows, so columns are looked up once and
//! a row is read without searching or copying what is not kept.
//!
//! Sources: Shadowserver `report_schema` (2026 columns), rows of 2021 in IntelMQ's tests. `version`
//! has three or four parts, or is empty; `tag` is joined with `;`.

use std::net::IpAddr;

use exward_core::build::SeenBuild;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};

use crate::Record;
use crate::record::host_and_port;
use crate::table::{Cells, Columns};

use super::row::{Row, is_cve};
use super::time;

/// Where the columns of one report stand (their order changed over the years).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shadowserver {
    columns: usize,
    timestamp: usize,
    ip: usize,
    port: usize,
    hostname: usize,
    tag: usize,
    version: usize,
    servername: usize,
    url: usize,
}

impl Shadowserver {
    /// Finds the columns; `None` if this is no report about Exchange: it has time, address and
    /// port, and a version or a tag.
    #[must_use]
    pub fn new(columns: &Columns) -> Option<Self> {
        // A column that is not there lies behind the last cell, which reads as empty.
        let optional = |name| columns.position(name).unwrap_or(columns.len());
        let (tag, version) = (optional("tag"), optional("version"));
        if tag.min(version) == columns.len() {
            return None;
        }
        Some(Self {
            columns: columns.len(),
            timestamp: columns.position("timestamp")?,
            ip: columns.position("ip")?,
            port: columns.position("port")?,
            hostname: optional("hostname"),
            tag,
            version,
            servername: optional("servername"),
            url: optional("url"),
        })
    }

    /// Reads one row.
    ///
    /// # Errors
    /// Why the row is skipped, as a fragment that can stand after a colon.
    pub fn row(&self, cells: &Cells, line: u64) -> Result<Record, String> {
        if cells.len() != self.columns {
            return Err(format!("{} cells under {} columns", cells.len(), self.columns));
        }
        let ip = cells.get(self.ip);
        ip.parse::<IpAddr>().map_err(|_| "`ip` is not an address")?;
        let port = cells.get(self.port).parse().map_err(|_| "`port` is not a port number")?;
        let at = time::utc(cells.get(self.timestamp)).ok_or("`timestamp` is not a time")?;
        let mut row = Row::new(Some(at));
        self.version(cells, &mut row)?;
        tags(cells.get(self.tag), &mut row);
        row.show(EvidenceKind::ServerName, cells.get(self.servername));
        let hostname = cells.get(self.hostname);
        if !hostname.is_empty() {
            row.show(EvidenceKind::ServerFact, format!("host name {hostname}"));
        }
        let mut record = row.into_record(host_and_port(ip, Some(port)));
        record.line = Some(line);
        Ok(record)
    }

    /// The version, or that the report lists the server at all.
    fn version(&self, cells: &Cells, row: &mut Row) -> Result<(), String> {
        let version = cells.get(self.version);
        if version.is_empty() {
            row.listed_as_exchange("scan_exchange");
            return Ok(());
        }
        let seen: SeenBuild = match version.parse() {
            Ok(seen) => seen,
            // A reported web shell must not be lost with a version that nobody can read.
            Err(_) if cells.get(self.tag).to_ascii_lowercase().contains("webshell") => {
                row.listed_as_exchange("scan_exchange");
                row.show(EvidenceKind::ServerFact, format!("unreadable version {version}"));
                return Ok(());
            }
            Err(error) => return Err(format!("`version`: {error}")),
        };
        let mut piece = Evidence::new(EvidenceKind::FeedVersion, version, Claim::Version(seen));
        let url = cells.get(self.url);
        if !url.is_empty() {
            piece = piece.at_endpoint(url);
        }
        row.add(piece);
        Ok(())
    }
}

/// `exchange;cve-2021-26855;webshell`; tags that say neither are left to the version.
fn tags(tags: &str, row: &mut Row) {
    for tag in tags.split(';').map(str::trim) {
        if is_cve(tag) {
            row.cves(tag);
        } else if tag.eq_ignore_ascii_case("webshell") {
            row.web_shell(tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &str = "timestamp,ip,port,hostname,tag,version,servername,url";

    fn report(columns: &str) -> Option<Shadowserver> {
        let mut cells = Cells::default();
        cells.split(columns).unwrap();
        Shadowserver::new(&Columns::of(&cells))
    }

    #[test]
    fn a_web_shell_is_kept_beside_an_unreadable_version() {
        let row =
            |tag: &str| read(&format!("2026-11-20 00:00:01,192.0.2.1,443,a,{tag},15.2.99999.1,b,"));
        assert!(row("exchange").is_err());
        let record = row("exchange;webshell").unwrap();
        assert!(record.evidence.iter().any(|it| it.claim == Claim::ReportedWebShell));
    }

    fn read(line: &str) -> Result<Record, String> {
        let mut cells = Cells::default();
        cells.split(line).unwrap();
        report(COLUMNS).unwrap().row(&cells, 7)
    }

    #[track_caller]
    fn check(line: &str, want: Result<&str, &str>) {
        let got = read(line).map(|it| {
            let pieces: Vec<_> =
                it.evidence.iter().map(|piece| format!("{} {}", piece.kind, piece.value)).collect();
            format!("{}: {}", it.target, pieces.join(", "))
        });
        assert_eq!(got, want.map(str::to_owned).map_err(str::to_owned), "{line}");
    }

    #[test]
    fn rows_read() {
        check(
            "2026-11-24 00:11:30,192.0.2.1,443,mail.example.org,exchange;cve-2021-26855,15.2.721,EX01,",
            Ok("192.0.2.1:443: feed-version 15.2.721, feed-finding cve-2021-26855, \
                server-name EX01, server-fact host name mail.example.org"),
        );
        check(
            "2026-11-24 00:11:30,2001:db8::1,443,,exchange;webshell,,,",
            Ok("[2001:db8::1]:443: feed-finding scan_exchange, feed-finding webshell"),
        );
        check(
            "2026-11-24 00:11:30,192.0.2.1,443,,,15.20.7000.1,,",
            Ok("192.0.2.1:443: feed-version 15.20.7000.1"),
        );
    }

    #[test]
    fn bad_rows_say_why() {
        check("2026-11-24 00:11:30,192.0.2.1", Err("2 cells under 8 columns"));
        check("2026-11-24 00:11:30,192.0.2,443,,,,,", Err("`ip` is not an address"));
        check("2026-11-24 00:11:30,192.0.2.1,https,,,,,", Err("`port` is not a port number"));
        check("24.11.2026,192.0.2.1,443,,,,,", Err("`timestamp` is not a time"));
        check(
            "2026-11-24 00:11:30,192.0.2.1,443,,,abc,,",
            Err("`version`: part 1 of build number `abc` is not a number from 0 to 65535"),
        );
        check(
            "2026-11-24 00:11:30,192.0.2.1,443,,,15.2.99999.1,,",
            Err("`version`: part 3 of build number `15.2.99999.1` is not a number from 0 to 65535"),
        );
    }

    #[test]
    fn a_report_has_time_address_port_and_a_finding() {
        assert!(report(COLUMNS).is_some());
        assert!(report("timestamp,ip,port,tag").is_some());
        assert!(report("timestamp,ip,port,version").is_some());
        assert!(report("timestamp,ip,port,hostname").is_none());
        assert!(report("ip,port,tag").is_none());
        assert!(report("host").is_none());
    }

    #[test]
    fn line_time_and_place_are_kept() {
        let line = "2026-11-24 00:11:30,192.0.2.1,443,,,15.2.1544.14,,https://192.0.2.1/owa/";
        let record = read(line).unwrap();
        let piece = &record.evidence[0];
        assert_eq!(record.line, Some(7));
        assert_eq!(piece.at.unwrap().to_string(), "2026-11-24T00:11:30Z");
        assert_eq!(piece.endpoint.as_deref(), Some("https://192.0.2.1/owa/"));
    }

    proptest::proptest! {
        /// F4: any row reads or is refused; never a panic.
        #[test]
        fn any_row_reads_or_is_refused(line in "\\PC{0,120}") {
            let mut cells = Cells::default();
            if cells.split(&line).is_ok() {
                let _read = report(COLUMNS).unwrap().row(&cells, 1);
            }
        }
    }
}
