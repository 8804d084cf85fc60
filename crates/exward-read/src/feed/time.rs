//! Times of feeds. A time without a zone is UTC: Shadowserver and Shodan write it so.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// Reads `2026-11-24 02:00:00`, with `T`, fractions, and a zone or without; `None` if it is no time.
pub(super) fn utc(text: &str) -> Option<Timestamp> {
    // Every row of a report has a time, so its plain form has a path of its own: a third of the
    // whole time of reading went into the general parser.
    let civil = plain(text.as_bytes());
    let civil = match civil {
        Some(civil) => civil,
        None => match text.parse::<Timestamp>() {
            Ok(at) => return Some(at),
            Err(_) => text.strip_suffix(" UTC").unwrap_or(text).parse::<DateTime>().ok()?,
        },
    };
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// The time of a number of seconds since 1970, as nmap writes it.
pub(super) fn epoch_seconds(text: &str) -> Option<Timestamp> {
    Timestamp::from_second(text.parse().ok()?).ok()
}

/// Exactly `YYYY-MM-DD HH:MM:SS`.
fn plain(text: &[u8]) -> Option<DateTime> {
    let &[c, d, y, z, b'-', m, n, b'-', a, b, b' ' | b'T', h, i, b':', p, q, b':', s, t] = text
    else {
        return None;
    };
    let year = i16::from(two(c, d)?).checked_mul(100)?.checked_add(i16::from(two(y, z)?))?;
    let date = Date::new(year, two(m, n)?, two(a, b)?).ok()?;
    let time = Time::new(two(h, i)?, two(p, q)?, two(s, t)?, 0).ok()?;
    Some(date.to_datetime(time))
}

/// The number that two digits write.
fn two(tens: u8, ones: u8) -> Option<i8> {
    let digit = |byte: u8| i8::try_from(byte.checked_sub(b'0').filter(|it| *it < 10)?).ok();
    digit(tens)?.checked_mul(10)?.checked_add(digit(ones)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<&str>) {
        assert_eq!(utc(text).map(|at| at.to_string()).as_deref(), want, "`{text}`");
    }

    #[test]
    fn times_read_as_utc() {
        check("2021-05-14 00:11:30", Some("2021-05-14T00:11:30Z"));
        check("2021-05-14T00:11:30", Some("2021-05-14T00:11:30Z"));
        check("2018-06-19T13:02:37.371273", Some("2018-06-19T13:02:37.371273Z"));
        check("2022-06-06T08:37:15.398363+02:00", Some("2022-06-06T06:37:15.398363Z"));
        check("2023-04-10T17:36:57Z", Some("2023-04-10T17:36:57Z"));
        check("2021-05-14 00:11:30 UTC", Some("2021-05-14T00:11:30Z"));
        check("2021-02-30 00:11:30", None);
        check("2021-05-14 24:00:00", None);
        check("2021-05-1x 00:11:30", None);
        check("9999-12-31 23:59:59", None); // later than any timestamp
        check("yesterday", None);
        check("", None);
    }

    #[test]
    fn seconds_since_1970_read() {
        let text = |text| epoch_seconds(text).map(|at| at.to_string());
        assert_eq!(text("1795487040").as_deref(), Some("2026-11-24T02:24:00Z"));
        assert_eq!(text("soon"), None);
        assert_eq!(text("99999999999999999"), None);
    }
}
