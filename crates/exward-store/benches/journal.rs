//! What an entry costs, written through to the disk, and what reading a long rollout costs.
//!
//! The directory is the one of the build, not a temporary one: that may be in memory, where a write to the
//! disk costs nothing.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use exward_core::blueprint::BlueprintId;
use exward_core::fleet::ServerName;
use exward_drive::journal::{Entry, Journal, Line, Outcome};
use exward_store::{StoreJournal, StoreUrl};
use jiff::Timestamp;

/// Entries of a rollout of some hundred servers.
const ENTRIES: u32 = 10_000;

const ID: BlueprintId = BlueprintId([7; 32]);

fn entry(number: u32) -> Entry {
    let server = ServerName::new("ex01.corp.example");
    Entry::Outcome { server, number: Some(number), step: number, outcome: Outcome::Done }
}

fn journal(c: &mut Criterion) {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let url = StoreUrl::Sqlite(directory.path().join("bench.db"));
    let mut journal = StoreJournal::open(&url).unwrap();
    journal.keep(Line::Unowned, ID, None, b"blueprint").unwrap();
    let lease = journal.lease(ID, "bench").unwrap();
    for number in 0..ENTRIES {
        journal.append(lease, ID, Timestamp::UNIX_EPOCH, &entry(number)).unwrap();
    }
    c.bench_function("entries of 10000", |b| b.iter(|| black_box(journal.entries(ID).unwrap())));
    c.bench_function("commands, none new", |b| b.iter(|| journal.commands(ID, 0).unwrap()));
    c.bench_function("append", |b| {
        b.iter(|| journal.append(lease, ID, Timestamp::UNIX_EPOCH, &entry(1)).unwrap());
    });
    drop(journal);
    c.bench_function("open, with its check", |b| {
        b.iter(|| StoreJournal::open(&url).unwrap());
    });
}

criterion_group!(benches, journal);
criterion_main!(benches);
