//! `kill -9` while a feed is being kept.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::memory::{Memory, is_whole};
use crate::place::Place;
use crate::program::{command, exward};

/// Servers of the feed: it has each on two days, and a tenth of them was updated in between.
const SERVERS: usize = 10_000;

/// Servers of one transaction of `check --store`.
const BATCH: usize = 1_000;

/// Lines of output after which it is killed: before the first batch, about when one is written, and in between.
const KILLED_AFTER: [usize; 6] = [1, 990, 4_000, 10_001, 13_500, 19_990];

const HEADER: &str = "timestamp,severity,ip,protocol,port,hostname,tag,asn,geo,region,city,naics,\
                      hostname_source,sector,version,servername,url";

/// Writes a feed in the form of Shadowserver's report.
pub(crate) fn feed(path: &str, servers: usize) {
    let builds = ["15.2.1544.14", "15.1.2507.6", "15.0.1497.48", "15.2.986.5", "15.2.2562.17"];
    let mut text = format!("{HEADER}\n");
    for day in 0..2 {
        for server in 0..servers {
            let build =
                if day == 1 && server % 10 == 0 { "15.2.2562.29" } else { builds[server % 5] };
            let ip = format!("198.18.{}.{}", server / 250, server % 250);
            writeln!(
                text,
                "\"2026-11-{} 02:11:04\",critical,{ip},tcp,443,m{server}.example.org,exchange;owa,64496,\
                 DE,HESSEN,FRANKFURT,0,ptr,,{build},EX{server},https://{ip}/owa/",
                20 + day
            )
            .unwrap();
        }
    }
    std::fs::write(path, text).unwrap();
}

/// Arguments of a check that keeps a feed, and tells of each server once it is read.
pub(crate) fn checking<'a>(feed: &'a str, store: &'a str) -> [&'a str; 9] {
    let [format, day] = ["--format", "--today"];
    ["check", "--from", feed, format, "csv", day, "2026-11-24", "--store", store]
}

fn is_kept_whole_however_often_it_is_killed(place: &Place) {
    let path = place.file("scan_exchange.csv");
    feed(&path, SERVERS);
    for (before, &lines) in KILLED_AFTER.iter().enumerate() {
        let mut child = command(&checking(&path, &place.url))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(told.by_ref().take(lines).filter(Result::is_ok).count(), lines);
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().code(), None, "it was to be killed, and ended by itself");
        is_whole(place);
        let memory = Memory::of(place);
        let runs = memory.rows("run");
        assert_eq!(runs.len(), before + 1);
        assert!(runs.iter().all(|it| it["ended_at"].is_null()), "a killed run has not ended");
        // The header is a line as well; what is told of is kept, but for the batch that is not full yet (S5).
        let acknowledged = ((lines - 1) / BATCH * BATCH).min(SERVERS);
        let kept = memory.servers().len();
        assert!(kept >= acknowledged, "{acknowledged} servers were acknowledged, {kept} are kept");
        assert_eq!(kept % BATCH, 0, "a part of a batch is kept");
    }
    let ran = exward(&checking(&path, &place.url));
    assert!(ran.code < 2, "{}", ran.err);
    is_whole(place);
    let memory = Memory::of(place);
    let ended = memory.rows("run").iter().filter(|it| !it["ended_at"].is_null());
    assert_eq!(ended.count(), 1);
    let undisturbed = Place::sqlite();
    assert!(exward(&checking(&path, &undisturbed.url)).code < 2);
    let (got, want) = (memory.servers(), Memory::of(&undisturbed).servers());
    assert_eq!(want.len(), SERVERS);
    for (target, known) in want {
        assert_eq!(got.get(&target), Some(&known), "{target}");
    }
    assert_eq!(got.len(), SERVERS);
}

#[test]
fn a_feed_is_kept_whole_however_often_it_is_killed_on_sqlite() {
    is_kept_whole_however_often_it_is_killed(&Place::sqlite());
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_feed_is_kept_whole_however_often_it_is_killed_on_postgres() {
    is_kept_whole_however_often_it_is_killed(&Place::postgres("killed"));
}
