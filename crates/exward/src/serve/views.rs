//! The pages of a tenant, made of the store and the catalog: what is looked up here is what [`crate::page`] shows.
//!
//! # Invariants
//! * **V1 one judge.** What a page says of a server comes from the evidence that the store keeps and the catalog in
//!   force, through the same functions as `exward check`; nothing is judged here.
//! * **V2 not readable is said.** Evidence that this program cannot read (a newer one has written it) is a line on the
//!   page and an unknown verdict, never a failure and never an all-clear.
//! * **V3 rows, not servers.** A list costs what its page shows; what is about all servers is asked per imprint.

pub(crate) mod accept;
pub(crate) mod campaign;
pub(crate) mod campaigns;
pub(crate) mod catalog;
pub(crate) mod estate;
pub(crate) mod export;
mod frame;
pub(crate) mod home;
pub(crate) mod hunt;
mod imprints;
pub(crate) mod label;
mod news;
pub(crate) mod server;
pub(crate) mod settle;
mod words;

pub(crate) use frame::{form_key, frame, frame_of, outside, role};
pub(crate) use news::{Estates, news};

use super::error::WebError;

/// Servers of one page of a list.
const ROWS: u32 = 50;

/// Does work that takes the processor for a while, where it keeps no other request waiting.
///
/// # Errors
/// [`WebError::Internal`]: it panicked.
async fn thinking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, WebError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| WebError::Internal)
}
