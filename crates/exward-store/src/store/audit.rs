//! The audit log: who did what, each row chained to the one before.
//!
//! Whoever can write to the database can compute a whole new chain; what this finds is a row that was changed,
//! removed or put in without doing so. The newest checksum, written down elsewhere, finds that, too.
//!
//! # Invariants
//! * **L1 append-only.** Triggers refuse to change or remove a row; [`Store::audit_verify`] finds what was
//!   done without them.
//! * **L2 one chain.** Every row follows the newest one, whoever writes at the same time.
//! * **L3 both or neither.** What is noted with a change stands in the log exactly if the change was made.

use std::borrow::Cow;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _, query};

use super::moment::{millis, moment};
use super::{Digest, Store, StoreError, TenantId};

/// Longest text of a row, in bytes: what an unknown browser has sent may end up in one.
const TEXT_LENGTH_MAX: usize = 4096;

/// Rows that are verified at once.
const VERIFY_ROWS: i64 = 500;

/// What the first row follows.
const START: Digest = [0; 32];

/// Something that was done, to be noted. Texts longer than 4,096 bytes are cut.
#[derive(Clone, Copy, Debug)]
pub struct Note<'a> {
    /// In which tenant; `None`: in none, or all.
    pub tenant: Option<TenantId>,
    /// The name of who did it.
    pub actor: &'a str,
    /// What was done: `person.add`, `session.begin`.
    pub action: &'a str,
    /// To whom or what.
    pub subject: &'a str,
    /// More about it; empty: there is no more.
    pub detail: &'a str,
}

/// A row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place in the chain, from 1 on without a gap.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// In which tenant; `None`: in none, or all.
    pub tenant: Option<TenantId>,
    /// The name of who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To whom or what.
    pub subject: String,
    /// More about it.
    pub detail: String,
    /// Of it and everything before it.
    pub checksum: Digest,
}

/// The log as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditWhole {
    /// How many rows it has.
    pub rows: u64,
    /// The checksum of the newest row: written down elsewhere, it proves later that nothing before was changed.
    pub checksum: Digest,
}

/// The first place where the log is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit log is broken at row {at}: {why}")]
pub struct AuditBroken {
    /// The sequence of the row.
    pub at: i64,
    /// In which way.
    pub why: AuditFault,
}

/// In which way an audit log is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditFault {
    /// The row, or the checksum of the one before it, is not as it was written.
    #[error("it was changed")]
    Changed,
    /// It is not there, but later ones are.
    #[error("it is missing")]
    Missing,
    /// It and all after it are gone.
    #[error("it and everything after it was cut off")]
    Cut,
    /// It is the newest row, and the tip says something else: it was moved, or rows were put behind it.
    #[error("it is not where the log ends according to its tip")]
    Tip,
}

impl Store {
    /// Notes something by itself, and says its sequence.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]: the log does not end where it should.
    pub async fn audit_note(&self, note: &Note<'_>, now: Timestamp) -> Result<i64, StoreError> {
        let mut change = self.writing().await?;
        let sequence = self.note_in(&mut change, note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(sequence)
    }

    /// Notes something together with what else the transaction does (L3). It comes last in its transaction:
    /// on PostgreSQL everybody who notes waits here for its end, and nobody who holds the tip may wait for
    /// another row.
    pub(crate) async fn note_in(
        &self,
        change: &mut AnyConnection,
        note: &Note<'_>,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let (last, previous) = self.tip(change).await?;
        let sequence = last.saturating_add(1);
        let texts = [note.actor, note.action, note.subject, note.detail].map(storable);
        let (at, tenant) = (millis(now), note.tenant.map(|it| it.0));
        let checksum = link(&previous, sequence, at, tenant, texts.each_ref().map(AsRef::as_ref));
        let add = "INSERT INTO audit (sequence, at, tenant, actor, action, subject, detail, checksum) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let mut add = query(add).bind(sequence).bind(at).bind(tenant);
        for text in texts {
            add = add.bind(text.into_owned());
        }
        let add = add.bind(checksum.to_vec()).execute(&mut *change);
        add.await.map_err(StoreError::of("written"))?;
        let set = query("UPDATE audit_tip SET sequence = $1, checksum = $2")
            .bind(sequence)
            .bind(checksum.to_vec());
        set.execute(change).await.map_err(StoreError::of("written"))?;
        Ok(sequence)
    }

    /// The tip, locked (L2), if the newest row is where it should be.
    async fn tip(&self, change: &mut AnyConnection) -> Result<(i64, Digest), StoreError> {
        let text = format!("SELECT sequence, checksum FROM audit_tip{}", self.engine.for_turn());
        let tip = query(AssertSqlSafe(text)).fetch_optional(&mut *change).await;
        let tip = tip.map_err(StoreError::of("read"))?.as_ref().map(end).transpose()?;
        let newest = "SELECT sequence, checksum FROM audit ORDER BY sequence DESC LIMIT 1";
        let newest = query(newest).fetch_optional(change).await.map_err(StoreError::of("read"))?;
        let newest = newest.as_ref().map(end).transpose()?.unwrap_or((0, START));
        match tip {
            Some(tip) if tip == newest => Ok(tip),
            Some(_) | None => {
                let what = "the audit log does not end where its tip says".to_owned();
                Err(StoreError::Damaged { what })
            }
        }
    }

    /// The log, the newest first, at most `limit` rows before `before`; of one tenant, or with `None` of all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit(
        &self,
        within: Option<TenantId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        // Two texts, so that PostgreSQL plans each for its index.
        let which = if within.is_some() { "tenant = $3 AND" } else { "" };
        let text = format!(
            "SELECT {COLUMNS} FROM audit WHERE {which} sequence < $1 ORDER BY sequence DESC LIMIT $2"
        );
        let mut rows =
            query(AssertSqlSafe(text)).bind(before.unwrap_or(i64::MAX)).bind(i64::from(limit));
        if let Some(tenant) = within {
            rows = rows.bind(tenant.0);
        }
        let rows = rows.fetch_all(&self.read).await.map_err(StoreError::of("read"))?;
        rows.iter().map(audit_row).collect()
    }

