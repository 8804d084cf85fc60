//! Times as the store keeps them: milliseconds, and days, since 1970, UTC.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::StoreError;

/// Milliseconds of a day.
pub(super) const DAY: i64 = 86_400_000;

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

/// The day, since 1970, of so many milliseconds.
pub(super) const fn day(millis: i64) -> i64 {
    millis.div_euclid(DAY)
}

/// The date of a day since 1970.
pub(super) fn date(day: i64) -> Result<Date, StoreError> {
    let at =
        Timestamp::UNIX_EPOCH.checked_add(SignedDuration::from_secs(day.saturating_mul(86_400)));
    at.map(|it| it.to_zoned(TimeZone::UTC).date())
        .map_err(|_| StoreError::Damaged { what: format!("{day} is no day") })
}

/// The day, since 1970, of a date.
pub(super) fn day_of(date: Date) -> i64 {
    date.to_zoned(TimeZone::UTC).map_or(0, |it| day(it.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_round_towards_the_past() {
        let before = Timestamp::from_nanosecond(-1).unwrap();
        assert_eq!(millis(before), -1);
        assert_eq!(day(millis(before)), -1);
        assert_eq!(millis(Timestamp::from_nanosecond(1_999_999).unwrap()), 1);
    }

    #[test]
    fn days_are_dates() {
        for number in [-719_162, -1, 0, 20_000] {
            assert_eq!(day_of(date(number).unwrap()), number);
        }
        assert!(date(i64::MAX).is_err());
    }
}
