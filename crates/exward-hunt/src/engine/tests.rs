//! Lines, their numbers and damage (G1, G2, G3).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Read};

use insta::assert_snapshot;
use proptest::prelude::*;

use super::fold::{decode_once, lower_into};
use super::*;
use crate::kind;
use crate::sigma::Alphabet;
use crate::{Fields, Record};

const FIELDS: &str = "#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query sc-status\n";

/// Writes down what the scan gives.
#[derive(Default)]
struct Notes(String);

impl LineSink for Notes {
    fn record(&mut self, watchers: &[Watcher], record: &dyn Record, line: u64) {
        let names: Vec<_> = watchers.iter().map(|it| format!("{it:?}")).collect();
        writeln!(self.0, "{line} [{}] {}", names.join(" "), record.text()).unwrap();
    }

    /// Paths matter unless they are the page that everybody asks.
    fn may_matter(&self, _: &[Watcher], known: &dyn Fields) -> bool {
        known.values("cs-uri-stem").raw() != Some("/owa/auth/logon.aspx")
    }

    fn skipped(&mut self, line: u64, why: String) {
        writeln!(self.0, "{line} skipped: {why}").unwrap();
    }

    fn read(&mut self, _: &dyn Record) {}

    fn ends_within(&mut self, line: u64, why: String) {
        writeln!(self.0, "{line} ends within: {why}").unwrap();
    }

    fn progress(&mut self, _: u64) -> bool {
        true
    }
}

fn plan(always: bool) -> Plan {
    let set = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
    let others = [
        (Watcher::Typed, set(&[".aspx", "autodiscover.json"])),
        (Watcher::Known, set(&["whoami"])),
    ];
    let mut plan = Plan::new(std::iter::empty(), &others, Alphabet::Url, true);
    if always {
        plan.always.push(Watcher::Rule(0));
    }
    plan
}

fn scan(input: &mut dyn Read) -> String {
    let mut notes = Notes::default();
    let mut format = kind::Kind::W3c.lines(b"").unwrap();
    let found = scan_lines(&mut *format, &plan(false), input, &mut notes);
    let at = |time: Option<jiff::Timestamp>| time.map_or("-".to_owned(), |it| it.to_string());
    let Found { records, bytes, from, to, .. } = found;
    writeln!(notes.0, "{records} records, {bytes} bytes, {} to {}", at(from), at(to)).unwrap();
    notes.0
}

#[test]
fn only_lines_that_may_matter_are_looked_at_and_each_has_its_number() {
    let log = format!(
        "#Software: x\n{FIELDS}\
         2026-11-01 00:00:01 192.0.2.1 GET /owa/ - 200\n\
         2026-11-01 00:00:02 192.0.2.1 GET /owa/auth/logon.aspx url=x 200\r\n\
         2026-11-01 00:00:03 192.0.2.1 GET /owa/auth/logon.aspx q=WhoAmI 200\n\
         2026-11-01 00:00:04 192.0.2.1 GET /x.aspx - 200\n\
         2026-11-01 00:00:05 192.0.2.1 GET /%61utodiscover/%61utodiscover.json q 200\n\
         2026-11-01 00:00:06 192.0.2.1 GET /y.%61spx - 200\n\
         #Fields: date time sc-status cs-uri-stem\n\
         2026-11-01 00:00:07 404 /z.aspx\n\
         2026-11-01 00:00:08 192.0.2.1 GET /broken.aspx - 200\n\
         2026-11-01 00:00:09 404 /cut.as"
    );
    assert_snapshot!(scan(&mut log.as_bytes()), @r"
    5 [Known] 2026-11-01 00:00:03 192.0.2.1 GET /owa/auth/logon.aspx q=WhoAmI 200
    6 [Typed] 2026-11-01 00:00:04 192.0.2.1 GET /x.aspx - 200
    7 [Typed] 2026-11-01 00:00:05 192.0.2.1 GET /%61utodiscover/%61utodiscover.json q 200
    8 [Typed] 2026-11-01 00:00:06 192.0.2.1 GET /y.%61spx - 200
    10 [Typed] 2026-11-01 00:00:07 404 /z.aspx
    11 skipped: 7 columns where `#Fields:` names 4
    9 records, 593 bytes, 2026-11-01T00:00:01Z to 2026-11-01T00:00:09Z
    ");
}

#[test]
fn damage_is_named_and_the_rest_is_read() {
    let mut log = format!("{FIELDS}2026-11-01 00:00:01 192.0.2.1 GET /a.aspx - 200\n").into_bytes();
    log.extend([0; 50]);
    log.push(b'\n');
    let tail = "\n2026-11-01 00:00:02 192.0.2.1 GET /b.aspx - 200\n2026-11-01 00:00:03 192.0.2";
    let mut input = log.chain(io::repeat(b'x').take(100 << 20)).chain(tail.as_bytes());
    assert_snapshot!(scan(&mut input), @r"
    3 skipped: NUL bytes stand here: nothing was written, or it was wiped
    2 [Typed] 2026-11-01 00:00:01 192.0.2.1 GET /a.aspx - 200
    4 skipped: the line is longer than 1 MiB
    5 [Typed] 2026-11-01 00:00:02 192.0.2.1 GET /b.aspx - 200
    6 ends within: the file ends in the middle of a line: 3 columns where `#Fields:` names 7: a line cut off
    4 records, 104857844 bytes, 2026-11-01T00:00:01Z to 2026-11-01T00:00:03Z
    ");
    assert_snapshot!(scan(&mut &b""[..]), @"0 records, 0 bytes, - to -");
}

/// Fails after some bytes, as a disk does.
struct Failing(usize);

impl Read for Failing {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::Error::other("the disk has failed"));
        }
        let line = b"2026-11-01 00:00:01 192.0.2.1 GET /a.aspx - 200\n";
        self.0 -= 1;
        room[..line.len()].copy_from_slice(line);
        Ok(line.len())
    }
}

