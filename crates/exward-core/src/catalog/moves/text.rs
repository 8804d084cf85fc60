//! The update graph's words in files: `2019 CU14..CU15`, `in-place`, `at-least 528040`.

use std::fmt;
use std::str::FromStr;

use super::{CuSpan, MoveKind, Test};
use crate::fleet::{Value, ValueKind};
use crate::product::{Cu, Product};

/// Every kind of move with its name in files.
pub const MOVE_KINDS: [(&str, MoveKind); 4] = [
    ("su", MoveKind::Su),
    ("cu", MoveKind::Cu),
    ("in-place", MoveKind::InPlace),
    ("migrate", MoveKind::Migrate),
];

impl fmt::Display for CuSpan {
    /// `2019`, `2019 CU14`, `2019 CU14..CU15`, `2019 CU14..`, `2016 ..CU22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.product)?;
        match (self.first, self.last) {
            (None, None) => Ok(()),
            (Some(first), Some(last)) if first == last => write!(f, " {first}"),
            (Some(first), Some(last)) => write!(f, " {first}..{last}"),
            (Some(first), None) => write!(f, " {first}.."),
            (None, Some(last)) => write!(f, " ..{last}"),
        }
    }
}

/// The text is no span of CUs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no span of CUs such as 2019, 2019 CU14, 2019 CU14..CU15 or 2016 ..CU22")]
pub struct ParseCuSpanError(String);

impl FromStr for CuSpan {
    type Err = ParseCuSpanError;

    fn from_str(text: &str) -> Result<Self, ParseCuSpanError> {
        let wrong = || ParseCuSpanError(text.chars().take(64).collect());
        let (product, cus) = match text.split_once(' ') {
            Some((product, cus)) => (product, Some(cus)),
            None => (text, None),
        };
        let product: Product = product.parse().map_err(|_| wrong())?;
        let cu = |text: &str| match text {
            "" => Ok(None),
            text => text.parse::<Cu>().map(Some).map_err(|_| wrong()),
        };
        let (first, last) = match cus.map(|it| (it, it.split_once(".."))) {
            None => (None, None),
            Some((_, Some((first, last)))) => (cu(first)?, cu(last)?),
            Some((only, None)) => (cu(only)?, cu(only)?),
        };
        let is_empty_span = cus.is_some() && first.is_none() && last.is_none();
        if is_empty_span || first.zip(last).is_some_and(|(first, last)| first > last) {
            return Err(wrong());
        }
        Ok(Self { product, first, last })
    }
}

/// The text is no test for a fact of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseTestError {
    /// The word is none.
    #[error(
        "`{0}` is no test: one-of, none-of, at-least, below or after-today, and what to compare with"
    )]
    Word(String),
    /// The fact has no such value.
    #[error("`{0}` is no value of this fact")]
    Value(String),
    /// The values of the fact have no order, or are no dates.
    #[error("`{0}` does not suit the values of this fact")]
    Order(String),
}

impl Test {
    /// Reads the test of a fact with values of this kind: `one-of 2019;2022`, `none-of en-US`,
    /// `at-least 528040`, `below 533320`, `after-today 7`.
    ///
    /// # Errors
    /// [`ParseTestError`] if it is none, or not for such values.
    pub fn parse(kind: ValueKind, text: &str) -> Result<Self, ParseTestError> {
        let short = |text: &str| text.chars().take(64).collect::<String>();
        let Some((word, operand)) = text.split_once(' ') else {
            return Err(ParseTestError::Word(short(text)));
        };
        let value = |text: &str| {
            let value = Value::parse(kind, text).filter(|_| !text.is_empty());
            value.ok_or_else(|| ParseTestError::Value(short(text)))
        };
        let ordered = matches!(kind, ValueKind::Number | ValueKind::Date | ValueKind::Windows);
        let values = || operand.split(';').map(value).collect::<Result<Vec<_>, _>>();
        match word {
            "one-of" => Ok(Self::OneOf(values()?)),
            "none-of" => Ok(Self::NoneOf(values()?)),
            "at-least" if ordered => Ok(Self::AtLeast(value(operand)?)),
            "below" if ordered => Ok(Self::Below(value(operand)?)),
            "after-today" if kind == ValueKind::Date => {
                let days = operand.parse().map_err(|_| ParseTestError::Value(short(operand)))?;
                Ok(Self::AfterToday { days })
            }
            "at-least" | "below" | "after-today" => Err(ParseTestError::Order(short(word))),
            _ => Err(ParseTestError::Word(short(word))),
        }
    }
}

