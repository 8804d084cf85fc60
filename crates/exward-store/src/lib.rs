//! Memory: the only SQL of exward.
//!
//! * [`SqliteJournal`]: the journal of rollouts in one SQLite file, for [`exward_drive::journal::Journal`].
//! * `migrations/`: the schema, embedded in the program, forward only. A migration is never edited.
//!
//! Observations, findings over time and PostgreSQL come later into this crate; nothing of them is here.
//!
//! # Async inside
//! The traits of `exward-drive` are synchronous, the driver (sqlx) is not. Each store therefore owns a small
//! runtime of one thread and waits on it. So a store must not be used, nor dropped, inside async code:
//! tokio panics when one runtime waits inside another.

mod journal;

pub use journal::SqliteJournal;
