//! Keeping what was seen: a server that looks as before only extends its interval.
//!
//! Times decide, not the order in which evidence arrives:
//!
//! | it was seen | and looks | then |
//! |---|---|---|
//! | after the newest interval | the same | the interval grows |
//! | after the newest interval | different | a new interval begins, and the server stands on it |
//! | inside some interval | the same | nothing: it is known |
//! | inside some interval, or at its ends | different | [`Observed::late`]: an interval is never cut (S1) |
//! | between two intervals, or before all | the same as the one before | that one grows |
//! | between two intervals, or before all | different | an interval of the past |
//! | before what the store remembers | | [`Observed::late`] |

mod imprints;
mod known;
mod past;
mod write;

use std::collections::BTreeMap;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sqlx::{AnyConnection, query};

use self::known::{Fate, Known};
use self::past::Past;
use self::write::Writes;
use super::campaign::Turns;
use super::events::Telling;
use super::moment::millis;
use super::tenants::take_turn;
use super::{Engine, RunId, StandingRow, Store, StoreError, TenantId, retention, runs};

/// The most servers that [`Store::observe`] takes at a time.
pub const SEEN_MAX: usize = 1_000;

/// The longest target, and the longest name of a server or a site that evidence gives, in bytes. Both engines can
/// look for it by an index; a name of DNS has 255, and a line of a file with a long path some hundred.
pub const TARGET_LENGTH_MAX: usize = 1_024;

/// A server, as it was seen once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How it is reached or called; with the tenant, this is which server it is.
    pub target: String,
    /// Its own name; `None` leaves what is known.
    pub name: Option<String>,
    /// Its site; `None` leaves what is known.
    pub site: Option<String>,
    /// When it was seen.
    pub at: Timestamp,
    /// All evidence, without its time, as `exward-read` keeps it: two that differ are two intervals.
    pub body: String,
    /// What of it decides, the same way: two servers alike have the same.
    pub imprint: String,
    /// What the catalog in force says.
    pub standing: StandingRow,
}

/// What became of servers that were seen. Every one of them is counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Seen for the first time.
    pub new: u64,
    /// Seen otherwise than before.
    pub changed: u64,
    /// Seen as before.
    pub unchanged: u64,
    /// Seen at a time of which nothing was known, before the newest.
    pub past: u64,
    /// Targets that were not kept: something else was seen at that time already, or the store does not
    /// remember so far back.
    pub late: Vec<String>,
}

impl Store {
    /// Keeps what was seen in a run: all of it or, if it fails, nothing. The same again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such tenant, or no such run of it; [`StoreError::Conflict`]: more than
    /// [`SEEN_MAX`], or a target or name that is empty, longer than [`TARGET_LENGTH_MAX`] or has a NUL in it, which
    /// PostgreSQL cannot keep.
    pub async fn observe(
        &self,
        tenant: TenantId,
        run: RunId,
        seen: &[Seen],
    ) -> Result<Observed, StoreError> {
        let mut transaction = self.writing().await?;
        let observed = self.observe_in(&mut transaction, tenant, run, seen).await?;
        transaction.commit().await.map_err(StoreError::of("written"))?;
        Ok(observed)
    }

    /// The same as part of a transaction.
    pub(super) async fn observe_in(
        &self,
        transaction: &mut AnyConnection,
        tenant: TenantId,
        run: RunId,
        seen: &[Seen],
    ) -> Result<Observed, StoreError> {
        if seen.len() > SEEN_MAX {
            let what = format!("at most {SEEN_MAX} servers are kept at a time");
            return Err(StoreError::Conflict { what });
        }
        for seen in seen {
            check_name(&seen.target)?;
            seen.name.as_deref().map_or(Ok(()), check_name)?;
            seen.site.as_deref().map_or(Ok(()), check_name)?;
        }
        let seen: Vec<Sight<'_>> = seen.iter().map(Sight::of).collect();
        take_turn(self, transaction, tenant).await?;
        runs::check_run(transaction, tenant, run).await?;
        let mut observing = Observing {
            engine: self.engine,
            since: retention::since(transaction, tenant).await?.unwrap_or(i64::MIN),
            imprints: imprints::keys(self.engine, transaction, &seen).await?,
            tenant,
            run,
            turns: Turns::default(),
            telling: Telling::default(),
            observed: Observed::default(),
        };
        for round in rounds(&seen) {
            observing.round(transaction, &round).await?;
        }
        observing.turns.write(self.engine, transaction, tenant).await?;
        count(transaction, run, &observing.observed).await?;
        observing.telling.put_of_run(transaction, run).await?;
        Ok(observing.observed)
    }
}

/// Refuses a target or a name that not both engines can keep.
pub(super) fn check_name(name: &str) -> Result<(), StoreError> {
    if name.is_empty() || name.len() > TARGET_LENGTH_MAX || name.contains('\0') {
        let what = format!(
            "a target or name has 1 to {TARGET_LENGTH_MAX} bytes and no NUL, and one has {} bytes",
            name.len()
        );
        return Err(StoreError::Conflict { what });
    }
    Ok(())
}

