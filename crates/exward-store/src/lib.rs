//! Memory: the only SQL of exward.
//!
//! * [`Store`]: what was seen over time, who may look at it, what is to be done; on SQLite and PostgreSQL.
//! * [`StoreJournal`]: the journal of rollouts, for [`exward_drive::journal::Journal`]; in the same database, on both.
//! * `migrations/`: the schemas, embedded in the program, forward only. A migration is never edited.
//!
//! # Async inside and outside
//! [`Store`] is async. The traits of `exward-drive` are synchronous, the driver (sqlx) is not: each journal owns a
//! small runtime of one thread and waits on it. So a journal must not be used, nor dropped, inside async code:
//! tokio panics when one runtime waits inside another.

mod code;
mod journal;
mod sqlite_file;
pub mod store;

pub use journal::StoreJournal;
pub use store::{Engine, Store, StoreError, StoreUrl};
