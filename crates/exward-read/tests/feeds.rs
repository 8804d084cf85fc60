//! The readers of exports over samples of every format.
//!
//! The samples under `data/feeds` are written anew with the field names of the real exports. The
//! ignored tests read the real ones, which are not ours to ship.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its sample has failed")]

use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::identify::{Presence, identify};
use exward_read::feed::{self, JsonKind, Shadowserver, nmap};
use exward_read::table::{Cells, Columns};
use exward_read::{Reading, Record, Skipped};
use serde_json::Value;

/// What the readers themselves say. What answers say is tested where answers are read.
fn own(evidence: &Evidence) -> bool {
    use EvidenceKind::{FeedFinding, FeedVersion, ServerFact};
    [FeedVersion, FeedFinding, ServerFact].contains(&evidence.kind)
}

/// `line target | what the readers themselves say`, one record a line, then what was skipped.
fn told(reading: &Reading) -> String {
    let record = |it: &Record| {
        let pieces = it.evidence.iter().filter(|piece| own(piece)).map(|piece| {
            let mark = if piece.claim == Claim::Shown { "" } else { "!" };
            format!(" | {mark}{}", piece.value)
        });
        format!("{} {}{}", it.line.unwrap_or_default(), it.target, pieces.collect::<String>())
    };
    let records = reading.records.iter().map(record);
    records.chain(reading.skipped.iter().map(ToString::to_string)).collect::<Vec<_>>().join("\n")
}

fn json_lines(text: &str, kind: JsonKind) -> Reading {
    let mut reading = Reading::default();
    for (line, text) in (1..).zip(text.lines()) {
        // WhatWeb's list has one object a line between `[`, `,` and `]`.
        let Ok(value) = serde_json::from_str::<Value>(text) else { continue };
        assert_eq!(feed::recognise(&value), Some(kind), "line {line}");
        match feed::record(kind, &value, Some(line)) {
            Ok(record) => reading.records.push(record),
            Err(why) => reading.skipped.push(Skipped::line(line, why)),
        }
    }
    reading
}

fn shadowserver(text: &str) -> Reading {
    let mut reading = Reading::default();
    let mut cells = Cells::default();
    let mut lines = (1..).zip(text.lines());
    cells.split(lines.next().unwrap().1).unwrap();
    let report = Shadowserver::new(&Columns::of(&cells)).unwrap();
    for (line, text) in lines {
        cells.split(text).unwrap();
        match report.row(&cells, line) {
            Ok(record) => reading.records.push(record),
            Err(why) => reading.skipped.push(Skipped::line(line, why)),
        }
    }
    reading
}