/// A [`Seen`], with its digest and its time as they are kept.
struct Sight<'s> {
    seen: &'s Seen,
    at: i64,
    digest: [u8; 32],
}

impl<'s> Sight<'s> {
    fn of(seen: &'s Seen) -> Self {
        Self { seen, at: millis(seen.at), digest: Sha256::digest(&seen.body).into() }
    }
}

/// What was seen, earliest first, in parts that have each target once.
fn rounds<'a, 's>(seen: &'a [Sight<'s>]) -> Vec<Vec<&'a Sight<'s>>> {
    let mut sorted: Vec<&Sight<'_>> = seen.iter().collect();
    sorted.sort_by_key(|it| it.at);
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rounds: Vec<Vec<&Sight<'_>>> = Vec::new();
    for sight in sorted {
        let before = times.entry(&sight.seen.target).or_default();
        match rounds.get_mut(*before) {
            Some(round) => round.push(sight),
            None => rounds.push(vec![sight]),
        }
        *before = before.saturating_add(1);
    }
    rounds
}

/// Work on one call.
struct Observing<'s> {
    engine: Engine,
    tenant: TenantId,
    run: RunId,
    /// The earliest moment that is remembered.
    since: i64,
    imprints: BTreeMap<&'s str, i64>,
    turns: Turns,
    telling: Telling,
    observed: Observed,
}

impl Observing<'_> {
    /// Keeps what was seen of servers, of each once.
    async fn round(
        &mut self,
        connection: &mut AnyConnection,
        round: &[&Sight<'_>],
    ) -> Result<(), StoreError> {
        let known = known::of(self.engine, connection, self.tenant, round).await?;
        let mut writes = Writes::default();
        for &sight in round {
            let server = known.get(&*sight.seen.target);
            let imprint = self.imprint(sight)?;
            match Fate::of(sight, server) {
                Fate::New => {
                    self.tell(sight, None);
                    writes.new.push((sight, imprint));
                }
                Fate::Changed(server) => {
                    if server.newest.is_none() {
                        self.observed.new = self.observed.new.saturating_add(1);
                    } else {
                        self.observed.changed = self.observed.changed.saturating_add(1);
                    }
                    self.tell(sight, Some(&server.standing));
                    writes.changed(sight, imprint, server);
                    self.turns.turn(super::moment::day(sight.at), server.imprint, imprint);
                }
                Fate::Same(server) => {
                    self.observed.unchanged = self.observed.unchanged.saturating_add(1);
                    self.tell(sight, Some(&server.standing));
                    writes.same(sight, server);
                }
                Fate::Past(server) => self.past(connection, sight, imprint, server).await?,
                Fate::Late => self.late(sight),
            }
        }
        let new = u64::try_from(writes.new.len()).unwrap_or(u64::MAX);
        self.observed.new = self.observed.new.saturating_add(new);
        for (sight, imprint) in &writes.new {
            self.turns.turn(super::moment::day(sight.at), None, *imprint);
        }
        writes.write(self.engine, connection, self.tenant, self.run).await
    }

    fn imprint(&self, sight: &Sight<'_>) -> Result<i64, StoreError> {
        let missing = || StoreError::Damaged { what: "an imprint was not kept".into() };
        self.imprints.get(&*sight.seen.imprint).copied().ok_or_else(missing)
    }

    fn tell(&mut self, sight: &Sight<'_>, was: Option<&StandingRow>) {
        self.telling.server(self.tenant, &sight.seen.target, was, &sight.seen.standing);
    }

    fn late(&mut self, sight: &Sight<'_>) {
        self.observed.late.push(sight.seen.target.clone());
    }

    async fn past(
        &mut self,
        connection: &mut AnyConnection,
        sight: &Sight<'_>,
        imprint: i64,
        server: &Known,
    ) -> Result<(), StoreError> {
        if sight.at < self.since {
            self.late(sight);
            return Ok(());
        }
        match past::keep(connection, self.run, sight, imprint, server, &mut self.turns).await? {
            Past::Kept => self.observed.past = self.observed.past.saturating_add(1),
            Past::Same => self.observed.unchanged = self.observed.unchanged.saturating_add(1),
            Past::Late => self.late(sight),
        }
        Ok(())
    }
}

/// Adds to the counts of a run.
async fn count(
    connection: &mut AnyConnection,
    run: RunId,
    observed: &Observed,
) -> Result<(), StoreError> {
    let late = u64::try_from(observed.late.len()).unwrap_or(u64::MAX);
    let changed = observed.new.saturating_add(observed.changed);
    let all = [changed, observed.unchanged, observed.past, late];
    let servers = all.into_iter().fold(0, u64::saturating_add);
    query("UPDATE run SET servers = servers + $2, changed = changed + $3 WHERE id = $1")
        .bind(run.0)
        .bind(i64::try_from(servers).unwrap_or(i64::MAX))
        .bind(i64::try_from(changed).unwrap_or(i64::MAX))
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(StoreError::of("written"))
}
