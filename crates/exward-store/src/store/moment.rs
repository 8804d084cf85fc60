//! Times as the store keeps them: milliseconds, and days, since 1970, UTC.

use jiff::Timestamp;

use super::StoreError;

/// Milliseconds since 1970; what is finer is dropped, always towards the past.
pub(super) fn millis(at: Timestamp) -> i64 {
    let whole = at.as_millisecond();
    let finer = at.as_nanosecond().rem_euclid(1_000_000) != 0;
    if finer && at < Timestamp::UNIX_EPOCH { whole.saturating_sub(1) } else { whole }
}

/// The moment of so many milliseconds since 1970.
pub(super) fn moment(millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis)
        .map_err(|_| StoreError::Damaged { what: format!("{millis} is no time") })
}

/// [`moment`], of what may be missing.
pub(super) fn some_moment(millis: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    millis.map(moment).transpose()
}
