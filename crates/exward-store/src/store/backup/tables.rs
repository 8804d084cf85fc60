//! Every table and column of the store and of its journal, as data: for backups, and for checks.
//! `tests/contract/backup.rs` compares it with the real schema.

/// What a column holds; each may be NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number.
    Number,
    /// A text.
    Text,
    /// Bytes.
    Bytes,
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// How many of the first columns are its key.
    pub(crate) key: usize,
    /// Rows that are read at once.
    pub(crate) page: i64,
    /// Its columns, separated by white space: `name` is a number, `name:t` text, `name:b` bytes; `name>table`
    /// the id of a row of another table.
    columns: &'static str,
}

impl Table {
    /// The columns in order: name, what it holds, and whose id it is.
    pub(crate) fn columns(
        &self,
    ) -> impl Iterator<Item = (&'static str, Kind, Option<&'static str>)> {
        self.columns.split_whitespace().map(|it| {
            if let Some((name, of)) = it.split_once('>') {
                return (name, Kind::Number, Some(of));
            }
            match it.split_once(':') {
                Some((name, "b")) => (name, Kind::Bytes, None),
                Some((name, _)) => (name, Kind::Text, None),
                None => (it, Kind::Number, None),
            }
        })
    }
}

/// A row can have an observation of some hundred KB.
const PAGE_ROWS: i64 = 200;

/// A blueprint can have hundreds of MB, and is rarely above some.
const PAGE_BLUEPRINTS: i64 = 4;

const fn table(name: &'static str, key: usize, columns: &'static str) -> Table {
    Table { name, key, page: PAGE_ROWS, columns }
}

/// All tables of the store, each after those it refers to.
pub(crate) const TABLES: [Table; 23] = [
    table("tenant", 1, "id name:t made_at"),
    table(
        "run",
        1,
        "id tenant>tenant kind:t source:t by_whom:t began_at ended_at servers changed skipped:t",
    ),
    table("imprint", 1, "id digest:b body:t"),
    table(
        "server",
        1,
        "id tenant>tenant target:t name:t site:t tags:t first_seen_at last_seen_at \
         observation imprint>imprint rank verdict:t product:t cu:t update_level:t build:t open \
         kev_open exposed_since:t next_step:t hunt_verdict:t alarm hunt_from hunt_to \
         hunt hunt_settled mitigation:t",
    ),
    table(
        "observation",
        1,
        "id server>server run>run imprint>imprint from_at to_at times digest:b body:t",
    ),
    table("turn", 3, "tenant>tenant day imprint>imprint delta"),
    table("retention", 1, "tenant>tenant since"),
    table("catalog", 1, "id digest:b as_of:t first_used_at used_at"),
    table(
        "hunt",
        1,
        "id server>server run>run at verdict:t from_at to_at body:t alarm settled_at settled_by:t \
         settled_why:t",
    ),
    table(
        "sighting",
        1,
        "id hunt>hunt server>server at stage:t confidence:t rule:t body:t alarm trace:b",
    ),
    table(
        "acceptance",
        1,
        "id tenant>tenant server>server cve:t until_at by_whom:t why:t at revoked_at revoked_by:t",
    ),
    table("person", 1, "id tenant>tenant name:t role:t password:t made_at disabled_at"),
    table("session", 1, "digest:b person>person form_key:t made_at expires_at"),
    table(
        "token",
        1,
        "id digest:b tenant>tenant name:t role:t by_whom:t made_at expires_at revoked_at",
    ),
    table("setup", 1, "digest:b expires_at"),
    table("audit", 1, "sequence at tenant actor:t action:t subject:t detail:t checksum:b"),
    table("audit_tip", 1, "one sequence checksum:b"),
    table(
        "job",
        1,
        "id tenant>tenant kind:t payload:t once_key:t state:t due_at owner:t claim \
         held_until attempts done total reason:t made_by:t made_at ended_at",
    ),
    table("schedule", 1, "id tenant>tenant target:t every_minutes next_at job made_by:t made_at"),
    table("dropped", 2, "tenant>tenant digest:b name:t at"),
    table("rollout", 1, "blueprint:t tenant>tenant made_at made_by:t told"),
    table("webhook", 1, "id tenant>tenant url:t secret:t events:t made_by:t made_at disabled_at"),
    table(
        "delivery",
        1,
        "id webhook>webhook event:t body:t state:t due_at claim held_until attempts reason:t made_at ended_at",
    ),
];

/// All tables of the journal of rollouts, likewise. They are there once somebody has made it.
pub(crate) const JOURNAL: [Table; 7] = [
    Table { page: PAGE_BLUEPRINTS, ..table("blueprint", 1, "id:t parent:t bytes:b line") },
    table("approval", 2, "blueprint:t sequence by:t at:t until:t"),
    table("current", 1, "line blueprint:t"),
    table("lease", 1, "epoch owner:t line"),
    table("entry", 2, "blueprint:t sequence at:t body:t checksum:b"),
    table("tip", 1, "blueprint:t sequence checksum:b"),
    table("command", 2, "blueprint:t sequence after_entry at:t by:t command:t"),
];
