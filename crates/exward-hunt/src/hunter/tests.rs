//! The whole way of a file, packed and damaged ones included; the quick way is held to the slow one (H1, H3).

use std::io::{Cursor, Write as _};
use std::sync::LazyLock;

use insta::assert_snapshot;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::collect::Collector;
use super::*;
use crate::engine::LineSink as _;
use crate::kind;
use crate::summary::Examined;

static HUNTER: LazyLock<Hunter> = LazyLock::new(|| Hunter::new(&[], &[]).0);

const FIELDS: &str = "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip \
                      cs(User-Agent) cs(Referer) sc-status\n";

fn examine(name: &str, bytes: impl Into<Vec<u8>>) -> Examined {
    let mut input = Cursor::new(bytes.into());
    HUNTER.examine(Evidence { name, input: &mut input, modified: None }, &|_| true)
}

/// Files, lines, stages and titles; what was skipped; what was noted.
fn told(examined: &Examined) -> String {
    let line = |line: Option<u64>| line.map_or(String::new(), |it| format!(":{it}"));
    let mut told: Vec<String> = Vec::new();
    for it in &examined.sightings {
        told.push(format!(
            "{}{} {} {}: {}",
            it.file,
            line(it.line),
            it.stage,
            it.confidence,
            it.rule.title
        ));
    }
    for (file, it) in &examined.skipped {
        told.push(format!("{file}{} skipped: {}", line(it.line), it.why));
    }
    for it in &examined.noted {
        told.push(format!("{} × {} {:?}", it.count, it.what, it.actors));
    }
    for it in &examined.coverage {
        told.push(format!("{}: {} records in {} files", it.source, it.records, it.files));
    }
    if examined.unexamined > 0 {
        told.push(format!("{} not examined", examined.unexamined));
    }
    told.join("\n")
}

const ATTACK: &str = "2026-11-01 00:00:01 10.0.0.5 POST /autodiscover/autodiscover.json \
                      @lab.example/mapi/nspi/?=&Email=autodiscover/autodiscover.json%3F@lab.example 443 - \
                      198.51.100.7 x - 200\n";

