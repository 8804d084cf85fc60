//! Made-up answers in every shape.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exward_hunt::verdict::{Known, summary};
use exward_hunt::{
    Confidence, Coverage, Examined, HuntSummary, Noted, RuleFacts, Sighting, Source, Stage,
};
use exward_read::Skipped;

use super::{Look, Shape, Tlp, write};

fn sighting(stage: Stage, confidence: Confidence, source: Source, line: Option<u64>) -> Sighting {
    let rule = RuleFacts {
        id: format!("exward-{stage}"),
        title: format!("A {stage} <b>"),
        cves: vec!["CVE-2021-34473".to_owned()],
        techniques: vec!["T1190".to_owned()],
        references: vec!["https://example.org/advisory".to_owned()],
        false_positives: Vec::new(),
        author: Some("Somebody".to_owned()),
    };
    let minute = line.unwrap_or_default();
    Sighting {
        rule: Arc::new(rule),
        stage,
        confidence,
        at: line.map(|_| format!("2026-11-20T00:{minute:02}:00Z").parse().unwrap()),
        source,
        file: "logs/u_ex261120.log".into(),
        line,
        excerpt: "=cmd X-Rps-CAT=0123456789abcdef <script>\x1b[31m".to_owned(),
        actor: Some("203.0.113.9".to_owned()),
        user: None,
        path: Some("/owa/auth/x.aspx".to_owned()),
        cmdlet: None,
        why: "it answered 200".to_owned(),
    }
}

fn covered(source: Source, from: &str) -> Examined {
    let at = |day: &str| Some(format!("{day}T00:00:00Z").parse().unwrap());
    let (from, to) = (at(from), at("2026-11-24"));
    let coverage = vec![Coverage { source, from, to, records: 1234, bytes: 99_999, files: 2 }];
    Examined { coverage, ..Examined::default() }
}

pub(crate) fn answer() -> HuntSummary {
    let mut all = Examined::default();
    all.absorb(covered(Source::Iis, "2026-07-27"));
    all.absorb(covered(Source::HttpProxy, "2026-10-26"));
    all.absorb(covered(Source::WebFolder, "2021-01-01"));
    all.note(Noted {
        what: "exward-probe".to_owned(),
        sentence: "asked by exward itself".to_owned(),
        count: 12,
        from: None,
        to: None,
        actors: BTreeSet::from(["198.51.100.7".to_owned()]),
    });
    all.absorb(Examined {
        sightings: vec![
            sighting(Stage::WebShell, Confidence::High, Source::WebFolder, None),
            sighting(Stage::Scan, Confidence::Low, Source::Iis, Some(3)),
            sighting(Stage::Success, Confidence::High, Source::HttpProxy, Some(5)),
        ],
        counts: BTreeMap::from([("exward-webshell".to_owned(), 1)]),
        servers: BTreeSet::from(["EX01".to_owned()]),
        skipped: vec![("logs/a.log".to_owned(), Skipped::line(7, "too few columns\x1b[2J"))],
        ..Examined::default()
    });
    summary(all, &Known::default())
}

