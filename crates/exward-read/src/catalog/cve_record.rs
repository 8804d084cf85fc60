//! CVE List v5 records become catalog facts.
//!
//! [`CveRecord::read`] takes what matters out of one record; [`import`] merges it into the facts and
//! says, row by row, what changed, what the catalog already says, and what was refused and why.
//!
//! # Invariants
//! * **M1 per CU.** `lessThan` counts only within the CU that `product` names, and only if its third
//!   part belongs to that CU. `version` is never read as the start of a range: every SE row of 2026
//!   starts at 15.02.0.0 and so contains every 2019 build, and CVE-2024-26198 swaps two CUs.
//! * **M2 nothing is guessed.** A fixed build that no row of the builds table has is refused; a build
//!   that contradicts the catalog is refused or stands beside it as disputed, never in its place.
//! * **M3 facts, not text.** The title is read for its one-word kind; no text is kept.
//! * **M4 again is nothing.** Importing a record a second time changes nothing.
//!
//! Source: CVE Record Format 5.1; traps in notes/verdicts.md §4.7.

mod affected;
mod import;
mod merge;
mod place;
mod refusal;
#[cfg(test)]
mod tests;
mod wire;

use exward_core::catalog::{Cvss, Published};
use jiff::civil::Date;

pub use affected::ReadProductError;
pub use import::{Agreed, Change, Import};
pub use merge::import;
pub use refusal::{Refusal, Refused};

use crate::limits::CVE_RECORD_BYTES_MAX;

/// What exward reads of one CVE List v5 record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CveRecord {
    /// `CVE-2024-26198`.
    pub id: String,
    /// Day on which the record was published, which is not the day of the fix.
    pub published: Published,
    /// Day of its last change.
    pub updated: Date,
    /// One word: RCE, EoP, Spoofing, …; `Other` if the title has none of the known phrases.
    pub kind: String,
    /// CVSS 3.1 base score of the record's owner; `None` if it gives none.
    pub cvss: Option<Cvss>,
    /// Day on which CISA listed it as known exploited, from CISA's own container alone.
    pub kev_added: Option<Date>,
    /// One entry for each product and version, in record order.
    pub affected: Vec<Affected>,
}

/// What a record says about one version of one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Who makes the product.
    pub vendor: String,
    /// The product as it is named there, with its CU.
    pub product: String,
    /// `affected`, `unaffected` or `unknown`.
    pub status: String,
    /// Start of the range. Kept to be shown, never compared (M1).
    pub version: String,
    /// First build that is not affected, as it is written there; `None` if the row names none.
    pub less_than: Option<String>,
}

/// Why some bytes are not a CVE record to import.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadRecordError {
    /// Larger than [`CVE_RECORD_BYTES_MAX`].
    #[error("{bytes} bytes are more than a CVE record has ({CVE_RECORD_BYTES_MAX})")]
    TooLarge {
        /// Size of the input.
        bytes: usize,
    },
    /// Not JSON.
    #[error("not readable as JSON")]
    Malformed {
        /// What the JSON parser said.
        #[source]
        source: serde_json::Error,
    },
    /// JSON, but of another shape.
    #[error("JSON, but no CVE record of format 5")]
    Shape {
        /// What the JSON parser said.
        #[source]
        source: serde_json::Error,
    },
    /// JSON of the right shape that says it is something else.
    #[error("no CVE record: dataType is `{data_type}`")]
    NotARecord {
        /// What it says it is; empty if it says nothing.
        data_type: String,
    },
    /// The id is none.
    #[error("`{id}` is no CVE id")]
    Id {
        /// What stands in its place.
        id: String,
    },
    /// Withdrawn, or not yet filled in.
    #[error("{id} is {state}, not PUBLISHED: nothing to import")]
    State {
        /// The CVE.
        id: String,
        /// Its state.
        state: String,
    },
    /// A date is missing or none.
    #[error("{id}: {field} `{text}` is no date")]
    Date {
        /// The CVE.
        id: String,
        /// Which date.
        field: &'static str,
        /// What stands in its place; empty if nothing does.
        text: String,
    },
    /// A score that is none.
    #[error("{id}: baseScore {text} is no CVSS score")]
    Score {
        /// The CVE.
        id: String,
        /// What stands in its place.
        text: String,
    },
}

impl CveRecord {
    /// Reads one record.
    ///
    /// # Errors
    /// [`ReadRecordError`] if the bytes are no published CVE record.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadRecordError> {
        if bytes.len() > CVE_RECORD_BYTES_MAX {
            return Err(ReadRecordError::TooLarge { bytes: bytes.len() });
        }
        let record: wire::Record = serde_json::from_slice(bytes).map_err(|source| {
            if source.is_data() {
                ReadRecordError::Shape { source }
            } else {
                ReadRecordError::Malformed { source }
            }
        })?;
        record.into_domain()
    }
}
