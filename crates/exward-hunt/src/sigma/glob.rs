//! A Sigma value: text with the wildcards `*` and `?`.
//!
//! Source: Sigma specification v2, "Wildcards" and "Escaping": a backslash before `*`, `?` or a
//! backslash takes the meaning from it; before anything else it stands for itself.

/// One place of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    /// This character.
    Char(char),
    /// `?`: one character.
    One,
    /// `*`: any number of characters.
    Any,
}

/// A value as written in a rule. Never holds two [`Symbol::Any`] in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Glob {
    symbols: Vec<Symbol>,
}

impl Glob {
    /// The value with its wildcards and escapes.
    pub(super) fn parse(text: &str) -> Self {
        let mut glob = Self::default();
        let mut escaped = false;
        for it in text.chars() {
            match (escaped, it) {
                (false, '\\') => {
                    escaped = true;
                    continue;
                }
                (false, '*') => glob.push(Symbol::Any),
                (false, '?') => glob.push(Symbol::One),
                (true, '*' | '?' | '\\') | (false, _) => glob.push(Symbol::Char(it)),
                (true, _) => {
                    glob.push(Symbol::Char('\\'));
                    glob.push(Symbol::Char(it));
                }
            }
            escaped = false;
        }
        if escaped {
            glob.push(Symbol::Char('\\'));
        }
        glob
    }

    /// Text in which nothing has a meaning.
    pub(super) fn literal(text: &str) -> Self {
        Self { symbols: text.chars().map(Symbol::Char).collect() }
    }

    /// From symbols.
    pub(super) fn of(symbols: impl IntoIterator<Item = Symbol>) -> Self {
        let mut glob = Self::default();
        symbols.into_iter().for_each(|it| glob.push(it));
        glob
    }

    /// Adds a symbol at the end.
    pub(super) fn push(&mut self, symbol: Symbol) {
        if symbol != Symbol::Any || self.symbols.last() != Some(&Symbol::Any) {
            self.symbols.push(symbol);
        }
    }

    /// With anything before and after it, as asked.
    pub(super) fn open(self, before: bool, after: bool) -> Self {
        let before = before.then_some(Symbol::Any);
        let after = after.then_some(Symbol::Any);
        Self::of(before.into_iter().chain(self.symbols).chain(after))
    }

    /// With anything before and after it, if `anywhere`.
    pub(super) fn open_if(self, anywhere: bool) -> Self {
        if anywhere { self.open(true, true) } else { self }
    }

    /// Its places.
    pub(super) fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// The text, if it has no wildcard.
    pub(super) fn text(&self) -> Option<String> {
        self.symbols
            .iter()
            .map(|it| match it {
                Symbol::Char(it) => Some(*it),
                Symbol::One | Symbol::Any => None,
            })
            .collect()
    }

    /// The texts between the wildcards.
    pub(super) fn texts(&self) -> Vec<String> {
        let parts = self.symbols.split(|it| !matches!(it, Symbol::Char(_)));
        parts
            .map(|part| {
                let chars = part.iter().filter_map(|it| match it {
                    Symbol::Char(it) => Some(*it),
                    Symbol::One | Symbol::Any => None,
                });
                chars.collect::<String>()
            })
            .filter(|it| !it.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wildcards are shown as `[*]` and `[?]`.
    #[track_caller]
    fn check(text: &str, want: &str) {
        let glob = Glob::parse(text);
        let got: String = glob
            .symbols()
            .iter()
            .map(|it| match it {
                Symbol::Char(it) => it.to_string(),
                Symbol::One => "[?]".to_owned(),
                Symbol::Any => "[*]".to_owned(),
            })
            .collect();
        assert_eq!(got, want, "value `{text}`");
    }

    #[test]
    fn escapes_are_those_of_the_specification() {
        check(r"C:\Windows\*", r"C:\Windows*");
        check(r"C:\Windows\\*", r"C:\Windows\[*]");
        check(r"C:\Windows\\\*", r"C:\Windows\*");
        check(r"\\host\share", r"\host\share");
        check(r"\\\\host\\share", r"\\host\share");
        check(r"a\?b?c", "a?b[?]c");
        check(r"end\", r"end\");
        check("a**b", "a[*]b");
        check("", "");
    }
}
