//! An estate that is made up, and its history: written past the store, because a year of mornings would take
//! long. The same every time.

use std::fmt::Write as _;

use exward_store::StoreUrl;
use exward_store::store::{RunId, Seen, StandingRow, TenantId};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection, query, raw_sql};

/// Days of the history.
pub(crate) const DAYS: i64 = 90;

/// Kinds of servers: those of one look alike.
const IMPRINTS: u64 = 300;

/// One server in so many looks different from one day to the next.
const TURNS_ONE_IN: u64 = 50;

/// Rows of one statement on SQLite.
const CHUNK: usize = 500;

/// Noon of a day.
pub(crate) fn day(number: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + number * 86_400).unwrap()
}

/// The name of a server.
pub(crate) fn target(server: u64) -> String {
    format!("mail-{server}.example.org:443")
}

/// The standing of an imprint.
pub(crate) fn standing(imprint: u64, catalog: i64) -> StandingRow {
    let bad = imprint.is_multiple_of(3);
    StandingRow {
        rank: (imprint * 37 % 1_000) as i64 + i64::from(bad) * 10_000 + catalog,
        verdict: if bad { "vulnerable" } else { "patched" }.into(),
        product: Some("Exchange Server 2019".into()),
        cu: Some("CU14".into()),
        update: Some("2026-10".into()),
        build: Some(format!("15.2.1544.{imprint}")),
        open: if bad { 3 } else { 0 },
        kev_open: u32::from(imprint.is_multiple_of(9)),
        exposed_since: bad.then(|| "2026-10-13".parse().unwrap()),
        next_step: "Install the newest security update.".into(),
        mitigation: None,
    }
}

fn body(imprint: u64) -> String {
    let mut body = String::from("[");
    for item in 0..8 {
        write!(
            body,
            r#"{{"kind":"header","name":"X-Item-{item}","value":"15.2.1544.{imprint}"}},"#
        )
        .unwrap();
    }
    body.push(']');
    body
}

/// SplitMix64 (Steele, Lea and Flood, 2014), of one number.
fn mixed(number: u64) -> u64 {
    let mut it = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ (it >> 31)
}

/// The estate.
pub(crate) struct History {
    servers: u64,
    bodies: Vec<String>,
}

/// An interval: key, server, imprint, first and last day.
type Interval = (u64, u64, u64, i64, i64);

impl History {
    pub(crate) fn new(servers: u64) -> Self {
        Self { servers, bodies: (0..=IMPRINTS).map(body).collect() }
    }

    fn body(&self, imprint: u64) -> &str {
        &self.bodies[usize::try_from(imprint).unwrap()]
    }

    /// The intervals of all servers; servers and imprints count from one, as their keys do.
    fn intervals(&self) -> Vec<Interval> {
        let mut intervals: Vec<Interval> = Vec::new();
        for server in 1..=self.servers {
            let (mut from, mut imprint) = (0, mixed(server) % IMPRINTS + 1);
            for today in 1..=DAYS {
                let turns =
                    mixed(server * 1_000 + today.unsigned_abs()).is_multiple_of(TURNS_ONE_IN);
                if turns || today == DAYS {
                    intervals.push((intervals.len() as u64 + 1, server, imprint, from, today - 1));
                    (from, imprint) = (today, mixed(imprint + server) % IMPRINTS + 1);
                }
            }
        }
        intervals
    }

    /// What is seen of every server on a day: as on the last day of the history or, `turned`, otherwise.
    pub(crate) fn seen(&self, today: i64, turned: Option<i64>) -> Vec<Seen> {
        let last = self.intervals();
        let last = last.iter().filter(|it| it.4 == DAYS - 1);
        last.map(|&(_, server, imprint, ..)| {
            let turn = turned.map_or(0, |it| it.unsigned_abs() + 1);
            let imprint = (imprint + turn - 1) % IMPRINTS + 1;
            let body = self.body(imprint);
            Seen {
                target: target(server - 1),
                name: None,
                site: None,
                at: day(today),
                body: body.to_owned(),
                imprint: body.to_owned(),
                standing: standing(imprint, 0),
            }
        })
        .collect()
    }