fn shown(shape: Shape, change: impl FnOnce(&mut Look)) -> String {
    let today = "2026-11-24".parse().unwrap();
    let mut look = Look {
        shape,
        tlp: Tlp::Amber,
        timeline: false,
        raw: false,
        today,
        width: 120,
        color: false,
    };
    change(&mut look);
    let mut out = Vec::new();
    write(&answer(), look, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_table_is_read_in_ten_seconds() {
    insta::assert_snapshot!(shown(Shape::Table, |_| {}), @r"
    COMPROMISED  EX01
    Next: take it off the network now and leave it running; copy its disk and these logs before anything is changed; patching alone does not put an intruder out: have it rebuilt, and every password, key and certificate that it held renewed
      · A webshell <b>: it answered 200; by 203.0.113.9 (logs/u_ex261120.log)
      · HttpProxy logs reach back 29 days (2026-10-26 to 2026-11-24), IIS logs 4 months (2026-07-27); what happened before is not seen

    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     Seen              When (UTC)               Who           What                      Where                       
    ════════════════════════════════════════════════════════════════════════════════════════════════════════════════
     webshell (high)   2026-11-20 00:03:00 to   203.0.113.9   A webshell <b> (x.aspx)   …/u_ex261120.log and 2 more 
                       00:05:00                                                                                     
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    ──────────────────────────────────────────────────────────────────────────────
     Covered          From (UTC)            To (UTC)              Records   Files 
    ══════════════════════════════════════════════════════════════════════════════
     IIS logs         2026-07-27 00:00:00   2026-11-24 00:00:00   1234      2     
    ──────────────────────────────────────────────────────────────────────────────
     HttpProxy logs   2026-10-26 00:00:00   2026-11-24 00:00:00   1234      2     
    ──────────────────────────────────────────────────────────────────────────────
     web folders      2021-01-01 00:00:00   2026-11-24 00:00:00   1234      2     
    ──────────────────────────────────────────────────────────────────────────────

    Missing
      · ECP server logs: <Exchange>\Logging\ECP\Server
      · cmdlet logs: <Exchange>\Logging\CmdletInfra
      · MSExchange Management events: %SystemRoot%\System32\winevt\Logs\MSExchange Management.evtx
      · Application events: %SystemRoot%\System32\winevt\Logs\Application.evtx
      · Security events: %SystemRoot%\System32\winevt\Logs\Security.evtx
      · configuration files: %SystemRoot%\System32\inetsrv\config\applicationHost.config

    Noted, and no attack
      · asked by exward itself: 12 times from 198.51.100.7

    skipped logs/a.log:7: too few columns␛[2J

    TLP:AMBER
    ");
}

#[test]
fn the_timeline_has_a_line_for_each_sighting() {
    let text = shown(Shape::Table, |look| look.timeline = true);
    let lines: Vec<&str> = text.lines().filter(|it| it.contains("203.0.113.9  A ")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    2026-11-20T00:03:00Z  scan low  203.0.113.9  A scan <b>  logs/u_ex261120.log:3  =cmd X-Rps-CAT=<masked, 16 characters> <script>␛[31m
    2026-11-20T00:05:00Z  success high  203.0.113.9  A success <b>  logs/u_ex261120.log:5  =cmd X-Rps-CAT=<masked, 16 characters> <script>␛[31m
    -                     webshell high  203.0.113.9  A webshell <b>  logs/u_ex261120.log  =cmd X-Rps-CAT=<masked, 16 characters> <script>␛[31m
    ");
}

#[test]
fn json_keeps_the_contract() {
    let text = shown(Shape::Json, |_| {});
    let lines: Vec<serde_json::Value> =
        text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    let names = |at: usize| {
        let all: Vec<&str> = lines[at].as_object().unwrap().keys().map(String::as_str).collect();
        all.join(" ")
    };
    insta::assert_snapshot!(names(0), @"schema tlp server rule title author cve techniques stage confidence time source file line excerpt actor user path cmdlet why false_positives references chain");
    insta::assert_snapshot!(names(3), @"schema tlp server servers verdict reasons next_step covered missing noted skipped skipped_more counts chains chains_more");
    insta::assert_snapshot!(lines[0], @r#"{"schema":"exward.hunt.sighting/1","tlp":"TLP:AMBER","server":"EX01","rule":"exward-scan","title":"A scan <b>","author":"Somebody","cve":["CVE-2021-34473"],"techniques":["T1190"],"stage":"scan","confidence":"low","time":"2026-11-20T00:03:00Z","source":"iis","file":"logs/u_ex261120.log","line":3,"excerpt":"=cmd X-Rps-CAT=<masked, 16 characters> <script>\u001b[31m","actor":"203.0.113.9","user":null,"path":"/owa/auth/x.aspx","cmdlet":null,"why":"it answered 200","false_positives":[],"references":["https://example.org/advisory"],"chain":1}"#);
    insta::assert_snapshot!(lines[3]["chains"], @r#"[{"id":1,"title":"A webshell <b>","stage":"webshell","confidence":"high","from":"2026-11-20T00:03:00Z","to":"2026-11-20T00:05:00Z","sightings":3,"actors":["203.0.113.9"],"users":[],"files":["x.aspx"]}]"#);
    insta::assert_snapshot!(lines[3]["covered"][0], @r#"{"source":"iis","from":"2026-07-27T00:00:00Z","to":"2026-11-24T00:00:00Z","records":1234,"bytes":99999,"files":2,"gaps":[]}"#);
}

#[test]
fn spreadsheets_calculate_nothing_and_secrets_stay() {
    let text = shown(Shape::Csv, |_| {});
    let row = text.lines().nth(1).unwrap();
    assert!(row.contains("'=cmd X-Rps-CAT=<masked, 16 characters>"), "{row}");
    assert!(shown(Shape::Csv, |look| look.raw = true).contains("0123456789abcdef"));
    for shape in [Shape::Table, Shape::Json, Shape::Csv, Shape::Html] {
        let text = shown(shape, |look| look.timeline = true);
        assert!(!text.contains("0123456789abcdef"), "{shape:?} {text}");
        assert!(!text.contains('\x1b'), "X1: {shape:?} {text}");
    }
}

#[test]
fn the_report_is_one_strict_page_with_a_picture() {
    let text = shown(Shape::Html, |_| {});
    for part in [
        "<span class=\"compromised\">COMPROMISED</span> EX01",
        "TLP:AMBER",
        "default-src 'none'",
        "role=\"img\" aria-labelledby=\"picture-title picture-text\"",
        "<circle class=\"high\"",
        "HttpProxy logs: 2026-10-26T00:00:00Z to 2026-11-24T00:00:00Z",
        "prefers-color-scheme: dark",
        "A webshell &#60;b&#62;",
        "&#60;script&#62;␛[31m",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    for part in ["<script", "<b>", "http-equiv=\"refresh\"", "<link", "<img", "{{", "{%"] {
        assert!(!text.contains(part), "{part}\n{text}");
    }
    // Strict: every element that is opened is closed.
    let count = |word: &str| text.matches(word).count();
    for element in ["table", "tr", "td", "section", "svg", "circle", "title", "ul", "li", "p"] {
        let opened = count(&format!("<{element}>")) + count(&format!("<{element} "));
        assert_eq!(opened, count(&format!("</{element}>")), "{element}");
    }
}

#[test]
fn an_empty_answer_has_every_shape() {
    let empty = summary(Examined::default(), &Known::default());
    let today = "2026-11-24".parse().unwrap();
    for shape in [Shape::Table, Shape::Json, Shape::Csv, Shape::Html] {
        let look = Look {
            shape,
            tlp: Tlp::Red,
            timeline: true,
            raw: false,
            today,
            width: 80,
            color: false,
        };
        let mut out = Vec::new();
        write(&empty, look, &mut out).unwrap();
        assert!(!out.is_empty(), "{shape:?}");
    }
}

#[test]
fn what_limits_the_answer_is_never_cut() {
    let page = |line: u64, title: &str| {
        let mut it = sighting(Stage::WebShell, Confidence::High, Source::Iis, Some(line));
        it.rule = Arc::new(RuleFacts { title: title.to_owned(), ..(*it.rule).clone() });
        it.file = "/mnt/ex01/logs/u_ex261120.log".into();
        it.why = "it answered 200; raised from medium: the disk says so, too".to_owned();
        (it.actor, it.path) = (None, Some(format!("/owa/auth/x{line}.aspx")));
        it
    };
    let mut all = covered(Source::Iis, "2026-07-27");
    all.sightings = vec![page(1, "A page"), page(2, "A file"), page(3, "A command")];
    all.servers = BTreeSet::from(["EX01".to_owned(), "EX02".to_owned()]);
    let exposed_since = "2026-05-14".parse().ok();
    let answer = summary(all, &Known { unread: 2, exposed_since, ..Known::default() });
    insta::assert_snapshot!(super::reasons::short(&answer).join("\n"), @r"
    A page: it answered 200; at 2026-11-20 00:01:00 UTC (/mnt/ex01/logs/u_ex261120.log:1)
    A file: it answered 200; at 2026-11-20 00:02:00 UTC (…/u_ex261120.log:2)
    and 1 more like these
    2 files, or parts of them, could not be read: this is no whole answer
    evidence of several servers (EX01, EX02): this is one answer for all of them; hunt each by itself
    IIS logs reach back 4 months (2026-07-27 to 2026-11-24); the hole was open for 2 months before that (2026-05-14), and what happened then is not seen
    ");
}