#[test]
fn a_disk_that_fails_is_named_with_the_line() {
    let mut input = FIELDS.as_bytes().chain(Failing(1));
    assert_snapshot!(scan(&mut input), @r"
    2 [Typed] 2026-11-01 00:00:01 192.0.2.1 GET /a.aspx - 200
    3 skipped: reading stopped here: the disk has failed; what comes after it was not looked at
    1 records, 117 bytes, 2026-11-01T00:00:01Z to 2026-11-01T00:00:01Z
    ");
}

/// Lines around what the plan looks for, in every disguise.
fn line() -> impl Strategy<Value = String> {
    let stem = prop::sample::select(vec![
        "/owa/",
        "/owa/auth/logon.aspx",
        "/X.ASPX",
        "/a.%61spx",
        "/a%2easpx",
        "/a.%2561spx",
        "/autodiscover/autodiscover.json",
        "/a.%u0061spx",
        "/a.asp",
        "/%",
        "/%25",
        "/a.aspx%",
    ]);
    let query =
        prop::sample::select(vec!["-", "a=b", "q=WHOAMI", "q=%77hoami", "%", "x.aspx", "#"]);
    (stem, query)
        .prop_map(|(stem, query)| format!("2026-11-01 00:00:01 192.0.2.1 GET {stem} {query} 200"))
}

proptest! {
    /// G1, H3: what is parsed line by line, without a prefilter, sees nothing more.
    #[test]
    fn nothing_is_hidden_by_the_prefilter(lines in prop::collection::vec(line(), 0..60)) {
        let log = format!("{FIELDS}{}\n", lines.join("\n"));
        let mut quick = Notes::default();
        let mut format = kind::Kind::W3c.lines(b"").unwrap();
        scan_lines(&mut *format, &plan(false), &mut log.as_bytes(), &mut quick);
        let mut slow = String::new();
        for (number, line) in lines.iter().enumerate() {
            let mut folded = Vec::new();
            lower_into(line.as_bytes(), &mut folded);
            let mut decoded = folded.clone();
            let _once = decode_once(&mut decoded) && decode_once(&mut decoded);
            let holds = |text: &str| {
                [&folded, &decoded].iter().any(|it| String::from_utf8_lossy(it).contains(text))
            };
            let elsewhere = !line.contains("/owa/auth/logon.aspx")
                || holds("whoami") || line.contains("x.aspx");
            if (holds(".aspx") || holds("autodiscover.json") || holds("whoami")) && elsewhere {
                writeln!(slow, "{} ", number + 2).unwrap();
            }
        }
        let quick: String = quick.0.lines().map(|it| format!("{} \n", it.split(' ').next().unwrap())).collect();
        prop_assert_eq!(quick, slow);
    }

    /// A rule without a needle sees every record, and nothing twice.
    #[test]
    fn a_rule_without_needles_sees_every_record(lines in prop::collection::vec(line(), 0..30)) {
        let log = format!("{FIELDS}{}\n", lines.join("\n"));
        let mut all = Notes::default();
        let mut format = kind::Kind::W3c.lines(b"").unwrap();
        scan_lines(&mut *format, &plan(true), &mut log.as_bytes(), &mut all);
        prop_assert_eq!(all.0.lines().count(), lines.len());
    }

    /// No bytes make it panic.
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        scan(&mut &bytes[..]);
    }
}
