//! Publication dates, which some sources give to the month only.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

/// A publication date, exact to the day or to the month. A month sorts before its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Published {
    // Field order is sort order.
    year: i16,
    month: i8,
    day: Option<i8>,
}

impl Published {
    /// The exact day.
    #[must_use]
    pub fn on(date: Date) -> Self {
        Self { year: date.year(), month: date.month(), day: Some(date.day()) }
    }

    /// The day; the first of the month where only the month is known.
    #[must_use]
    pub fn first_day(self) -> Option<Date> {
        Date::new(self.year, self.month, self.day.unwrap_or(1)).ok()
    }

    /// True if it lies after `date`; a date known to the month counts as the month's first moment.
    #[must_use]
    pub fn is_after(self, date: Date) -> bool {
        self > Self::on(date)
    }

    /// True if it certainly lies before `other`: by the day where both tell it, else by the month.
    #[must_use]
    pub fn is_before(self, other: Self) -> bool {
        match (self.day, other.day) {
            (Some(_), Some(_)) => self < other,
            _ => (self.year, self.month) < (other.year, other.month),
        }
    }
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.day {
            Some(day) => write!(f, "{:04}-{:02}-{day:02}", self.year, self.month),
            None => write!(f, "{:04}-{:02}", self.year, self.month),
        }
    }
}

/// The text is neither `2026-10-13` nor `2026-10`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date such as 2026-10-13 or 2026-10")]
pub struct ParsePublishedError(String);

impl FromStr for Published {
    type Err = ParsePublishedError;

    fn from_str(text: &str) -> Result<Self, ParsePublishedError> {
        let wrong = || ParsePublishedError(text.to_owned());
        let whole_day = text.len() == "2026-10-13".len();
        let whole_month = text.len() == "2026-10".len();
        let date: Date = match (whole_day, whole_month) {
            (true, _) => text.parse().map_err(|_| wrong())?,
            (_, true) => format!("{text}-01").parse().map_err(|_| wrong())?,
            _ => return Err(wrong()),
        };
        Ok(Self { day: whole_day.then_some(date.day()), ..Self::on(date) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Result<&str, &str>) {
        let got = text.parse::<Published>().map(|it| it.to_string()).map_err(|e| e.to_string());
        assert_eq!(got, want.map(str::to_owned).map_err(str::to_owned), "input `{text}`");
    }

    #[test]
    fn dates_parse_to_the_day_or_the_month() {
        check("2026-10-13", Ok("2026-10-13"));
        check("2019-06", Ok("2019-06"));
        check("2026-13-01", Err("`2026-13-01` is not a date such as 2026-10-13 or 2026-10"));
        check("2026", Err("`2026` is not a date such as 2026-10-13 or 2026-10"));
        check("", Err("`` is not a date such as 2026-10-13 or 2026-10"));
    }

    #[test]
    fn dates_order_by_calendar() {
        let at = |text: &str| text.parse::<Published>().unwrap();
        assert!(at("2019-06") < at("2019-06-11") && at("2019-06-30") < at("2019-07"));
        assert!(at("2023-04-12").is_after(jiff::civil::date(2023, 4, 11)));
        assert!(!at("2023-04-11").is_after(jiff::civil::date(2023, 4, 11)));
        assert!(at("2021-04-13").is_before(at("2021-07-13")));
        assert!(!at("2019-06").is_before(at("2019-06-11")), "the day is not known");
        assert!(!at("2021-07-13").is_before(at("2021-07-13")));
    }
}