impl fmt::Display for Test {
    /// The text that [`Test::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, values) = match self {
            Self::OneOf(values) => ("one-of", values.as_slice()),
            Self::NoneOf(values) => ("none-of", values.as_slice()),
            Self::AtLeast(value) => ("at-least", std::slice::from_ref(value)),
            Self::Below(value) => ("below", std::slice::from_ref(value)),
            Self::AfterToday { days } => return write!(f, "after-today {days}"),
        };
        f.write_str(word)?;
        for (at, value) in values.iter().enumerate() {
            f.write_str(if at == 0 { " " } else { ";" })?;
            write!(f, "{value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Item;

    #[track_caller]
    fn check(text: &str, inside: &[&str], outside: &[&str]) {
        let span: CuSpan = text.parse().unwrap();
        assert_eq!(span.to_string(), text);
        let holds = |cu: &&&str| span.holds(span.product, cu.parse().unwrap());
        assert_eq!(inside.iter().filter(holds).count(), inside.len(), "{text} holds {inside:?}");
        assert_eq!(outside.iter().filter(holds).count(), 0, "{text} holds none of {outside:?}");
    }

    #[test]
    fn spans_read_and_write() {
        check("2019", &["RTM", "CU1", "CU15"], &[]);
        check("2019 CU14", &["CU14"], &["CU13", "CU15"]);
        check("2019 CU14..CU15", &["CU14", "CU15"], &["RTM", "CU13", "CU16"]);
        check("2019 CU14..", &["CU14", "CU99"], &["CU13"]);
        check("2016 ..CU22", &["RTM", "CU22"], &["CU23"]);
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in
            ["", "2020", "2019 ", "2019 ..", "2019 CU15..CU14", "2019 CU", "CU14", "2019  CU1"]
        {
            assert!(text.parse::<CuSpan>().is_err(), "`{text}`");
        }
    }

    #[track_caller]
    fn check_test(item: &str, text: &str, passing: &[&str], failing: &[&str]) {
        let item: Item = item.parse().unwrap();
        let test = Test::parse(item.kind(), text).unwrap();
        assert_eq!(test.to_string(), text);
        let today = "2026-11-24".parse().unwrap();
        for (values, want) in [(passing, true), (failing, false)] {
            for value in values {
                let seen = Value::parse(item.kind(), value).unwrap();
                assert_eq!(test.passes(&seen, today), want, "{item:?} {text}: {value}");
            }
        }
    }

    #[test]
    fn tests_read_write_and_compare() {
        check_test("windows", "one-of 2019;2022", &["2019", "2022"], &["2016", "2025", "older"]);
        check_test("windows", "below 2016", &["older", "2012R2"], &["2016", "2025"]);
        check_test("language", "none-of en-US", &["de-DE", "EN-us"], &["en-US"]);
        check_test("dotnet", "at-least 528040", &["528040", "533320"], &["528039", "-1"]);
        check_test("dotnet", "below 533320", &["528449"], &["533320"]);
        check_test("pending-reboot", "one-of no", &["no"], &["yes"]);
        let soon = ["2026-11-24", "2026-12-01"];
        check_test("certificates-until", "after-today 7", &["2026-12-02"], &soon);
        check_test("certificates-until", "at-least 2026-12-01", &["2026-12-01"], &["2026-11-30"]);
    }

    #[test]
    fn a_value_of_another_kind_never_passes() {
        let today = "2026-11-24".parse().unwrap();
        for text in ["one-of 5", "none-of 5", "at-least 5", "below 5"] {
            let test = Test::parse(ValueKind::Number, text).unwrap();
            assert!(!test.passes(&Value::Flag(true), today), "{text}");
        }
        let until = Test::AfterToday { days: 0 };
        assert!(!until.passes(&Value::Number(99), today));
    }

    #[test]
    fn what_is_no_test_is_refused() {
        let error =
            |item: Item, text: &str| Test::parse(item.kind(), text).unwrap_err().to_string();
        for (item, text, want) in [
            (Item::DotNet, "528040", "`528040` is no test"),
            (Item::DotNet, "above 528040", "`above` is no test"),
            (Item::DotNet, "at-least 4.8", "`4.8` is no value"),
            (Item::DotNet, "one-of ", "`` is no value"),
            (Item::DotNet, "one-of 1;;2", "`` is no value"),
            (Item::Language, "one-of ", "`` is no value"),
            (Item::Language, "at-least de-DE", "`at-least` does not suit"),
            (Item::DotNet, "after-today 7", "`after-today` does not suit"),
            (Item::CertificatesUntil, "after-today -7", "`-7` is no value"),
        ] {
            let got = error(item, text);
            assert!(got.starts_with(want), "{item:?} `{text}`: {got}");
        }
    }
}
