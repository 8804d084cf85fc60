//! Parts of a time: the modifiers `minute`, `hour`, `day`, `week`, `month`, `year`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A part of a time in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// Of the month, from 1.
    Day,
    /// Of the year by ISO 8601, 1 to 53.
    Week,
    /// 1 to 12.
    Month,
    /// As in the calendar.
    Year,
}

impl TimePart {
    /// The part with the modifier's name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "minute" => Self::Minute,
            "hour" => Self::Hour,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// This part of a time as logged; a time without a zone is UTC. `None` if it is no time.
    pub(super) fn of(self, value: &str) -> Option<i64> {
        let value = value.trim();
        let time: DateTime = match value.parse::<Timestamp>() {
            Ok(at) => at.to_zoned(TimeZone::UTC).datetime(),
            Err(_) => value.parse().ok()?,
        };
        Some(match self {
            Self::Minute => time.minute().into(),
            Self::Hour => time.hour().into(),
            Self::Day => time.day().into(),
            Self::Week => time.date().iso_week_date().week().into(),
            Self::Month => time.month().into(),
            Self::Year => time.year().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(part: &str, value: &str, want: Option<i64>) {
        assert_eq!(TimePart::named(part).unwrap().of(value), want, "{part} of `{value}`");
    }

    #[test]
    fn parts_of_a_time() {
        check("minute", "2021-03-02T23:05:00+02:00", Some(5));
        check("hour", "2021-03-02T23:05:00+02:00", Some(21));
        check("day", "2021-03-02 23:05:00", Some(2));
        check("week", "2021-01-01T00:00:00Z", Some(53));
        check("month", "2021-03-02T23:05:00.123Z", Some(3));
        check("year", "2021-03-02", Some(2021));
        check("year", "yesterday", None);
    }
}