    /// Goes through the whole log, and says whether it is what was written; if not, where it begins to
    /// differ.
    ///
    /// # Errors
    /// [`StoreError`]: it could not be read.
    pub async fn audit_verify(&self) -> Result<Result<AuditWhole, AuditBroken>, StoreError> {
        let begin = self.engine.begin_to_read();
        let mut state = self.read.begin_with(begin).await.map_err(StoreError::of("read"))?;
        verify_in(&mut state).await
    }
}

const COLUMNS: &str = "sequence, at, tenant, actor, action, subject, detail, checksum";

/// Verifies the log as it is in one state.
pub(super) async fn verify_in(
    state: &mut AnyConnection,
) -> Result<Result<AuditWhole, AuditBroken>, StoreError> {
    let (mut last, mut checksum) = (0_i64, START);
    let text =
        format!("SELECT {COLUMNS} FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2");
    loop {
        let rows = query(AssertSqlSafe(text.clone())).bind(last).bind(VERIFY_ROWS);
        let rows = rows.fetch_all(&mut *state).await.map_err(StoreError::of("read"))?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let at = last.saturating_add(1);
            let Ok(row) = audit_row(row) else {
                return Ok(Err(AuditBroken { at, why: AuditFault::Changed }));
            };
            if row.sequence != at {
                return Ok(Err(AuditBroken { at, why: AuditFault::Missing }));
            }
            if row.checksum != link_of(&checksum, &row) {
                return Ok(Err(AuditBroken { at, why: AuditFault::Changed }));
            }
            (last, checksum) = (at, row.checksum);
        }
    }
    let tip = query("SELECT sequence, checksum FROM audit_tip").fetch_optional(state).await;
    let tip = tip.map_err(StoreError::of("read"))?.as_ref().map(end).transpose();
    Ok(match tip {
        Ok(Some(tip)) if tip == (last, checksum) => {
            Ok(AuditWhole { rows: last.unsigned_abs(), checksum })
        }
        Ok(Some((sequence, _))) if sequence > last => {
            Err(AuditBroken { at: last.saturating_add(1), why: AuditFault::Cut })
        }
        _ => Err(AuditBroken { at: last, why: AuditFault::Tip }),
    })
}

/// A sequence and its checksum.
fn end(row: &AnyRow) -> Result<(i64, Digest), StoreError> {
    let read = StoreError::of("read");
    let sequence = row.try_get(0).map_err(&read)?;
    Ok((sequence, digest(row.try_get(1).map_err(&read)?)?))
}

fn digest(bytes: Vec<u8>) -> Result<Digest, StoreError> {
    let what = || "a checksum of the audit log has not 32 bytes".to_owned();
    bytes.try_into().map_err(|_| StoreError::Damaged { what: what() })
}

fn audit_row(row: &AnyRow) -> Result<AuditRow, StoreError> {
    let read = StoreError::of("read");
    Ok(AuditRow {
        sequence: row.try_get(0).map_err(&read)?,
        at: moment(row.try_get(1).map_err(&read)?)?,
        tenant: row.try_get::<Option<i64>, _>(2).map_err(&read)?.map(TenantId),
        actor: row.try_get(3).map_err(&read)?,
        action: row.try_get(4).map_err(&read)?,
        subject: row.try_get(5).map_err(&read)?,
        detail: row.try_get(6).map_err(&read)?,
        checksum: digest(row.try_get(7).map_err(&read)?)?,
    })
}

fn link_of(previous: &Digest, row: &AuditRow) -> Digest {
    let texts = [&row.actor, &row.action, &row.subject, &row.detail].map(String::as_str);
    let tenant = row.tenant.map(|it| it.0);
    link(previous, row.sequence, row.at.as_millisecond(), tenant, texts)
}

/// The checksum of a row after `previous`. Each text is preceded by its length, so that no byte can move from
/// one to the other.
fn link(
    previous: &Digest,
    sequence: i64,
    at: i64,
    tenant: Option<i64>,
    texts: [&str; 4],
) -> Digest {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(sequence.to_be_bytes());
    hash.update(at.to_be_bytes());
    hash.update([u8::from(tenant.is_some())]);
    hash.update(tenant.unwrap_or_default().to_be_bytes());
    for text in texts {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// A text of unknown origin as both engines can keep it: cut, and without NUL, which PostgreSQL refuses.
pub(super) fn storable(text: &str) -> Cow<'_, str> {
    let cut = text.get(..text.floor_char_boundary(TEXT_LENGTH_MAX)).unwrap_or(text);
    if cut.contains('\0') { Cow::Owned(cut.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(cut) }
}
