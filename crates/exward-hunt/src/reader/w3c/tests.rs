//! Lines of W3C logs: columns that change, are missing, or do not fit.

use proptest::prelude::*;

use super::*;
use crate::Values;

const FIELDS: &[u8] =
    b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip \
                        cs(User-Agent) cs(X-Forwarded-For) sc-status";

fn log(headers: &[&[u8]]) -> W3c {
    let mut log = W3c::default();
    for header in headers {
        log.header(header).unwrap();
    }
    log
}

#[track_caller]
fn check(log: &W3c, line: &str, field: &str, want: &[&str]) {
    let record = log.record(line.as_bytes()).unwrap_or_else(|why| panic!("{line}: {why}"));
    let values = match record.values(field) {
        Values::These(values) => values,
        Values::Absent | Values::Unknown => Vec::new(),
    };
    assert_eq!(values, want, "{field} of {line}");
}

#[track_caller]
fn refused(log: &W3c, line: &str, want: &str) {
    assert_eq!(log.record(line.as_bytes()).map(|_| ()).unwrap_err(), want, "{line}");
}

/// Traps 1, 2 and 11.
#[test]
fn fields_have_their_sigma_names() {
    let log = log(&[FIELDS]);
    let line = "2021-03-03 02:13:48 10.0.0.5 POST /Autodiscover/autodiscover.json a=%2540b 443 - 203.0.113.9 \
                Microsoft+WinRM+Client - 200";
    check(&log, line, "CS-URI-Stem", &["/Autodiscover/autodiscover.json"]);
    check(
        &log,
        line,
        "cs-uri-query",
        &[
            "a=%2540b",
            "/Autodiscover/autodiscover.json?a=%2540b",
            "a=%40b",
            "a=@b",
            "/Autodiscover/autodiscover.json?a=%40b",
            "/Autodiscover/autodiscover.json?a=@b",
        ],
    );
    check(&log, line, "c-useragent", &["Microsoft+WinRM+Client", "Microsoft WinRM Client"]);
    check(&log, line, "cs(User-Agent)", &["Microsoft+WinRM+Client", "Microsoft WinRM Client"]);
    check(&log, line, "cs-username", &["-"]);
    check(&log, line, "sc-status", &["200"]);
    check(&log, line, "EventID", &[]);
    let bare = "2021-03-03 02:13:48 10.0.0.5 GET /ecp/x.js - 443 EX\\adm ::1 - 192.0.2.1,+198.51.100.7:80 200";
    check(&log, bare, "cs-uri-query", &["-", "/ecp/x.js"]);
    check(&log, bare, "cs-uri", &["/ecp/x.js"]);
    let record = log.record(bare.as_bytes()).unwrap();
    assert_eq!(record.actor().as_deref(), Some("198.51.100.7"));
    assert_eq!(record.user().as_deref(), Some("EX\\adm"));
    assert_eq!(record.path().as_deref(), Some("/ecp/x.js"));
    assert_eq!(record.at().unwrap().to_string(), "2021-03-03T02:13:48Z");
}

/// Trap 9.
#[test]
fn columns_follow_the_last_fields_line() {
    let mut log =
        log(&[b"#Date: 2003-11-18 00:28:33", b"#Fields: time c-ip cs-uri-stem cs-bytes "]);
    let line = "00:30:00 ::1 /hitcount.asp 200";
    check(&log, line, "cs-bytes", &["200"]);
    assert_eq!(log.at(line.as_bytes()).unwrap().to_string(), "2003-11-18T00:30:00Z");
    assert_eq!(log.stem(line.as_bytes()), Some(13..26));
    refused(
        &log,
        "00:30:00 ::1 /images/a.gif",
        "3 columns where `#Fields:` names 4: a line cut off",
    );
    refused(&log, "00:30:00 ::1 /images/a.gif 1 2", "5 columns where `#Fields:` names 4");
    refused(&log, " ", "");
    log.header(b"#Fields: cs-uri-stem").unwrap();
    check(&log, "/x", "cs-uri-stem", &["/x"]);
    check(&log, "/x", "cs-uri-query", &["/x"]);
    assert!(log.header(b"#Fields:").is_err());
}

/// Trap 9.
#[test]
fn two_blanks_are_a_column_only_where_one_is_missing() {
    let log = log(&[b"#Fields: time cs-uri-query s-port cs-username c-ip"]);
    check(&log, "00:01:24 a 444  ::1", "c-ip", &["::1"]);
    check(&log, "00:01:24 a 444  ::1", "cs-username", &[""]);
    check(&log, "00:01:24 a 444  random\\user ::1", "cs-username", &["random\\user"]);
    check(&log, "00:01:24 a 444  random\\user ::1\r", "c-ip", &["::1"]);
}

#[test]
fn a_log_without_its_head_has_the_columns_of_iis_10() {
    let line = "2021-08-07 00:00:01 ::1 GET /x.aspx - 443 - ::1 UA - 200 0 0 1";
    check(&W3c::default(), line, "cs-uri-stem", &["/x.aspx"]);
    let cut = "2 columns and no `#Fields:` line before it that names them";
    refused(&W3c::default(), "2021-08-07 00:00:01", cut);
}

proptest! {
    #[test]
    fn any_line_is_read_or_refused(header in ".{0,40}", line in prop::collection::vec(any::<u8>(), 0..80)) {
        let mut log = W3c::default();
        drop(log.header(format!("#Fields: {header}").as_bytes()));
        let _ = (log.at(&line), log.stem(&line));
        if let Ok(record) = log.record(&line) {
            drop((record.at(), record.actor(), record.path(), record.words()));
        }
    }

    /// W2, and that the fast way finds the same stem.
    #[test]
    fn of_a_stem_alone_nothing_else_is_said(
        cells in prop::collection::vec("[a-z%/.0-9]{0,6}", 12),
        field in prop::sample::select(vec!["cs-uri-stem", "cs-uri-query", "c-uri", "c-ip", "cs-host", "x"]),
    ) {
        let log = log(&[FIELDS]);
        let line = cells.join(" ");
        let record = log.record(line.as_bytes()).unwrap();
        let stem = log.stem(line.as_bytes()).unwrap();
        match log.of_stem(&line.as_bytes()[stem]).values(field) {
            Values::Unknown => prop_assert!(record.values(field) != Values::Absent, "W2"),
            known @ (Values::Absent | Values::These(_)) => {
 prop_assert_eq!(known, record.values(field), "W2");}
        }
    }
}
