//! What a large estate costs: 100,000 servers, seen once a day for 90 days, on SQLite and (if
//! `EXWARD_TEST_POSTGRES` names a server) on PostgreSQL. `EXWARD_BENCH_SERVERS` makes it smaller.
//!
//! Not with criterion: what is measured here takes from milliseconds to seconds, and changes the store. Each
//! line of the output is one question: how often it was asked, and the median and the 95th percentile of its
//! answers. The file is in the directory of the build, as for the bench of the journal.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench, read on a terminal")]
#![expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "small numbers")]

#[path = "estate/history.rs"]
mod history;

use std::time::{Duration, Instant};

use exward_store::store::{
    Cursor, ImprintId, RunKind, SEEN_MAX, Seen, ServerFilter, StandingRow, TenantId,
};
use exward_store::{Store, StoreUrl};
use history::{DAYS, History, day};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, query};

/// How often a question is asked.
const TIMES: usize = 40;

fn main() {
    let servers = std::env::var("EXWARD_BENCH_SERVERS");
    let servers: u64 = servers.map_or(100_000, |it| it.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = directory.path().join("estate.db");
    runtime.block_on(measure(&StoreUrl::Sqlite(path), servers));
    if let Ok(server) = std::env::var("EXWARD_TEST_POSTGRES") {
        runtime.block_on(on_postgres(&server, servers));
    }
}

async fn on_postgres(server: &str, servers: u64) {
    let database = format!("exward_bench_{}", std::process::id());
    let run = async |text: String| {
        let mut connection = PgConnection::connect(server).await.unwrap();
        query(AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
    };
    run(format!("CREATE DATABASE {database}")).await;
    let (place, _) = server.rsplit_once('/').unwrap();
    measure(&format!("{place}/{database}").parse().unwrap(), servers).await;
    run(format!("DROP DATABASE {database} WITH (FORCE)")).await;
}

async fn measure(url: &StoreUrl, servers: u64) {
    let store = Store::open(url).await.unwrap();
    let tenant = store.make_tenant("bench", day(0)).await.unwrap();
    let run = store.begin_run(tenant, RunKind::Check, "bench", "bench", day(0)).await.unwrap();
    let history = History::new(servers);
    let began = Instant::now();
    let intervals = history.write(url, tenant, run).await;
    println!(
        "{}: {servers} servers × {DAYS} days in {intervals} intervals, written in {:.1} s",
        url.engine().name(),
        began.elapsed().as_secs_f64()
    );
    let mut took = Took::new();
    took.time(store.recompute_turns(tenant)).await.unwrap();
    took.print("turns computed again");
    lists(&store, tenant).await;
    one_server(&store, tenant, servers).await;
    stand_again(&store).await;
    observe(&store, tenant, &history).await;
    store.close().await;
}

async fn lists(store: &Store, tenant: TenantId) {
    let page = async |filter: &ServerFilter, after: Option<&Cursor>| {
        store.servers(tenant, filter, after, 100).await.unwrap()
    };
    let some = |text: &str| Some(text.to_owned());
    let all = ServerFilter::default;
    let filters = [
        ("first page", all()),
        ("of a verdict", ServerFilter { verdict: some("patched"), ..all() }),
        ("exploited ones", ServerFilter { kev_only: true, ..all() }),
        ("of a site", ServerFilter { site: some("site 7"), ..all() }),
        ("of a site that is none", ServerFilter { site: some("nowhere"), ..all() }),
        ("with a text", ServerFilter { text: some("mail-77"), ..all() }),
        ("with a text that is nowhere", ServerFilter { text: some("zzz"), ..all() }),
        ("with a tag that is nowhere", ServerFilter { tag: some("zzz"), ..all() }),
    ];
    for (name, filter) in &filters {
        let mut took = Took::new();
        for _ in 0..TIMES {
            took.time(page(filter, None)).await;
        }
        took.print(name);
    }
    let (mut took, mut after) = (Took::new(), None);
    for _ in 0..TIMES {
        after = took.time(page(&filters[0].1, after.as_ref())).await.next;
    }
    took.print("next page");
    let mut took = Took::new();
    for _ in 0..TIMES {
        took.time(store.summary(tenant)).await.unwrap();
    }
    took.print("summary");
    let (mut marks, mut releases, mut turns) = (Took::new(), Took::new(), Took::new());
    let date = |number| day(number).to_zoned(jiff::tz::TimeZone::UTC).date();
    for _ in 0..TIMES {
        marks.time(store.estate_mark(tenant)).await.unwrap();
        releases.time(store.releases(tenant)).await.unwrap();
        turns.time(store.turns_since(None, date(DAYS - 29))).await.unwrap();
    }
    marks.print("the mark of the estate");
    releases.print("servers by release");
    turns.print("turns of 30 days, all tenants");
    let mut took = Took::new();
    for _ in 0..5 {
        took.time(store.standing_by_day(tenant, date(0), date(DAYS))).await.unwrap();
    }
    took.print("standing by day");
}

async fn one_server(store: &Store, tenant: TenantId, servers: u64) {
    let mut took = Took::new();
    for number in 0..TIMES {
        let server = number as u64 * 7_919 % servers;
        let id = store.server_of_target(tenant, &history::target(server)).await.unwrap().unwrap();
        took.time(store.spans(tenant, id, None)).await.unwrap();
    }
    took.print("spans of a server");
}

async fn stand_again(store: &Store) {
    for (name, catalog) in [("restand, all differ", 1), ("restand, none differs", 1)] {
        let imprints = store.imprints(ImprintId(0), 5_000).await.unwrap();
        let standings: Vec<(ImprintId, StandingRow)> = imprints
            .iter()
            .map(|it| (it.0, history::standing(it.0.0.unsigned_abs(), catalog)))
            .collect();
        let mut took = Took::new();
        took.time(store.restand(&standings, jiff::Timestamp::UNIX_EPOCH)).await.unwrap();
        took.print(name);
    }
}

/// What is seen on the days after the history: three times every server.
async fn observe(store: &Store, tenant: TenantId, history: &History) {
    let run = store.begin_run(tenant, RunKind::Feed, "bench", "bench", day(DAYS)).await.unwrap();
    for (name, first, turned) in [
        ("observe, unchanged, first restanding", 0, false),
        ("observe, unchanged", 3, false),
        ("observe, changed", 6, true),
    ] {
        let (mut took, began) = (Took::new(), Instant::now());
        let mut rows = 0;
        for after in first..first + 3 {
            let seen: Vec<Seen> = history.seen(DAYS + after, turned.then_some(after));
            for chunk in seen.chunks(SEEN_MAX) {
                took.time(store.observe(tenant, run, chunk)).await.unwrap();
            }
            rows += seen.len();
        }
        took.print(name);
        let all = began.elapsed().as_secs_f64();
        println!("  {:40} {rows} rows in {all:.1} s: {:.1} µs a row", "", all * 1e6 / rows as f64);
    }
}

/// How long the same took, each time.
struct Took(Vec<Duration>);

impl Took {
    const fn new() -> Self {
        Self(Vec::new())
    }

    async fn time<T>(&mut self, work: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let done = work.await;
        self.0.push(began.elapsed());
        done
    }

    fn print(mut self, name: &str) {
        self.0.sort();
        let at = |percent: usize| self.0[(self.0.len() - 1) * percent / 100].as_secs_f64() * 1e3;
        println!("  {name:40} p50 {:9.2} ms  p95 {:9.2} ms  ×{}", at(50), at(95), self.0.len());
    }
}
