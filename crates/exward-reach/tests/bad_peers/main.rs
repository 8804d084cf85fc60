//! Peers that are ill, or mean harm, met over real sockets: each visit ends in time, keeps no more than
//! its limits allow, and gives a reason that a person can read.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

mod lab;
mod mail;
mod script;
mod web;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use exward_reach::conduct::Conduct;
use exward_reach::journal::{Digest, Header, Journal};
use exward_reach::limits::{
    HEADER_CHARS_MAX, HEADERS_MAX, MAIL_LINE_BYTES_MAX, MAIL_LINES_MAX, MANIFEST_BYTES_MAX,
    PAGE_BYTES_MAX, Patience,
};
use exward_reach::order::{Expansion, Order, Shard};
use exward_reach::probe::Wishes;
use exward_reach::run::{Manner, Progress, Watch, run};
use exward_reach::visit::{Answer, Visit};
use exward_read::limits::VALUE_CHARS_MAX;
use jiff::civil::date;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// What one address may take in all.
const EACH: Duration = Duration::from_secs(2);

/// What a run may take: every peer twice, side by side, and much air for a busy machine.
const ALL: Duration = Duration::from_secs(40);

/// Longest reason that a person is shown.
const WHY_CHARS_MAX: usize = 300;

/// Most bytes of an answer's line in the journal: one page, 100 headers, and room.
const VISIT_BYTES_MAX: usize = 512 << 10;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

struct Nobody;

impl Watch for Nobody {
    fn progress(&mut self, _: Progress) {}

    fn wants_stop(&self) -> bool {
        false
    }
}

/// Asks all targets in one run, as the program does.
fn visits(targets: &[String], wishes: Wishes) -> Vec<Visit> {
    let endpoints: Vec<_> = targets.iter().map(|it| it.parse().unwrap()).collect();
    let digest = Digest::of(&endpoints, wishes);
    let targets = Expansion::new(endpoints).unwrap();
    let total = targets.total();
    let header = Header::new(7, Shard::WHOLE.to_string(), total, digest.to_string());
    let mut journal = Journal::temporary(header).unwrap();
    let conduct = Conduct {
        scope: None,
        contact: None,
        allow_loopback: true,
        rate: 0,
        today: date(2026, 11, 24),
    };
    let manner = Manner {
        conduct: Arc::new(conduct),
        wishes,
        patience: Patience::within(EACH),
        in_flight_max: 200,
        user_agent: "exward".to_owned(),
        settled: Arc::new(|_| false),
        dns: None,
    };
    let order = Order::new(7, total, Shard::WHOLE);
    assert!(run(&targets, order, &manner, &mut journal, &mut Nobody).unwrap());
    (0..total).map(|it| journal.visit(it).unwrap().unwrap()).collect()
}

/// The same, within [`ALL`].
fn visits_in_time(runtime: &Runtime, targets: Vec<String>, wishes: Wishes) -> Vec<Visit> {
    let (done, waiting) = oneshot::channel();
    std::thread::spawn(move || done.send(visits(&targets, wishes)));
    runtime.block_on(async { timeout(ALL, waiting).await.expect("in time").unwrap() })
}

/// What each visit says, a block for each peer, after its bounds were checked.
fn told(names: &[&str], visits: &[Visit]) -> String {
    let mut text = String::new();
    for (name, visit) in names.iter().zip(visits) {
        check_bounds(name, visit);
        writeln!(text, "{name}").unwrap();
        let mut last = String::new();
        for it in visit.front_ends().iter().flat_map(|(_, evidence)| evidence) {
            assert!(it.value.chars().count() <= VALUE_CHARS_MAX, "{name}: {it:?}");
            let line = format!("  {}: {}", it.kind.name(), without_ports(&it.value));
            if line != last {
                writeln!(text, "{line}").unwrap();
            }
            last = line;
        }
    }
    text
}

/// Which port was free is chance.
fn without_ports(value: &str) -> String {
    let mut parts = value.split("127.9.1.1");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (sign, rest) = part.split_at(if part.starts_with("%3a") { 3 } else { 1 });
        write!(
            text,
            "127.9.1.1{sign}PORT{}",
            rest.trim_start_matches(|c: char| c.is_ascii_digit())
        )
        .unwrap();
    }
    text
}

#[track_caller]
fn check_bounds(name: &str, visit: &Visit) {
    assert_eq!(visit.not_asked, None, "{name}");
    for front in &visit.fronts {
        assert!(!front.answers.is_empty() || !front.failures.is_empty(), "{name}: no reason");
        for failure in &front.failures {
            let chars = failure.why.chars().count();
            assert!((1..=WHY_CHARS_MAX).contains(&chars), "{name}: {}", failure.why);
        }
        for answer in &front.answers {
            check_answer(name, answer);
        }
    }
    let kept = serde_json::to_vec(visit).unwrap().len();
    assert!(kept <= VISIT_BYTES_MAX, "{name}: {kept} bytes in the journal");
}

#[track_caller]
fn check_answer(name: &str, answer: &Answer) {
    match answer {
        Answer::Web { headers, body, .. } => {
            assert!(headers.len() <= HEADERS_MAX, "{name}");
            let chars = |it: &String| it.chars().count();
            assert!(headers.iter().all(|(_, it)| chars(it) <= HEADER_CHARS_MAX), "{name}");
            assert!(chars(body) <= PAGE_BYTES_MAX.max(MANIFEST_BYTES_MAX), "{name}");
        }
        Answer::Mail { greeting, verbs, challenge } => {
            assert!(verbs.len() <= MAIL_LINES_MAX, "{name}");
            for line in verbs.iter().chain([greeting]).chain(challenge) {
                assert!(line.len() <= MAIL_LINE_BYTES_MAX * 3, "{name}");
            }
        }
    }
}
