//! Servers as they stand: lists in the order of what is worst, and counts.

mod filter;
mod labels;
mod newest;
mod summary;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, query, query_scalar};

pub use filter::{IMPRINTS_ASKED_MAX, ServerFilter};
pub use labels::{LABELS_MAX, Labels};
pub use newest::{NEWEST_MAX, Newest};
pub use summary::{Summary, VerdictCount};

use super::moment::{moment, some_moment};
use super::sql::{Sql, column};
use super::standing::{STANDING, StandingRow, standing_of};
use super::{ImprintId, ServerId, Store, StoreError, TenantId};

/// The most servers of one page.
pub const SERVERS_MAX: u32 = 500;

/// The most tags of one server.
pub const TAGS_MAX: usize = 32;

/// The longest tag, and the longest name of a site, in bytes.
pub const TAG_LENGTH_MAX: usize = 64;

/// A server, with its standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerRow {
    /// Its key.
    pub id: ServerId,
    /// How it is reached or called: `mail.example.org:443`.
    pub target: String,
    /// Its own name, if evidence says so.
    pub name: Option<String>,
    /// The site that it stands in.
    pub site: Option<String>,
    /// Tags, by name.
    pub tags: Vec<String>,
    /// The first time that it was seen.
    pub first_seen: Timestamp,
    /// The newest time that it was seen.
    pub last_seen: Timestamp,
    /// What decides its verdict; `None`: only a hunt has seen it.
    pub imprint: Option<ImprintId>,
    /// What the catalog says about that.
    pub standing: StandingRow,
    /// What the hunt that speaks for it has found.
    pub hunt: Option<HuntOfServer>,
    /// That it asks to act, and nobody has settled that.
    pub alarm: bool,
}

/// What the hunt that speaks for a server has found (HU1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HuntOfServer {
    /// Name of the verdict.
    pub verdict: String,
    /// The beginning of the time that the hunt covers.
    pub from: Option<Timestamp>,
    /// Its end.
    pub to: Option<Timestamp>,
    /// That it asked to act, and somebody has settled that.
    pub is_settled: bool,
}

impl HuntOfServer {
    /// The verdict as tables say it: `compromised`, and `compromised (settled)` once somebody has settled it.
    #[must_use]
    pub fn said(&self) -> String {
        let settled = if self.is_settled { " (settled)" } else { "" };
        format!("{}{settled}", self.verdict)
    }
}

/// A place in the list of servers: the last one of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// That a hunt asks to act.
    pub alarm: bool,
    /// Its rank.
    pub rank: i64,
    /// Its target.
    pub target: String,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}~{}", u8::from(self.alarm), self.rank, self.target)
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let no_place = || StoreError::NotFound { what: "place in the list of servers" };
        let (alarm, rest) = text.split_once('~').ok_or_else(no_place)?;
        let (rank, target) = rest.split_once('~').ok_or_else(no_place)?;
        let alarm = match alarm {
            "0" => false,
            "1" => true,
            _ => return Err(no_place()),
        };
        let rank = rank.parse().map_err(|_| no_place())?;
        Ok(Self { alarm, rank, target: target.to_owned() })
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, C = Cursor> {
    /// What stands on it.
    pub rows: Vec<T>,
    /// Where the next page begins; `None`: this is the last one.
    pub next: Option<C>,
}