    /// Writes it into an empty store; how many intervals there are.
    pub(crate) async fn write(&self, url: &StoreUrl, tenant: TenantId, run: RunId) -> usize {
        let intervals = self.intervals();
        let mut tables = Tables::open(url).await;
        let imprints = (1..=IMPRINTS).map(|it| {
            let body = self.body(it);
            vec![it.to_string(), digest(url, body), body.to_owned()]
        });
        tables.write("imprint (id, digest, body)", imprints.collect()).await;
        let mut servers: Vec<Vec<String>> = Vec::new();
        for &(observation, server, imprint, ..) in intervals.iter().filter(|it| it.4 == DAYS - 1) {
            servers.push(server_row(tenant, server, imprint, observation));
        }
        tables.write(SERVER, servers).await;
        for part in intervals.chunks(20_000) {
            let rows = part.iter().map(|&(id, server, imprint, from, to)| {
                let body = self.body(imprint);
                let times = to - from + 1;
                let at = |number| day(number).as_millisecond().to_string();
                let mut row: Vec<String> =
                    [id.to_string(), server.to_string(), run.to_string(), imprint.to_string()]
                        .into();
                row.extend([
                    at(from),
                    at(to),
                    times.to_string(),
                    digest(url, body),
                    body.to_owned(),
                ]);
                row
            });
            let table =
                "observation (id, server, run, imprint, from_at, to_at, times, digest, body)";
            tables.write(table, rows.collect()).await;
        }
        tables.finish().await;
        intervals.len()
    }
}

const SERVER: &str = "server (id, tenant, target, site, first_seen_at, last_seen_at, observation, imprint, \
     rank, verdict, product, cu, update_level, build, open, kev_open, next_step)";

fn server_row(tenant: TenantId, server: u64, imprint: u64, observation: u64) -> Vec<String> {
    let standing = standing(imprint, 0);
    let at = |number| day(number).as_millisecond().to_string();
    let mut row = vec![server.to_string(), tenant.to_string(), target(server - 1)];
    row.extend([format!("site {}", server % 40), at(0), at(DAYS - 1), observation.to_string()]);
    row.extend([imprint.to_string(), standing.rank.to_string(), standing.verdict]);
    row.extend(
        [standing.product, standing.cu, standing.update, standing.build]
            .map(Option::unwrap_or_default),
    );
    row.extend([standing.open.to_string(), standing.kev_open.to_string(), standing.next_step]);
    row
}

/// A digest, as the engine reads bytes from text.
fn digest(url: &StoreUrl, body: &str) -> String {
    let sum: [u8; 32] = Sha256::digest(body).into();
    let mut text = if matches!(url, StoreUrl::Sqlite(_)) { "x'" } else { r"\\x" }.to_owned();
    for byte in sum {
        write!(text, "{byte:02x}").unwrap();
    }
    if matches!(url, StoreUrl::Sqlite(_)) {
        text.push('\'');
    }
    text
}

/// The way past the store.
enum Tables {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Tables {
    async fn open(url: &StoreUrl) -> Self {
        match url {
            StoreUrl::Sqlite(path) => {
                let url = format!("sqlite://{}", path.display());
                Self::Sqlite(SqliteConnection::connect(&url).await.unwrap())
            }
            StoreUrl::Postgres(url) => Self::Postgres(PgConnection::connect(url).await.unwrap()),
        }
    }

    /// Nothing that is written here has a quote, a tab or a backslash in it that is not meant.
    async fn write(&mut self, table: &str, rows: Vec<Vec<String>>) {
        match self {
            Self::Sqlite(connection) => {
                raw_sql("BEGIN").execute(&mut *connection).await.unwrap();
                for chunk in rows.chunks(CHUNK) {
                    let word = |it: &String| {
                        if it.starts_with("x'") { it.clone() } else { format!("'{it}'") }
                    };
                    let row = |it: &Vec<String>| it.iter().map(word).collect::<Vec<_>>().join(",");
                    let rows: Vec<String> =
                        chunk.iter().map(|it| format!("({})", row(it))).collect();
                    let text = format!("INSERT INTO {table} VALUES {}", rows.join(","));
                    raw_sql(AssertSqlSafe(text)).execute(&mut *connection).await.unwrap();
                }
                raw_sql("COMMIT").execute(&mut *connection).await.unwrap();
            }
            Self::Postgres(connection) => {
                let mut copy =
                    connection.copy_in_raw(&format!("COPY {table} FROM STDIN")).await.unwrap();
                for chunk in rows.chunks(CHUNK) {
                    let lines: String = chunk.iter().map(|it| it.join("\t") + "\n").collect();
                    copy.send(lines.into_bytes()).await.unwrap();
                }
                copy.finish().await.unwrap();
            }
        }
    }

    /// Lets keys count on from here. PostgreSQL looks at its tables now and then by itself; here at once.
    async fn finish(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.unwrap(),
            Self::Postgres(mut connection) => {
                for table in ["imprint", "server", "observation"] {
                    let text = format!(
                        "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
                    );
                    query(AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
                }
                query("ANALYZE").execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }
}
