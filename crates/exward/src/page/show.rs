//! Values as they are shown: text of others, numbers, moments, days, addresses.

use std::fmt::{self, Write as _};

use askama::filters::HtmlSafe;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::plain;

/// Characters of a text that stand on a page at once. Names of servers and CVEs are far shorter.
const SHORT_MAX: usize = 160;

/// Characters of a text that can be unfolded. More helps nobody, and a page must not grow with it.
const FULL_MAX: usize = 4000;

/// Text of others, fit to be shown (PG1): on one line, without control characters, and cut.
/// Written with [`Display`](fmt::Display) it is short; [`Self::unfolding`] shows more of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    short: String,
    /// All of it, up to the limit, where the short form is not all.
    full: Option<String>,
    /// How long the whole text is.
    bytes: usize,
}

impl Shown {
    /// At most [`FULL_MAX`] characters of `text` are looked at.
    pub(crate) fn of(text: &str) -> Self {
        let is_long = text.chars().nth(SHORT_MAX).is_some();
        Self {
            short: first(text, SHORT_MAX),
            full: is_long.then(|| first(text, FULL_MAX)),
            bytes: text.len(),
        }
    }

    /// Whether there is nothing to show.
    pub(crate) fn is_empty(&self) -> bool {
        self.short.is_empty()
    }

    /// The text, cut to `most` characters, the last of which then says so.
    pub(crate) fn within(&self, most: usize) -> String {
        if self.full.is_none() && self.short.chars().count() <= most {
            return self.short.clone();
        }
        let mut cut: String = self.short.chars().take(most.saturating_sub(1)).collect();
        cut.push('…');
        cut
    }

    /// The same, with more of it to unfold where it was cut. Only where a block may stand.
    pub(crate) fn unfolding(&self) -> Unfolding<'_> {
        Unfolding(self)
    }
}

fn first(text: &str, most: usize) -> String {
    let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    plain::line(text.get(..end).unwrap_or_default()).into_owned()
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short)?;
        if self.full.is_some() { f.write_str("…") } else { Ok(()) }
    }
}

impl<T: AsRef<str>> From<T> for Shown {
    fn from(text: T) -> Self {
        Self::of(text.as_ref())
    }
}

/// See [`Shown::unfolding`]. Escapes what it writes.
pub(crate) struct Unfolding<'a>(&'a Shown);

impl HtmlSafe for Unfolding<'_> {}

impl fmt::Display for Unfolding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shown { short, full, bytes } = self.0;
        let Some(full) = full else { return escape(short, f) };
        f.write_str("<details class=\"long\"><summary>")?;
        escape(short, f)?;
        f.write_str("…</summary><div>")?;
        escape(full, f)?;
        write!(
            f,
            "</div><div class=\"soft\">{} bytes in all</div></details>",
            number(*bytes as u64)
        )
    }
}

/// Writes text so that no browser reads markup in it.
fn escape(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for c in text.chars() {
        match c {
            '<' => f.write_str("&#60;")?,
            '>' => f.write_str("&#62;")?,
            '&' => f.write_str("&#38;")?,
            '"' => f.write_str("&#34;")?,
            '\'' => f.write_str("&#39;")?,
            _ => f.write_char(c)?,
        }
    }
    Ok(())
}

/// A number with a comma between thousands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Count(pub(crate) u64);

impl Count {
    /// `one` after 1, else `many`.
    pub(crate) fn of<'a>(self, one: &'a str, many: &'a str) -> Counted<'a> {
        Counted(self, if self.0 == 1 { one } else { many })
    }
}

/// A count with its noun.
pub(crate) struct Counted<'a>(Count, &'a str);

impl fmt::Display for Counted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&number(self.0))
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len().saturating_mul(2));
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(at);
        if at > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A moment, to the minute, in UTC; machines read it to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct When(pub(crate) Timestamp);

impl When {
    /// To the minute, without markup, for titles and pictures.
    pub(crate) fn text(self) -> String {
        self.0.strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// The day of it in UTC.
    pub(crate) fn day(self) -> String {
        self.0.strftime("%Y-%m-%d").to_string()
    }
}

impl HtmlSafe for When {}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = self.0.strftime("%Y-%m-%dT%H:%M:%SZ");
        write!(f, "<time datetime=\"{exact}\">{}</time>", self.text())
    }
}

impl From<Timestamp> for When {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

/// From when to when something reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) from: When,
    pub(crate) to: When,
}

impl HtmlSafe for Reach {}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from.day(), self.to.day());
        write!(f, "<span class=\"day\">{from}</span> – <span class=\"day\">{to}</span>")
    }
}

/// Bytes of one part of an address. What is longer names nothing of ours, and its link leads nowhere.
const PART_MAX: usize = 1000;

/// A part of an address, made of anything: only letters, digits and `-._~` stand for themselves (RFC 3986).
pub(crate) fn part(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes().take(PART_MAX) {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// What somebody typed, to stand in a field again.
pub(crate) fn typed(text: &str) -> String {
    first(text, FULL_MAX)
}

/// An address with a query made of the pairs that say something.
pub(crate) fn query(path: &str, pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={}", part(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Whole days from `from` to `to`, never less than none.
pub(crate) fn days_between(from: Date, to: Date) -> u64 {
    let span = to.since(from).map_or(0, |it| it.get_days());
    u64::try_from(span).unwrap_or_default()
}
