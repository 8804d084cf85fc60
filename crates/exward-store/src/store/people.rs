//! People: who may look and act.
//!
//! The hash of a password comes from the caller, and is only kept here. What changes something is noted in the
//! audit log in the same transaction.
//!
//! # Invariants
//! * **P1 somebody is left.** There is always an enabled admin of all tenants, once there was one.
//! * **P2 out is out.** Whoever is disabled, or has a new password or role, has no session any more.

mod role;

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row as _, Transaction, query, query_scalar};

use super::audit::Note;
use super::moment::{millis, moment, some_moment};
use super::{Store, StoreError, TenantId, sessions};
pub use role::{ParsePersonNameError, ParseRoleError, PersonName, Role};

/// The key of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub i64);

/// Somebody who is to be added.
#[derive(Clone, Debug)]
pub struct NewPerson<'a> {
    /// The name, of which there is no other.
    pub name: PersonName,
    /// What they may do.
    pub role: Role,
    /// Where; `None`: in all tenants.
    pub tenant: Option<TenantId>,
    /// The hash of the password.
    pub password: &'a str,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The key.
    pub id: PersonId,
    /// Where they may act; `None`: in all tenants.
    pub tenant: Option<TenantId>,
    /// The name, in lower case.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When they were added.
    pub made_at: Timestamp,
    /// Since when they may do nothing.
    pub disabled_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, tenant, name, role, made_at, disabled_at";

/// An enabled admin of all tenants.
const IS_ROOT: &str = "tenant IS NULL AND role = 'admin' AND disabled_at IS NULL";

fn person(row: &AnyRow) -> Result<Person, StoreError> {
    let read = StoreError::of("read");
    Ok(Person {
        id: PersonId(row.try_get(0).map_err(&read)?),
        tenant: row.try_get::<Option<i64>, _>(1).map_err(&read)?.map(TenantId),
        name: row.try_get(2).map_err(&read)?,
        role: Role::kept(row.try_get(3).map_err(&read)?)?,
        made_at: moment(row.try_get(4).map_err(&read)?)?,
        disabled_at: some_moment(row.try_get(5).map_err(&read)?)?,
    })
}

/// Methods with `within` see only the people of that tenant, neither of others nor of all; with `None` everybody.
impl Store {
    /// Adds a person.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: there is one with this name, disabled or not.
    pub async fn add_person(
        &self,
        new: &NewPerson<'_>,
        by: &str,
        now: Timestamp,
    ) -> Result<PersonId, StoreError> {
        let mut change = self.writing().await?;
        let id = self.add_person_in(&mut change, new, by, now).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(id)
    }

