//! The API: `/api/v1/`. Lists come in pages: `next` names the place where the next one begins, and is null on the last.
//!
//! The shapes here are those of the document at `/api/v1/openapi.json`; fields are added within v1, never changed.

pub(crate) mod openapi;
pub(crate) mod rollouts;
pub(crate) mod runs;
pub(crate) mod schedules;
pub(crate) mod servers;
mod tag;
pub(crate) mod tenants;
pub(crate) mod webhooks;
pub(crate) mod work;

pub(crate) use tag::answer;

use serde::Serialize;
use utoipa::ToSchema;

use super::error::WebError;
use super::limits::{LIST_ROWS, LIST_ROWS_MAX};

/// Something that was made just now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Made {
    /// Its key.
    id: i64,
}

/// How many rows a list gives.
///
/// # Errors
/// [`WebError::Bad`]: none, or more than [`LIST_ROWS_MAX`].
pub(crate) fn rows(limit: Option<u32>) -> Result<u32, WebError> {
    match limit {
        None => Ok(LIST_ROWS),
        Some(some) if (1..=LIST_ROWS_MAX).contains(&some) => Ok(some),
        Some(_) => Err(WebError::Bad(format!("A list has 1 to {LIST_ROWS_MAX} rows (`limit`)"))),
    }
}
