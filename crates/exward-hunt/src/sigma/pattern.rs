//! Texts of a rule, ready to be looked for in a value.
//!
//! Without `cased`, letters are compared by their simple lower-case form. An ASCII letter equals ASCII
//! letters only: the Kelvin sign is no `k`, the long s no `s`. So what an ASCII text matches is ASCII.
//!
//! # Invariants
//! * **T1 no blow-up**: the time is at most the length of the value times that of the pattern.
//! * **T2 nothing is allocated** while matching.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::glob::{Glob, Symbol};

/// One of these texts must be found.
#[derive(Debug, Default)]
pub(super) struct Texts {
    cased: bool,
    /// What they were made from; needles are drawn from it.
    globs: Vec<Glob>,
    exact: Vec<String>,
    prefix: Vec<String>,
    suffix: Vec<String>,
    contains: Option<AhoCorasick>,
    wild: Vec<Wild>,
    /// One of them is `*`.
    anything: bool,
}

impl Texts {
    /// Prepares the texts.
    ///
    /// # Errors
    /// They are too large together.
    pub(super) fn of(globs: Vec<Glob>, cased: bool) -> Result<Self, String> {
        let mut texts = Self { cased, ..Self::default() };
        let mut contained = Vec::new();
        for glob in &globs {
            match shape(glob, cased) {
                Shape::Anything => texts.anything = true,
                Shape::Exact(it) => texts.exact.push(it),
                Shape::Prefix(it) => texts.prefix.push(it),
                Shape::Suffix(it) => texts.suffix.push(it),
                Shape::Contains(it) => contained.push(it),
                Shape::Wild(it) => texts.wild.push(it),
            }
        }
        if !contained.is_empty() {
            let built = AhoCorasick::builder()
                .ascii_case_insensitive(!cased)
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .build(&contained);
            texts.contains = Some(built.map_err(|err| format!("the values are too large: {err}"))?);
        }
        texts.globs = globs;
        Ok(texts)
    }

    /// What they were made from.
    pub(super) fn globs(&self) -> &[Glob] {
        &self.globs
    }

    /// Whether one of them is found in the value.
    pub(super) fn holds(&self, value: &str) -> bool {
        self.anything
            || self.exact.iter().any(|it| self.same(it.as_bytes(), value.as_bytes()))
            || self.prefix.iter().any(|it| {
                value.as_bytes().get(..it.len()).is_some_and(|part| self.same(it.as_bytes(), part))
            })
            || self.suffix.iter().any(|it| {
                let start = value.len().checked_sub(it.len());
                let part = start.and_then(|start| value.as_bytes().get(start..));
                part.is_some_and(|part| self.same(it.as_bytes(), part))
            })
            || self.contains.as_ref().is_some_and(|it| it.is_match(value))
            || self.wild.iter().any(|it| it.holds(value))
    }

    fn same(&self, left: &[u8], right: &[u8]) -> bool {
        if self.cased { left == right } else { left.eq_ignore_ascii_case(right) }
    }
}

/// The ways to look for a text, the fast ones apart.
enum Shape {
    Anything,
    Exact(String),
    Prefix(String),
    Suffix(String),
    Contains(String),
    Wild(Wild),
}

fn shape(glob: &Glob, cased: bool) -> Shape {
    let symbols = glob.symbols();
    let (before, symbols) = match symbols.split_first() {
        Some((Symbol::Any, rest)) => (true, rest),
        _ => (false, symbols),
    };
    let (after, symbols) = match symbols.split_last() {
        Some((Symbol::Any, rest)) => (true, rest),
        _ => (false, symbols),
    };
    if before && symbols.is_empty() {
        return Shape::Anything;
    }
    let inner = Glob::of(symbols.iter().copied());
    match inner.text() {
        Some(text) if cased || text.is_ascii() => match (before, after) {
            (false, false) => Shape::Exact(text),
            (false, true) => Shape::Prefix(text),
            (true, false) => Shape::Suffix(text),
            (true, true) => Shape::Contains(text),
        },
        _ => Shape::Wild(Wild::of(&inner, before, after, cased)),
    }
}

/// A text with wildcards inside, or with letters beyond ASCII.
#[derive(Debug)]
struct Wild {
    /// Between the `*`; `None` is `?`. Lower-case unless `cased`.
    parts: Vec<Vec<Option<char>>>,
    before: bool,
    after: bool,
    cased: bool,
}

impl Wild {
    fn of(inner: &Glob, before: bool, after: bool, cased: bool) -> Self {
        let place = |it: &Symbol| match it {
            Symbol::Char(it) => Some(if cased { *it } else { fold(*it) }),
            Symbol::One | Symbol::Any => None,
        };
        let parts = inner.symbols().split(|it| *it == Symbol::Any);
        let parts = parts.map(|part| part.iter().map(place).collect()).collect();
        Self { parts, before, after, cased }
    }

    /// Each part is taken where it first fits: a later place could not help those after it.
    fn holds(&self, value: &str) -> bool {
        let Some((last, firsts)) = self.parts.split_last() else { return value.is_empty() };
        let mut rest = value;
        let mut anchored = !self.before;
        for part in firsts {
            let found = if anchored { self.at(part, rest) } else { self.find(part, rest) };
            let Some(after) = found else { return false };
            rest = after;
            anchored = false;
        }
        match (anchored, self.after) {
            (true, true) => self.at(last, rest).is_some(),
            (true, false) => self.at(last, rest) == Some(""),
            (false, true) => self.find(last, rest).is_some(),
            (false, false) => tail(rest, last.len()).is_some_and(|it| self.at(last, it).is_some()),
        }
    }

    /// What follows the part, if the text begins with it.
    fn at<'t>(&self, part: &[Option<char>], text: &'t str) -> Option<&'t str> {
        let mut chars = text.chars();
        for want in part {
            let got = chars.next()?;
            let got = if self.cased { got } else { fold(got) };
            if want.is_some_and(|want| want != got) {
                return None;
            }
        }
        Some(chars.as_str())
    }

    /// What follows the first place where the part fits.
    fn find<'t>(&self, part: &[Option<char>], text: &'t str) -> Option<&'t str> {
        let mut chars = text.chars();
        loop {
            if let Some(after) = self.at(part, chars.as_str()) {
                return Some(after);
            }
            chars.next()?;
        }
    }
}

/// The last characters of a text.
fn tail(text: &str, chars: usize) -> Option<&str> {
    let skip = text.chars().count().checked_sub(chars)?;
    let mut rest = text.chars();
    if let Some(last) = skip.checked_sub(1) {
        rest.nth(last)?;
    }
    Some(rest.as_str())
}

/// The letter that stands for both cases.
pub(super) fn fold(it: char) -> char {
    if it.is_ascii() {
        return it.to_ascii_lowercase();
    }
    let mut lower = it.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) if !one.is_ascii() => one,
        _ => it,
    }
}

/// Whether `part` stands in `whole` as asked; used where both are values of a record.
pub(super) fn within(whole: &str, part: &str, before: bool, after: bool, cased: bool) -> bool {
    Wild::of(&Glob::literal(part), before, after, cased).holds(whole)
}

#[cfg(test)]
mod tests;
