//! Times as logs write them: a date, a time, sometimes a zone; without one they are UTC.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// `2021-03-03`.
pub(super) fn date(text: &[u8]) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
    let year = i16::try_from(number(&[*y1, *y2, *y3, *y4])?).ok()?;
    Date::new(year, small(*m1, *m2)?, small(*d1, *d2)?).ok()
}

/// `02:13:48`, with a fraction or without.
pub(super) fn time(text: &[u8]) -> Option<Time> {
    let [h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = text else { return None };
    let nanoseconds = match rest {
        [] => 0,
        [b'.' | b',', digits @ ..] => fraction(digits)?,
        _ => return None,
    };
    // A leap second is the last of its minute here.
    let second = small(*s1, *s2)?.min(59);
    Time::new(small(*h1, *h2)?, small(*m1, *m2)?, second, nanoseconds).ok()
}

/// The moment of a date and a time in UTC.
pub(super) fn utc(date: Date, time: Time) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(DateTime::from_parts(date, time)).ok()
}

/// `2021-03-03T06:49:42.162Z`, `2021-03-03 06:49:42.162 UTC`, `2021-03-03 06:49:42`, or with an offset.
pub(super) fn stamp(text: &[u8]) -> Option<Timestamp> {
    let (day, rest) = text.split_at_checked(10)?;
    let date = date(day)?;
    let [b'T' | b' ' | b't', rest @ ..] = rest else { return None };
    let end = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b':' | b'.'));
    let (clock, zone) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
    match zone.trim_ascii() {
        b"" | b"Z" | b"z" | b"UTC" => utc(date, time(clock)?),
        // Hayabusa puts a blank before the offset, which RFC 3339 does not.
        offset => {
            let offset = str::from_utf8(offset).ok()?;
            let (day, clock) = (str::from_utf8(day).ok()?, str::from_utf8(clock).ok()?);
            format!("{day}T{clock}{offset}").parse().ok()
        }
    }
}

fn small(a: u8, b: u8) -> Option<i8> {
    i8::try_from(number(&[a, b])?).ok()
}

fn number(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0i32, |all, digit| {
        let digit = i32::try_from(char::from(*digit).to_digit(10)?).ok()?;
        all.checked_mul(10)?.checked_add(digit)
    })
}

/// Nanoseconds of the digits after the point; more than nine are cut.
fn fraction(digits: &[u8]) -> Option<i32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut nine = [b'0'; 9];
    nine.iter_mut().zip(digits).for_each(|(to, from)| *to = *from);
    number(&nine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<&str>) {
        assert_eq!(stamp(text.as_bytes()).map(|it| it.to_string()).as_deref(), want, "{text}");
    }

    #[test]
    fn times_are_read() {
        check("2021-03-03T06:49:42.162Z", Some("2021-03-03T06:49:42.162Z"));
        check("2021-03-14 06:39:39.829", Some("2021-03-14T06:39:39.829Z"));
        check("2021-03-14 06:39:39.829 UTC", Some("2021-03-14T06:39:39.829Z"));
        check("2021-03-14T01:39:39.1234567890Z", Some("2021-03-14T01:39:39.123456789Z"));
        check("2021-03-14 01:39:39.123 +01:00", Some("2021-03-14T00:39:39.123Z"));
        check("2021-03-14T01:39:39+01:00", Some("2021-03-14T00:39:39Z"));
        check("2016-12-31T23:59:60Z", Some("2016-12-31T23:59:59Z"));
        check("2021-02-30T01:39:39Z", None);
        check("2021-03-14", None);
        check("2021-03-14T", None);
        check("\u{e4}", None);
    }
}
