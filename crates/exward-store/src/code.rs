//! What a database says is wrong, as its own code. The type of the error tells whose code it is: one of
//! PostgreSQL may be all digits, and would mean something else to SQLite.

use std::borrow::Cow;

use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

/// `SQLITE_CORRUPT` and `SQLITE_NOTADB`. Source: "Result and Error Codes", sqlite.org/rescode.html.
const SQLITE_DAMAGE: [u32; 2] = [11, 26];

/// `data_corrupted` and `index_corrupted`. Source: PostgreSQL manual, appendix A.
const POSTGRES_DAMAGE: [&str; 2] = ["XX001", "XX002"];

/// A code.
pub(crate) enum Code<'e> {
    /// SQLite's result code: the primary one, and the same with the bytes that detail it. Source:
    /// sqlite.org/rescode.html.
    Sqlite { primary: u32, detailed: u32 },
    /// PostgreSQL's SQLSTATE. Source: its manual, appendix A.
    Postgres(Cow<'e, str>),
}

/// The code of an error; `None`: it is none of a database.
pub(crate) fn code(error: &sqlx::Error) -> Option<Code<'_>> {
    let error = error.as_database_error()?;
    let code = error.code()?;
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        return Some(Code::Postgres(code));
    }
    error.try_downcast_ref::<SqliteError>()?;
    let detailed = code.parse::<u32>().ok()?;
    Some(Code::Sqlite { primary: detailed & 0xff, detailed })
}

/// The engine that says with this error that what it holds is damaged.
pub(crate) fn damage_seen_by(error: &sqlx::Error) -> Option<&'static str> {
    match code(error)? {
        Code::Postgres(state) => POSTGRES_DAMAGE.contains(&&*state).then_some("PostgreSQL"),
        Code::Sqlite { primary, .. } => SQLITE_DAMAGE.contains(&primary).then_some("SQLite"),
    }
}
