//! `condition`: which selections must hold.
//!
//! Source: Sigma specification v2, "Condition". `not` binds before `and`, `and` before `or`.

use super::glob::Glob;
use super::node::Node;
use super::pattern::Texts;
use crate::limits::{RULE_CONDITION_CHARS_MAX, RULE_DEPTH_MAX};

/// Reads a condition over the selections with these names; [`Node::Selection`] counts them.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(text: &str, names: &[String]) -> Result<Node, String> {
    if text.chars().count() > RULE_CONDITION_CHARS_MAX {
        return Err(format!("is longer than {RULE_CONDITION_CHARS_MAX} characters"));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, names };
    let node = parser.either(RULE_DEPTH_MAX)?;
    match parser.tokens.first() {
        None => Ok(node),
        Some(it) => Err(format!("has a `{it}` too many")),
    }
}

fn tokens(text: &str) -> Result<Vec<&str>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '(' | ')' => Some(1),
            '|' => return Err(AGGREGATION.to_owned()),
            _ => rest.find(|it: char| !is_word(it)),
        };
        let (token, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, ""));
        if token.is_empty() {
            return Err(format!("`{first}` has no meaning in a condition"));
        }
        if token.eq_ignore_ascii_case("near") {
            return Err(AGGREGATION.to_owned());
        }
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

const AGGREGATION: &str = "uses an aggregation (`|`, `near`), which the Sigma specification has dropped; \
                           leave it out and look at single records";

fn is_word(it: char) -> bool {
    it.is_alphanumeric() || matches!(it, '_' | '-' | '*' | '.')
}

struct Parser<'t> {
    tokens: &'t [&'t str],
    names: &'t [String],
}

impl<'t> Parser<'t> {
    fn either(&mut self, depth: usize) -> Result<Node, String> {
        let mut nodes = vec![self.both(depth)?];
        while self.take("or") {
            nodes.push(self.both(depth)?);
        }
        Ok(Node::any(nodes))
    }

    fn both(&mut self, depth: usize) -> Result<Node, String> {
        let mut nodes = vec![self.single(depth)?];
        while self.take("and") {
            nodes.push(self.single(depth)?);
        }
        Ok(Node::all(nodes))
    }

    fn single(&mut self, depth: usize) -> Result<Node, String> {
        let deeper = depth.checked_sub(1).ok_or("is nested too deeply")?;
        if self.take("not") {
            return Ok(Node::Not(Box::new(self.single(deeper)?)));
        }
        if self.take("(") {
            let node = self.either(deeper)?;
            return if self.take(")") { Ok(node) } else { Err("lacks a `)`".to_owned()) };
        }
        let Some(word) = self.next() else { return Err("ends too early".to_owned()) };
        if self.take("of") {
            return self.selector(word);
        }
        let found = self.names.iter().position(|it| it == word);
        found
            .map(Node::Selection)
            .ok_or_else(|| format!("names `{word}`, and no selection is named so"))
    }

    /// `1 of …`, `all of …`, `3 of …`.
    fn selector(&mut self, quantity: &str) -> Result<Node, String> {
        let Some(pattern) = self.next() else { return Err("ends after `of`".to_owned()) };
        let nodes = self.selected(pattern)?;
        if nodes.is_empty() {
            return Err(format!("says `{quantity} of {pattern}`, and no selection is named so"));
        }
        let wanted = match quantity {
            "all" => nodes.len(),
            "any" => 1,
            number => number
                .parse()
                .map_err(|_| format!("says `{number} of`; a number or `all` is meant"))?,
        };
        if wanted == 0 || wanted > nodes.len() {
            let there = nodes.len();
            return Err(format!("wants {wanted} of {there} selections named `{pattern}`"));
        }
        Ok(Node::AtLeast(wanted, nodes))
    }

    fn selected(&self, pattern: &str) -> Result<Vec<Node>, String> {
        let pattern = if pattern == "them" { "*" } else { pattern };
        let hidden = pattern.starts_with('_');
        let texts = Texts::of(vec![Glob::parse(pattern)], true)?;
        let named = self.names.iter().enumerate();
        let named = named.filter(|(_, it)| (hidden || !it.starts_with('_')) && texts.holds(it));
        Ok(named.map(|(index, _)| Node::Selection(index)).collect())
    }

    fn next(&mut self) -> Option<&'t str> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.tokens.first().is_some_and(|it| it.eq_ignore_ascii_case(token));
        if found {
            self.next();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Result<&str, &str>) {
        let names = ["_hidden", "a", "b", "sel_1", "sel_2"].map(str::to_owned);
        let got = parse(text, &names).map(|it| it.shown(&names));
        assert_eq!(
            got.as_deref(),
            want.map_err(str::to_owned).as_ref().copied(),
            "condition `{text}`"
        );
    }

    #[test]
    fn conditions_are_read_with_their_precedence() {
        check("a", Ok("a"));
        check("a or b and not a", Ok("1(a, 2(b, not a))"));
        check("(a or b) and a", Ok("2(1(a, b), a)"));
        check("not not a", Ok("not not a"));
        check("1 of sel_*", Ok("1(sel_1, sel_2)"));
        check("all of sel_*", Ok("2(sel_1, sel_2)"));
        check("2 of them", Ok("2(a, b, sel_1, sel_2)"));
        check("any of _h*", Ok("1(_hidden)"));
        check("all of them and not a", Ok("2(4(a, b, sel_1, sel_2), not a)"));
    }
}