    /// People by name, at most `limit` whose names come after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn people(
        &self,
        within: Option<TenantId>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Person>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM person WHERE ($1 IS NULL OR tenant = $1) AND name > $2 \
             ORDER BY name LIMIT $3"
        );
        let rows = query(AssertSqlSafe(text))
            .bind(within.map(|it| it.0))
            .bind(after.unwrap_or_default())
            .bind(i64::from(limit));
        let rows = rows.fetch_all(&self.read).await.map_err(StoreError::of("read"))?;
        rows.iter().map(person).collect()
    }

    /// A person.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is none, or of another tenant.
    pub async fn person(
        &self,
        within: Option<TenantId>,
        id: PersonId,
    ) -> Result<Person, StoreError> {
        let text =
            format!("SELECT {COLUMNS} FROM person WHERE id = $2 AND ($1 IS NULL OR tenant = $1)");
        let row = query(AssertSqlSafe(text)).bind(within.map(|it| it.0)).bind(id.0);
        let row = row.fetch_optional(&self.read).await.map_err(StoreError::of("read"))?;
        person(&row.ok_or(StoreError::NotFound { what: "person" })?)
    }

    /// Whoever wants to sign in under this name, and the hash that their password must have. `None`: nobody has
    /// this name, or they are disabled.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn credentials(&self, name: &str) -> Result<Option<(Person, String)>, StoreError> {
        let Ok(name) = name.parse::<PersonName>() else { return Ok(None) };
        let text = format!(
            "SELECT {COLUMNS}, password FROM person WHERE name = $1 AND disabled_at IS NULL"
        );
        let row = query(AssertSqlSafe(text)).bind(name.as_str()).fetch_optional(&self.read).await;
        let Some(row) = row.map_err(StoreError::of("read"))? else { return Ok(None) };
        Ok(Some((person(&row)?, row.try_get(6).map_err(StoreError::of("read"))?)))
    }

    /// Keeps the hash of a new password, and ends all sessions (P2).
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is nobody, or of another tenant.
    pub async fn set_password(
        &self,
        within: Option<TenantId>,
        id: PersonId,
        password: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (mut change, person) = self.begin_change(within, id).await?;
        let set = query("UPDATE person SET password = $2 WHERE id = $1").bind(id.0).bind(password);
        set.execute(&mut *change).await.map_err(StoreError::of("written"))?;
        self.end_change(change, &person, by, ("person.password", ""), now).await
    }

    /// Gives a person another role, and ends all sessions (P2).
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is nobody, or of another tenant. [`StoreError::Conflict`]: it is the
    /// last enabled admin of all tenants (P1).
    pub async fn set_role(
        &self,
        within: Option<TenantId>,
        id: PersonId,
        role: Role,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (mut change, person) = self.begin_change(within, id).await?;
        let set = query("UPDATE person SET role = $2 WHERE id = $1").bind(id.0).bind(role.name());
        set.execute(&mut *change).await.map_err(StoreError::of("written"))?;
        self.end_change(change, &person, by, ("person.role", role.name()), now).await
    }

    /// Lets a person do nothing any more, and ends all sessions (P2).
    ///
    /// # Errors
    /// As [`Self::set_role`].
    pub async fn disable_person(
        &self,
        within: Option<TenantId>,
        id: PersonId,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (mut change, person) = self.begin_change(within, id).await?;
        let set = "UPDATE person SET disabled_at = coalesce(disabled_at, $2) WHERE id = $1";
        let set = query(set).bind(id.0).bind(millis(now)).execute(&mut *change);
        set.await.map_err(StoreError::of("written"))?;
        self.end_change(change, &person, by, ("person.disable", ""), now).await
    }

    /// Lets a person who was disabled act again, with the password they had.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is nobody, or of another tenant.
    pub async fn enable_person(
        &self,
        within: Option<TenantId>,
        id: PersonId,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (mut change, person) = self.begin_change(within, id).await?;
        let set = query("UPDATE person SET disabled_at = NULL WHERE id = $1").bind(id.0);
        set.execute(&mut *change).await.map_err(StoreError::of("written"))?;
        self.end_change(change, &person, by, ("person.enable", ""), now).await
    }

    /// Begins to change a person. Nobody else can change them, or an admin of all tenants, until it ends: two
    /// who disable each other do so one after the other (P1).
    async fn begin_change(
        &self,
        within: Option<TenantId>,
        id: PersonId,
    ) -> Result<(Transaction<'static, Any>, Person), StoreError> {
        let read = StoreError::of("read");
        let lock = self.engine.for_turn();
        let mut change = self.writing().await?;
        let admins = format!("SELECT id FROM person WHERE {IS_ROOT} ORDER BY id{lock}");
        query(AssertSqlSafe(admins)).fetch_all(&mut *change).await.map_err(&read)?;
        let text = format!(
            "SELECT {COLUMNS} FROM person WHERE id = $2 AND ($1 IS NULL OR tenant = $1){lock}"
        );
        let row = query(AssertSqlSafe(text)).bind(within.map(|it| it.0)).bind(id.0);
        let row = row.fetch_optional(&mut *change).await.map_err(&read)?;
        let person = person(&row.ok_or(StoreError::NotFound { what: "person" })?)?;
        Ok((change, person))
    }

    /// Ends what [`Store::begin_change`] has begun: sessions (P2), last admin (P1), audit log.
    async fn end_change(
        &self,
        mut change: Transaction<'static, Any>,
        was: &Person,
        by: &str,
        (action, detail): (&str, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sessions::end_in(&mut change, was.id).await?;
        let left = format!("SELECT count(*) FROM person WHERE {IS_ROOT}");
        let left: i64 = query_scalar(AssertSqlSafe(left))
            .fetch_one(&mut *change)
            .await
            .map_err(StoreError::of("read"))?;
        if left == 0 && was.role == Role::Admin && was.tenant.is_none() {
            let what = format!("{} is the last admin of all tenants", was.name);
            return Err(StoreError::Conflict { what });
        }
        let note = Note { tenant: was.tenant, actor: by, action, subject: &was.name, detail };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))
    }

    /// Adds a person as part of something larger.
    pub(super) async fn add_person_in(
        &self,
        change: &mut AnyConnection,
        new: &NewPerson<'_>,
        by: &str,
        now: Timestamp,
    ) -> Result<PersonId, StoreError> {
        let add = "INSERT INTO person (tenant, name, role, password, made_at) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (name) DO NOTHING RETURNING id";
        let id = query_scalar(add)
            .bind(new.tenant.map(|it| it.0))
            .bind(new.name.as_str())
            .bind(new.role.name())
            .bind(new.password)
            .bind(millis(now))
            .fetch_optional(&mut *change)
            .await
            .map_err(StoreError::of("written"))?;
        let Some(id) = id else {
            let what = format!("there is a person named {} already", new.name);
            return Err(StoreError::Conflict { what });
        };
        let (subject, detail) = (new.name.as_str(), new.role.name());
        let note = Note { tenant: new.tenant, actor: by, action: "person.add", subject, detail };
        self.note_in(change, &note, now).await?;
        Ok(PersonId(id))
    }
}