#[test]
fn shadowserver_of_2021() {
    let reading = shadowserver(include_str!("data/feeds/shadowserver-2021.csv"));
    insta::assert_snapshot!(told(&reading), @r"
    2 192.0.2.11:443 | !15.2.721 | !cve-2021-26855 | host name mail.example.org
    3 192.0.2.12:443 | !15.0.847 | !webshell | host name owa.example.org
    4 198.51.100.13:443 | !scan_exchange | !cve-2021-26855
    5 198.51.100.14:8443 | !15.1.2176.9 | !cve-2021-26855 | host name webmail.example.org
    ");
}

#[test]
fn shadowserver_of_2026() {
    let reading = shadowserver(include_str!("data/feeds/shadowserver-2026.csv"));
    insta::assert_snapshot!(told(&reading), @r"
    2 203.0.113.21:443 | !15.2.1118.7 | !cve-2021-26855 | !cve-2021-27065 | host name mail.example.org
    3 203.0.113.22:443 | !15.2.1544
    4 203.0.113.23:443 | !15.1.2507.6 | !webshell | host name shop.example.org
    5 203.0.113.24:443 | !scan_exchange | host name relay.example.org
    6 [2001:db8::25]:443 | !15.2.2562.17 | host name six.example.org
    9 203.0.113.28:443 | !15.20.7000.12 | host name cloud.example.org
    line 7: `version`: part 3 of build number `15.2.99999.1` is not a number from 0 to 65535
    line 8: 6 cells under 17 columns
    ");
}

#[test]
fn shodan() {
    let text = include_str!("data/feeds/shodan.jsonl");
    insta::assert_snapshot!(told(&json_lines(text, JsonKind::Shodan)), @r"
    1 192.0.2.31:443 | !CVE-2021-26855 | !CVE-2021-27065 | host names mail.example.org | certificate for mail.example.org
    2 192.0.2.32:443 | !15.2.1544 | !CVE-2026-42897
    3 192.0.2.33:25 | !Microsoft Exchange smtpd | host names mx.example.org
    4 192.0.2.34:21
    5 192.0.2.35:22
    6 [2001:db8::36]:8080
    line 7: `port` is not a number from 0 to 65535
    ");
}

#[test]
fn zgrab2() {
    let text = include_str!("data/feeds/zgrab2.jsonl");
    insta::assert_snapshot!(told(&json_lines(text, JsonKind::Zgrab2)), @r"
    1 192.0.2.41:443
    2 mail.example.org:80 | address 192.0.2.42
    3 192.0.2.43 | http: unknown-error: remote error: tls: handshake failure
    4 192.0.2.44:25
    5 192.0.2.45 | pop3: connection-timeout: dial tcp 192.0.2.45:110: i/o timeout
    ");
}

#[test]
fn httpx() {
    let text = include_str!("data/feeds/httpx.jsonl");
    insta::assert_snapshot!(told(&json_lines(text, JsonKind::Httpx)), @r"
    1 mail.example.org:443 | !Microsoft Exchange Server | !15.2.1544.14 | address 192.0.2.51 | certificate for mail.example.org, autodiscover.example.org
    2 192.0.2.52:8443 | !15.1.2507
    3 [2001:db8::53]:443 | httpx got no answer: context deadline exceeded
    4 www.example.org:443
    ");
}

#[test]
fn nuclei() {
    let text = include_str!("data/feeds/nuclei.jsonl");
    insta::assert_snapshot!(told(&json_lines(text, JsonKind::Nuclei)), @r"
    1 mail.example.org:443 | ms-exchange-server | !15.2.1544 | address 192.0.2.61
    2 mail.example.org:443 | !CVE-2021-26855 | address 192.0.2.61
    3 198.51.100.62:8080 | title-extract | title-extract: 8.3.1
    4 mail.example.net:443 | owa-header | !15.2.2562.17
    ");
}

#[test]
fn whatweb() {
    let text = include_str!("data/feeds/whatweb.json");
    insta::assert_snapshot!(told(&json_lines(text, JsonKind::WhatWeb)), @r"
    2 192.0.2.71:443 | !15.2.1544.14 | !x-owa-version
    4 mail.example.org:8443 | !Outlook-Web-App | address 192.0.2.72
    6 www.example.org:80
    ");
}

#[test]
fn binaryedge() {
    let text = include_str!("data/feeds/binaryedge.jsonl");
    insta::assert_snapshot!(told(&json_lines(text, JsonKind::BinaryEdge)), @r"
    1 192.0.2.81:443 | !15.1.2176.2 | Exchange Server 2016 CU19 | !CVE-2021-26855 | !CVE-2021-27065 | !Web-Shell at /aspnet_client/ | ecp_enabled: true | ews_enabled: true | rpc_enabled: false
    2 [2001:db8::82]:443 | !exchange-owa | indicator: suspicious OAB virtual directory | ecp_enabled: false
    line 3: an event of another module than exchange-owa
    ");
}

#[test]
fn intelmq() {
    let text = include_str!("data/feeds/intelmq.jsonl");
    insta::assert_snapshot!(told(&json_lines(text, JsonKind::IntelMq)), @r"
    1 192.0.2.91:443 | !15.2.721 | !cve-2021-26855 | host name mail.example.org
    2 [2001:db8::92]:443 | !exchange-server-webshell | !exchange-server-webshell
    3 192.0.2.93:53 | dns-open-resolver
    line 4: `extra.version`: part 3 of build number `15.2.x` is not a number from 0 to 65535
    ");
}

#[test]
fn intelmq_nested_says_the_same_as_flat() {
    let nested: Value =
        serde_json::from_str(include_str!("data/feeds/intelmq-nested.json")).unwrap();
    let flat = include_str!("data/feeds/intelmq.jsonl").lines().next().unwrap();
    let flat: Value = serde_json::from_str(flat).unwrap();
    let read = |value| feed::record(JsonKind::IntelMq, value, Some(1)).unwrap();
    assert_eq!(feed::recognise(&nested[0]), Some(JsonKind::IntelMq));
    assert_eq!(read(&nested[0]), read(&flat));
}

#[test]
fn nmap_xml() {
    let reading = nmap::read(include_bytes!("data/feeds/nmap.xml"));
    insta::assert_snapshot!(told(&reading), @r"
    6 192.0.2.101:25 | !Microsoft Exchange smtpd
    6 192.0.2.101:443 | Microsoft IIS httpd 10.0 | !15.1.2507
    28 [2001:db8::102]:443 | !15.2.1544.14
    39 192.0.2.103 | no open port
    ");
}

#[test]
fn the_newest_update_that_a_script_guesses_is_never_taken() {
    let reading = nmap::read(include_bytes!("data/feeds/nmap.xml"));
    let pieces = reading.records.iter().flat_map(|it| &it.evidence);
    let guessed = pieces.filter(|piece| piece.value.contains("15.1.2507.61")).count();
    assert_eq!(guessed, 0, "T1");
}

#[test]
fn every_piece_has_the_time_of_its_row() {
    let readings = [
        shadowserver(include_str!("data/feeds/shadowserver-2026.csv")),
        json_lines(include_str!("data/feeds/shodan.jsonl"), JsonKind::Shodan),
        json_lines(include_str!("data/feeds/httpx.jsonl"), JsonKind::Httpx),
        json_lines(include_str!("data/feeds/binaryedge.jsonl"), JsonKind::BinaryEdge),
        nmap::read(include_bytes!("data/feeds/nmap.xml")),
    ];
    for piece in readings.iter().flat_map(|it| &it.records).flat_map(|it| &it.evidence) {
        assert!(piece.at.is_some(), "{piece:?}");
    }
}

/// What core makes of a record.
#[track_caller]
fn check_identity(record: &Record, presence: &Presence, shown: &str) {
    let identity = identify(&exward_read::catalog::built_in().unwrap(), &record.evidence);
    assert_eq!(
        (&identity.presence, identity.to_string().as_str()),
        (presence, shown),
        "{record:?}"
    );
}

#[test]
fn what_a_feed_lists_is_exchange_and_a_failure_is_nothing() {
    let report = shadowserver(include_str!("data/feeds/shadowserver-2026.csv")).records;
    check_identity(&report[1], &Presence::Exchange, "Exchange 2019 CU14");
    check_identity(&report[3], &Presence::Exchange, "Exchange 2007 or later");
    let online = "15.20.7000.12 is Exchange Online's numbering".to_owned();
    check_identity(&report[5], &Presence::ExchangeOnline(online), "Exchange Online");
    let shodan = json_lines(include_str!("data/feeds/shodan.jsonl"), JsonKind::Shodan).records;
    let ftp = Presence::NotExchange("FTP banner, no sign of Exchange".to_owned());
    check_identity(&shodan[3], &ftp, "?");
    check_identity(&shodan[5], &Presence::Unseen, "?");
    let zgrab2 = json_lines(include_str!("data/feeds/zgrab2.jsonl"), JsonKind::Zgrab2).records;
    check_identity(&zgrab2[2], &Presence::Unseen, "?");
}

/// What the samples give through the readers of answers.
#[test]
fn answers_that_an_export_kept_are_read() {
    let shodan = json_lines(include_str!("data/feeds/shodan.jsonl"), JsonKind::Shodan);
    let zgrab2 = json_lines(include_str!("data/feeds/zgrab2.jsonl"), JsonKind::Zgrab2);
    let httpx = json_lines(include_str!("data/feeds/httpx.jsonl"), JsonKind::Httpx);
    let nuclei = json_lines(include_str!("data/feeds/nuclei.jsonl"), JsonKind::Nuclei);
    let nmap = nmap::read(include_bytes!("data/feeds/nmap.xml"));
    for (reading, at, kind, build) in [
        (&shodan, 0, EvidenceKind::OwaHeader, "15.2.1118.7"),
        (&shodan, 1, EvidenceKind::OwaPath, "15.2.1544"),
        (&zgrab2, 0, EvidenceKind::OwaHeader, "15.2.1544.14"),
        (&zgrab2, 1, EvidenceKind::OwaPath, "15.1.2507"),
        (&httpx, 0, EvidenceKind::OwaHeader, "15.2.1544.14"),
        (&nuclei, 3, EvidenceKind::OwaHeader, "15.2.2562.17"),
        (&nmap, 2, EvidenceKind::OwaHeader, "15.2.1544.14"),
    ] {
        let record = &reading.records[at];
        let want = Claim::Version(build.parse().unwrap());
        let found = record.evidence.iter().any(|it| it.kind == kind && it.claim == want);
        assert!(found, "{kind} {build} in {record:#?}");
    }
    for (reading, at, kind) in [
        (&shodan, 2, EvidenceKind::SmtpGreeting),
        (&shodan, 2, EvidenceKind::SmtpEhlo),
        (&zgrab2, 3, EvidenceKind::SmtpGreeting),
        (&zgrab2, 3, EvidenceKind::SmtpEhlo),
        (&zgrab2, 4, EvidenceKind::ImapGreeting),
        (&nmap, 0, EvidenceKind::SmtpEhlo),
    ] {
        let record = &reading.records[at];
        assert!(record.evidence.iter().any(|it| it.kind == kind), "{kind} in {record:#?}");
    }
}

/// A file of the shared corpus; missing is a failure.
#[expect(clippy::disallowed_methods, reason = "a test reads files, the crate does not")]
fn corpus(name: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/feeds/");
    std::fs::read_to_string(format!("{path}{name}")).unwrap()
}

#[test]
#[ignore = "needs ../shared"]
fn real_shadowserver_rows_read() {
    let reading = shadowserver(&corpus("shadowserver-scan_exchange-2021.csv"));
    assert_eq!((reading.records.len(), reading.skipped.len()), (7, 0));
    let mut cells = Cells::default();
    cells.split(corpus("shadowserver-scan_exchange-2026.header.csv").trim()).unwrap();
    assert!(Shadowserver::new(&Columns::of(&cells)).is_some());
}

#[test]
#[ignore = "needs ../shared"]
fn real_json_records_read() {
    for (file, kind, count) in [
        ("httpx-json.shape.json", JsonKind::Httpx, 1),
        ("nuclei-jsonl.sample.json", JsonKind::Nuclei, 1),
        ("zgrab2-http.sample.jsonl", JsonKind::Zgrab2, 1),
        ("whatweb-log.sample.json", JsonKind::WhatWeb, 2),
        ("shodan-banners-intelmq-tests.json", JsonKind::Shodan, 7),
    ] {
        let reading = json_lines(&corpus(file), kind);
        assert_eq!((reading.records.len(), reading.skipped.len()), (count, 0), "{file}");
    }
}

#[test]
#[ignore = "needs ../shared"]
fn real_banners_of_other_services_are_no_exchange() {
    let reading = json_lines(&corpus("shodan-banners-intelmq-tests.json"), JsonKind::Shodan);
    let claims = reading.records.iter().flat_map(|it| &it.evidence).map(|it| &it.claim);
    let not_exchange = claims.filter(|it| matches!(it, Claim::NotExchange(_))).count();
    assert_eq!(not_exchange, 6, "all but the empty HTTP record");
}

#[test]
#[ignore = "needs ../shared"]
fn real_schemas_and_mappings_are_no_feeds() {
    for (file, why) in [
        ("binaryedge-exchange-owa.schema.json", "a schema, not records"),
        ("shadowserver-scan_exchange.intelmq-mapping.json", "an IntelMQ field mapping, not events"),
    ] {
        let value: Value = serde_json::from_str(&corpus(file)).unwrap();
        assert_eq!(feed::recognise(&value), None, "{file}");
        assert_eq!(feed::not_a_feed(&value).as_deref(), Some(why), "{file}");
    }
}

#[test]
#[ignore = "needs ../shared"]
fn a_real_nmap_result_gives_the_keys() {
    let reading = nmap::read(corpus("nmap-righel-nse.sample.xml").as_bytes());
    assert_eq!(told(&reading), "9 127.0.0.2:443 | !15.2.1544.14\n22 127.0.0.4:443 | !15.2.1544");
}