impl Store {
    /// Servers, worst first (a hunt that asks to act before any verdict), then by target. `after` is [`Page::next`] of the page before; at most
    /// [`SERVERS_MAX`]. A server whose rank changes between two pages may be missed, or come twice; no other
    /// is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn servers(
        &self,
        tenant: TenantId,
        filter: &ServerFilter,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<ServerRow>, StoreError> {
        let limit = limit.clamp(1, SERVERS_MAX);
        let mut sql = Sql::new(self.engine, "SELECT ");
        sql.push(COLUMNS).push(", ").push(STANDING).push(" FROM server WHERE tenant = ");
        sql.bind(tenant.0);
        filter.narrow(&mut sql);
        if let Some(Cursor { alarm, rank, target }) = after {
            // The first form is one range of the index; alarms are few.
            sql.push(if *alarm {
                " AND (alarm = 0 OR rank <= "
            } else {
                " AND alarm = 0 AND (rank <= "
            });
            sql.bind(*rank).push(" AND (rank < ").bind(*rank).push(" OR target > ");
            sql.bind(target.clone()).push("))");
        }
        // One more than asked for: whether there is a next page.
        sql.push(" ORDER BY alarm DESC, rank DESC, target LIMIT ")
            .bind(i64::from(limit).saturating_add(1));
        let mut connection = self.read.acquire().await.map_err(StoreError::of("read"))?;
        let found = sql.all(&mut connection).await?;
        let mut rows: Vec<ServerRow> = found.iter().map(server_of).collect::<Result<_, _>>()?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let place = |it: &ServerRow| Cursor {
            alarm: it.alarm,
            rank: it.standing.rank,
            target: it.target.clone(),
        };
        let next = if more { rows.last().map(place) } else { None };
        Ok(Page { rows, next })
    }

    /// A server.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such server of this tenant.
    pub async fn server(&self, tenant: TenantId, id: ServerId) -> Result<ServerRow, StoreError> {
        let text =
            format!("SELECT {COLUMNS}, {STANDING} FROM server WHERE tenant = $1 AND id = $2");
        let row = query(AssertSqlSafe(text))
            .bind(tenant.0)
            .bind(id.0)
            .fetch_optional(&self.read)
            .await
            .map_err(StoreError::of("read"))?;
        server_of(&row.ok_or(StoreError::NotFound { what: "server" })?)
    }

    /// The server of this target.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn server_of_target(
        &self,
        tenant: TenantId,
        target: &str,
    ) -> Result<Option<ServerId>, StoreError> {
        let id: Option<i64> =
            query_scalar("SELECT id FROM server WHERE tenant = $1 AND target = $2")
                .bind(tenant.0)
                .bind(target)
                .fetch_optional(&self.read)
                .await
                .map_err(StoreError::of("read"))?;
        Ok(id.map(ServerId))
    }
}

/// The columns of a server before those of its standing.
const COLUMNS: &str = "server.id, server.target, server.name, server.site, server.tags, \
     server.first_seen_at, server.last_seen_at, server.imprint, server.hunt_verdict, \
     server.hunt_from, server.hunt_to, server.alarm, server.hunt_settled";

/// How many they are.
const COLUMN_COUNT: usize = 13;

fn server_of(row: &AnyRow) -> Result<ServerRow, StoreError> {
    let tags: String = column(row, 4)?;
    let hunt: Option<String> = column(row, 8)?;
    let (from, to) = (some_moment(column(row, 9)?)?, some_moment(column(row, 10)?)?);
    let is_settled = column::<i64>(row, 12)? != 0;
    Ok(ServerRow {
        id: ServerId(column(row, 0)?),
        target: column(row, 1)?,
        name: column(row, 2)?,
        site: column(row, 3)?,
        tags: tags_of(&tags)?,
        first_seen: moment(column(row, 5)?)?,
        last_seen: moment(column(row, 6)?)?,
        imprint: column::<Option<i64>>(row, 7)?.map(ImprintId),
        standing: standing_of(row, COLUMN_COUNT)?,
        hunt: hunt.map(|verdict| HuntOfServer { verdict, from, to, is_settled }),
        alarm: column::<i64>(row, 11)? != 0,
    })
}

fn tags_of(text: &str) -> Result<Vec<String>, StoreError> {
    let damaged = || StoreError::Damaged { what: "the tags of a server are unreadable".into() };
    let tags: Vec<Value> = serde_json::from_str(text).map_err(|_| damaged())?;
    tags.iter().map(|it| it.as_str().map(str::to_owned).ok_or_else(damaged)).collect()
}