fn log() -> String {
    format!("{FIELDS}{ATTACK}")
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn a_log_is_found_in_whatever_it_is_packed() {
    let inner = zipped(&[("logs/u_ex1.log", log().as_bytes()), ("readme.txt", b"hello")]);
    let outer = zipped(&[("inner.zip", &inner), ("u_ex2.log.gz", &gzipped(log().as_bytes()))]);
    assert_snapshot!(told(&examine("triage.zip", outer)), @r"
    triage.zip!inner.zip!logs/u_ex1.log:2 success high: Back end reached through autodiscover.json
    triage.zip!u_ex2.log.gz!u_ex2.log:2 success high: Back end reached through autodiscover.json
    IIS logs: 2 records in 2 files
    1 not examined
    ");
    let wide: Vec<u8> = log().encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(examine("u_ex3.log", wide.clone()).sightings.len(), 1, "without a byte order mark");
    assert_snapshot!(told(&examine("u_ex3.log", [&b"\xFF\xFE"[..], &wide].concat())), @r"
    u_ex3.log:2 success high: Back end reached through autodiscover.json
    IIS logs: 1 records in 1 files
    ");
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_goes_on() {
    let bomb = gzipped(&[log().as_bytes(), &vec![b' '; 300 << 20]].concat());
    let mut deep = zipped(&[("u.log", log().as_bytes())]);
    for _ in 0..4 {
        deep = zipped(&[("deep.zip", &deep)]);
    }
    let evtx = [&b"ElfFile\0"[..], &[0; 100]].concat();
    let outer = zipped(&[
        ("bomb.log.gz", &bomb),
        ("deep.zip", &deep),
        ("cut.evtx", &evtx),
        ("empty.log", b""),
        ("old.log", b"192.168.114.201, -, 03/20/01, 7:55:20, W3SVC2, SERVER, 172.21.13.45, 4502, 163, 3223, 200, 0, GET, /a.gif, -,\n"),
        ("u.log", log().as_bytes()),
    ]);
    assert_snapshot!(told(&examine("triage.zip", outer)), @r"
    triage.zip!bomb.log.gz!bomb.log:2 success high: Back end reached through autodiscover.json
    triage.zip!u.log:2 success high: Back end reached through autodiscover.json
    triage.zip!bomb.log.gz!bomb.log:3 skipped: the line is longer than 1 MiB
    triage.zip!deep.zip!deep.zip!deep.zip skipped: an archive 3 archives deep: unpack it by hand
    triage.zip!cut.evtx skipped: the file is cut off: events are missing at its end
    triage.zip!old.log skipped: the comma-separated IIS log format, which names no columns: set the site's log format to W3C; what is in this file must be looked at by hand
    1 × empty-file {}
    IIS logs: 2 records in 2 files
    1 not examined
    ");
}

#[test]
fn a_log_that_cannot_testify_is_no_witness() {
    let short = "#Fields: date time c-ip sc-status\n2026-11-01 00:00:01 198.51.100.7 200\n";
    let misfit =
        format!("{FIELDS}2026-11-01 00:00:01 10.0.0.5 GET\n2026-11-01 00:00:02 10.0.0.5 GET\n");
    for log in [short.to_owned(), misfit] {
        let examined = examine("u_ex.log", log.clone());
        assert_eq!((examined.coverage[0].records, examined.lost), (0, 1), "{log}");
    }
    let marked = [&b"\xEF\xBB\xBF"[..], log().as_bytes()].concat();
    assert_eq!(examine("u_ex.log", marked).sightings.len(), 1, "a byte order mark hides no header");
}

#[test]
fn a_log_whose_columns_change_is_judged_anew() {
    let bare = "#Fields: date time s-ip cs-uri-stem cs-uri-query s-port cs-username c-ip\n\
                2026-11-01 00:00:01 10.0.0.5 /owa/calendar/a - 443 - 198.51.100.7\n";
    let whole = "2026-11-01 00:00:01 10.0.0.5 POST /owa/calendar/a - 443 - 198.51.100.7 x - 500\n";
    let examined = examine("u_ex.log", format!("{bare}{FIELDS}{whole}"));
    assert_eq!(examined.sightings.iter().map(|it| it.line).collect::<Vec<_>>(), [Some(4)]);
}

#[test]
fn an_export_that_begins_with_the_newest_has_the_same_span() {
    let line = |day: u8| {
        format!("2026-11-{day} 00:00:01 10.0.0.5 GET /owa/ - 443 - 198.51.100.7 x - 200\n")
    };
    let examined = examine("u_ex.log", format!("{FIELDS}{}{}{}", line(20), line(11), line(10)));
    let span = (examined.coverage[0].from.unwrap(), examined.coverage[0].to.unwrap());
    assert_eq!(format!("{} {}", span.0, span.1), "2026-11-10T00:00:01Z 2026-11-20T00:00:01Z");
}

#[test]
fn a_thousand_refused_requests_do_not_hide_the_one_that_worked() {
    let line = |page: &str, status: u16| {
        format!(
            "2026-11-01 00:00:01 10.0.0.5 POST /owa/auth/{page}.aspx - 443 - 198.51.100.7 x - {status}\n"
        )
    };
    let noise: String = (0..1500).map(|it| line(&format!("x{it}"), 404)).collect();
    let examined = examine("u_ex.log", format!("{FIELDS}{noise}{}", line("zzq81", 200)));
    assert!(examined.sightings.iter().any(|it| it.excerpt.contains("zzq81")));
    assert!(
        examined.sightings.len() < 1500 && examined.sightings_more > 400,
        "the rest is counted"
    );
}

#[test]
fn a_field_of_any_length_is_kept_short() {
    let user = "u".repeat(100_000);
    let line = format!(
        "2026-11-01 00:00:01 10.0.0.5 POST /aspnet_client/x.aspx - 443 {user} 198.51.100.7 x - 200\n"
    );
    let examined = examine("u_ex.log", format!("{FIELDS}{line}"));
    let users: Vec<_> = examined.sightings.iter().filter_map(|it| it.user.as_ref()).collect();
    assert!(
        !users.is_empty() && users.iter().all(|it| it.len() <= crate::limits::EXCERPT_CHARS_MAX)
    );
}

#[test]
fn harmless_traffic_is_set_apart_by_name() {
    let probe = format!("exward/{}", env!("CARGO_PKG_VERSION"));
    let log = format!(
        "{FIELDS}\
         2026-11-01 00:00:01 10.0.0.5 GET /owa/ - 443 - 192.0.2.9 {probe} - 302\n\
         2026-11-01 00:00:02 10.0.0.5 GET /ecp/ - 443 - 192.0.2.8 Mozilla/5.0+zgrab/0.x - 302\n\
         2026-11-01 00:00:03 10.0.0.5 GET / - 443 - 192.0.2.8 - - 302\n"
    );
    assert_snapshot!(told(&examine("u_ex.log", log)), @r#"
    1 × exward-probe {"192.0.2.9"}
    IIS logs: 3 records in 1 files
    "#);
}

#[test]
fn a_foreign_rule_is_named_when_it_costs_and_when_it_cannot_be_used() {
    let rule = |source: &str, detection: &str| {
        format!("title: T\nid: 1\nlogsource: {{{source}}}\ndetection: {{{detection}}}\n")
    };
    let rules = [
        (
            "slow.yml".to_owned(),
            rule("category: webserver", "s: {sc-status|gte: 500}, condition: s"),
        ),
        ("proxy.yml".to_owned(), rule("category: proxy", "s: {c-uri: x}, condition: s")),
        ("broken.yml".to_owned(), rule("category: webserver", "s: {x|nonsense: 1}, condition: s")),
    ];
    let (hunter, refused) = Hunter::new(&rules, &[("a.yar".to_owned(), "rule x {".to_owned())]);
    let refused: Vec<_> = refused.iter().map(|it| format!("{}: {}", it.file, it.why)).collect();
    assert_snapshot!(refused.join("\n"), @r"
    broken.yml: line 1: rule `T` has a selection `s` that cannot be run: `x|nonsense`: `nonsense` is no modifier of the Sigma specification 2.1
    a.yar: mem:1:9: error: syntax error
    T: no log that exward reads is of category proxy
    ");
    let mut input = Cursor::new(log().into_bytes());
    let evidence = Evidence { name: "u_ex.log", input: &mut input, modified: None };
    assert_snapshot!(told(&hunter.examine(evidence, &|_| true)), @r"
    u_ex.log:2 success high: Back end reached through autodiscover.json
    1 × rules-on-every-record-iis {}
    IIS logs: 1 records in 1 files
    ");
}

/// Parts of requests, hostile and harmless, that the bundled rules look at.
fn request() -> impl Strategy<Value = String> {
    let method = prop::sample::select(vec!["GET", "POST"]);
    let stem = prop::sample::select(vec![
        "/owa/",
        "/owa/auth/logon.aspx",
        "/owa/auth/Logon.aspx",
        "/owa/auth/x.aspx",
        "/aspnet_client/y.aspx",
        "/owa/auth/RedirSuiteServerProxy.aspx",
        "/%61spnet_client/y.aspx",
        "/autodiscover/autodiscover.json",
        "/Autodiscover/%61utodiscover.json",
        "/autodiscover/autodiscover.json/v1.0/a@b.example",
        "/powershell",
        "/ecp/y.js",
        "/ecp/default.aspx",
        "/owa/calendar/a",
        "/owa/a%40b.example/powershell",
        "/EWS/Exchange.asmx",
        "/ecp/a@b.example/RulesEditor/InboxRules.svc/NewObject",
        "/owa/auth/Current/themes/resources/logon.css",
        "/mapi/nspi/",
        "/owa/auth/errorFE.aspx%2fx",
        "/owa/auth%2fx.aspx",
        "/owa/a.aspx@x.example/%70owershell",
        "/owa/x.aspx",
        "/owa/",
        "/x%20y",
        "/$%7b(a",
        "/%c3%bc",
        "/%252561spnet_client/z.aspx",
    ]);
    let query = prop::sample::select(vec![
        "-",
        "@e.example/mapi/nspi/?=&Email=autodiscover/autodiscover.json%3F@e.example",
        "cmd=whoami",
        "a=b@e.example/powershell/?X-Rps-CAT=VgEAVAdXaW5kb3dz&Email=autodiscover/autodiscover.json%3Fa",
        "%40e.example%2f%6dapi%2fnspi&Email=autodiscover%2fautodiscover.json",
        "SecurityToken=x",
        "__VIEWSTATE=/wEy&__VIEWSTATEGENERATOR=B97B4E27",
        "url=https%3a%2f%2fm%2fowa%2f%3fa%3dI%2526b",
        "action=x",
        "%3Fq=%70owershell",
        "cmd=Response.Write%28%22x%22+new+activexobject%28%29",
        "?a=autodiscover.json",
        "cmd=1",
        "p=%25SYSTEMROOT%25",
        "p=%SYSTEMROOT%",
        "a%2cb+x+y",
        "${%28a&%22q%22",
        "action=1&q=\"q\"",
    ]);
    let agent = prop::sample::select(vec![
        "-",
        "python-requests/2.25.1",
        "Mozilla/5.0+(X11)",
        "antSword/v2.1",
    ]);
    let status = prop::sample::select(vec!["200", "302", "401", "404", "500"]);
    (method, stem, query, agent, status).prop_map(|(method, stem, query, agent, status)| {
        format!("2026-11-01 00:00:01 10.0.0.5 {method} {stem} {query} 443 - 198.51.100.7 {agent} - {status}")
    })
}

/// With rules of a user whose texts hold what logs write otherwise.
static FOREIGN: LazyLock<Hunter> = LazyLock::new(|| {
    let texts = [
        "aspx cmd=",
        "%SYSTEMROOT%",
        "a,b",
        "x y",
        "owa/?action",
        "${(",
        "ü",
        "\"q\"",
        "powershell",
    ];
    let rule = |(at, text): (usize, &&str)| {
        let text = serde_json::to_string(text).unwrap();
        let detection = match at % 2 {
            0 => format!("{{s: [{text}], condition: s}}"),
            _ => format!("{{s: {{cs-uri-query|contains: {text}}}, condition: s}}"),
        };
        let head = "logsource: {category: webserver}";
        (format!("{at}.yml"), format!("title: R{at}\nid: r{at}\n{head}\ndetection: {detection}\n"))
    };
    let rules: Vec<RuleFile> = texts.iter().enumerate().map(rule).collect();
    let (hunter, refused) = Hunter::new(&rules, &[]);
    assert!(refused.is_empty(), "{refused:?}");
    hunter
});

/// Every rule on every record: the slow reference.
fn slowly(hunter: &Hunter, lines: &[String]) -> Vec<crate::Sighting> {
    let mut format = kind::Kind::W3c.lines(b"").unwrap();
    format.header(FIELDS.trim_end().as_bytes()).unwrap();
    let rules = hunter.rules_for(Source::Iis).iter().map(|at| Watcher::Rule(*at));
    let watchers: Vec<Watcher> = rules.chain([Watcher::Typed]).collect();
    let mut collector = Collector::new(hunter, "u_ex.log", &|_| true);
    for (number, line) in (2..).zip(lines) {
        let record = format.record(line.as_bytes()).unwrap();
        collector.record(&watchers, &*record, number);
    }
    collector.finish().sightings
}

proptest! {
    /// H3: the prefilter, the memo of paths and the decoding of disguises hide nothing.
    #[test]
    fn the_quick_way_sees_what_the_slow_way_sees(lines in prop::collection::vec(request(), 1..40)) {
        let log = format!("{FIELDS}{}\n", lines.join("\n"));
        for hunter in [&*HUNTER, &*FOREIGN] {
            let mut input = Cursor::new(log.clone().into_bytes());
            let evidence = Evidence { name: "u_ex.log", input: &mut input, modified: None };
            let quick = hunter.examine(evidence, &|_| true);
            prop_assert_eq!(quick.sightings, slowly(hunter, &lines));
        }
    }

    /// H1: no bytes make it panic, whatever their name.
    #[test]
    fn any_bytes_are_read(name in "[a-z]{1,3}\\.(log|evtx|json|aspx|config|zip|gz|compiled|csv)", bytes: Vec<u8>) {
        examine(&name, bytes);
    }
}
