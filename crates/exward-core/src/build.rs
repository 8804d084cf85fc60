//! Exchange build numbers.
//!
//! # Invariants
//! * **B1 numbers, not text.** Builds compare field by field: `15.1.1913.10` is newer than
//!   `15.1.1913.7` (HealthChecker#302 compared them as decimals).
//! * **B2 padding is not meaning.** `15.02.1544.014` and `15.2.1544.14` are the same build.
//!
//! Source: "Exchange Server build numbers and release dates", Microsoft Learn.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// An Exchange build, for example `15.2.1544.14`. Displays in the short form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Build {
    /// First part: 15 for every product since 2013.
    pub major: u16,
    /// Second part: tells the product (2013+) or the service pack (2007, 2010).
    pub minor: u16,
    /// Third part: tells the CU (2013+).
    pub third: u16,
    /// Fourth part: tells the update within the CU.
    pub fourth: u16,
}

impl Build {
    /// The build with these four parts.
    #[must_use]
    pub const fn new(major: u16, minor: u16, third: u16, fourth: u16) -> Self {
        Self { major, minor, third, fourth }
    }

    /// The first three parts: all that a logon page's path shows of a 2013+ server.
    #[must_use]
    pub const fn prefix(self) -> BuildPrefix {
        BuildPrefix { major: self.major, minor: self.minor, third: self.third }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}.{}", self.major, self.minor, self.third, self.fourth)
    }
}

/// The first three parts of a build, for example `15.2.1544`: a CU, but no update level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildPrefix {
    /// First part.
    pub major: u16,
    /// Second part.
    pub minor: u16,
    /// Third part.
    pub third: u16,
}

impl BuildPrefix {
    /// The build with this prefix and the given fourth part.
    #[must_use]
    pub const fn with(self, fourth: u16) -> Build {
        Build::new(self.major, self.minor, self.third, fourth)
    }
}

impl fmt::Display for BuildPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.third)
    }
}

/// A version number as it was seen: whole, or cut after the third part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeenBuild {
    /// Four parts.
    Full(Build),
    /// Three parts: the update level is not known.
    Prefix(BuildPrefix),
}

impl SeenBuild {
    /// The first three parts.
    #[must_use]
    pub const fn prefix(self) -> BuildPrefix {
        match self {
            Self::Full(build) => build.prefix(),
            Self::Prefix(prefix) => prefix,
        }
    }
}

impl fmt::Display for SeenBuild {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(build) => build.fmt(f),
            Self::Prefix(prefix) => prefix.fmt(f),
        }
    }
}

/// Why a text is not a build number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseBuildError {
    /// Neither three nor four parts (or, for a [`Build`], not four).
    #[error("a build number has {wanted} parts, `{text}` has {parts}")]
    PartCount {
        /// What was given.
        text: String,
        /// How many parts it has.
        parts: usize,
        /// How many it should have.
        wanted: &'static str,
    },
    /// A part is not a 16-bit number.
    #[error("part {position} of build number `{text}` is not a number from 0 to 65535")]
    Part {
        /// What was given.
        text: String,
        /// Which part, counted from 1.
        position: usize,
        /// What the number parser said.
        #[source]
        source: ParseIntError,
    },
}

impl FromStr for SeenBuild {
    type Err = ParseBuildError;

    /// Accepts three or four parts, padded with zeros or not.
    fn from_str(text: &str) -> Result<Self, ParseBuildError> {
        let (parts, count) = parts(text, "3 or 4")?;
        let [major, minor, third, fourth] = parts;
        match count {
            4 => Ok(Self::Full(Build::new(major, minor, third, fourth))),
            3 => Ok(Self::Prefix(BuildPrefix { major, minor, third })),
            _ => Err(part_count(text, count, "3 or 4")),
        }
    }
}

impl FromStr for Build {
    type Err = ParseBuildError;

    /// Accepts four parts, padded with zeros or not.
    fn from_str(text: &str) -> Result<Self, ParseBuildError> {
        let (parts, count) = parts(text, "4")?;
        let [major, minor, third, fourth] = parts;
        if count == 4 {
            Ok(Self::new(major, minor, third, fourth))
        } else {
            Err(part_count(text, count, "4"))
        }
    }
}

fn part_count(text: &str, parts: usize, wanted: &'static str) -> ParseBuildError {
    ParseBuildError::PartCount { text: shorten(text), parts, wanted }
}

/// Reads up to four dot-separated numbers; says how many there were.
fn parts(text: &str, wanted: &'static str) -> Result<([u16; 4], usize), ParseBuildError> {
    let count = text.split('.').count();
    if count > 4 {
        return Err(part_count(text, count, wanted));
    }
    let mut parts = [0; 4];
    for ((position, slot), part) in (1..).zip(&mut parts).zip(text.split('.')) {
        // `+5` parses as a number in Rust, but is no part of a build.
        let digits = if part.starts_with('+') { "" } else { part };
        *slot = digits.parse().map_err(|source| ParseBuildError::Part {
            text: shorten(text),
            position,
            source,
        })?;
    }
    Ok((parts, count))
}

/// Error messages quote the input; a hostile input must not make them long.
fn shorten(text: &str) -> String {
    const QUOTED_CHARS_MAX: usize = 40;
    let mut short: String = text.chars().take(QUOTED_CHARS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Result<&str, &str>) {
        let got = text.parse::<SeenBuild>().map(|b| b.to_string()).map_err(|e| e.to_string());
        assert_eq!(got, want.map(str::to_owned).map_err(str::to_owned), "input `{text}`");
    }

    #[test]
    fn build_numbers_parse() {
        check("15.2.1544.14", Ok("15.2.1544.14"));
        check("15.02.1544.014", Ok("15.2.1544.14")); // B2
        check("15.00.1497.36", Ok("15.0.1497.36"));
        check("15.2.1544", Ok("15.2.1544"));
        check("15.2", Err("a build number has 3 or 4 parts, `15.2` has 2"));
        check("", Err("part 1 of build number `` is not a number from 0 to 65535"));
        check(
            "15.2.99999.1",
            Err("part 3 of build number `15.2.99999.1` is not a number from 0 to 65535"),
        );
        check(
            "15.2.+5.1",
            Err("part 3 of build number `15.2.+5.1` is not a number from 0 to 65535"),
        );
        check("1.2.3.4.5", Err("a build number has 3 or 4 parts, `1.2.3.4.5` has 5"));
    }

    #[test]
    fn long_garbage_is_quoted_short() {
        let error = "9".repeat(1_000_000).parse::<SeenBuild>().unwrap_err().to_string();
        assert!(error.len() < 200, "{error}");
    }

    #[test]
    fn builds_compare_as_numbers() {
        let build = |text: &str| text.parse::<Build>().unwrap();
        assert!(build("15.1.1913.10") > build("15.1.1913.7"), "B1: text order gets this wrong");
        assert_eq!(build("15.02.2562.037"), build("15.2.2562.37"), "B2");
    }
}
