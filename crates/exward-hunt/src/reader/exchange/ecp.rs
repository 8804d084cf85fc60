//! What an ECP log says of a request: `S:CMD=…;S:URL=…;S:EX=…`.
//!
//! Sources: `Logging\ECP\Server` of Exchange 2016; lines of a real incident published by HelseCERT.

use std::borrow::Cow;

use crate::reader::cmdlet;

/// One part.
pub(super) struct Part<'t> {
    pub(super) name: &'t str,
    /// As it stands.
    pub(super) raw: &'t str,
}

/// The parts of a cell. They are divided by semicolons, which may stand in values too; so a part begins only
/// where a type and a name follow.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut starts: Vec<usize> = Vec::new();
    for (at, _) in text.match_indices(';') {
        starts.push(at.saturating_add(1));
    }
    let is_start = |at: &usize| text.get(*at..).and_then(head).is_some();
    let starts: Vec<usize> = std::iter::once(0).chain(starts).filter(is_start).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| part(text.get(*start..end)?)).collect()
}

/// `S:CMD=` with the quote before it: where its name begins and ends.
fn head(text: &str) -> Option<(usize, usize)> {
    let quote = usize::from(text.starts_with('\''));
    let colon = text.get(quote..)?.bytes().take(5).position(|it| it == b':')?.saturating_add(quote);
    let start = colon.saturating_add(1);
    let rest = text.get(start..)?;
    let len = rest.bytes().take(33).position(|it| !it.is_ascii_alphanumeric() && it != b'_')?;
    let is_type = text.get(quote..colon)?.bytes().all(|it| it.is_ascii_alphanumeric());
    let is_head = is_type && colon > quote && len > 0 && rest.as_bytes().get(len) == Some(&b'=');
    is_head.then(|| (start, start.saturating_add(len)))
}

fn part(text: &str) -> Option<Part<'_>> {
    let (start, end) = head(text)?;
    let name = text.get(start..end)?;
    let raw = text.get(end.saturating_add(1)..)?.trim_end_matches(';');
    let raw = if text.starts_with('\'') { raw.strip_suffix('\'').unwrap_or(raw) } else { raw };
    Some(Part { name, raw })
}

/// Without doubled quotes.
pub(super) fn unquoted(raw: &str) -> Cow<'_, str> {
    if !raw.contains("''") && !raw.contains("\"\"") {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.replace("''", "'").replace("\"\"", "\""))
}

/// Cmdlet and parameters of a command: `Set-X.Identity='…'.Url=$null`, `Pipeline.1|Get-X`.
pub(super) fn command(unquoted: &str) -> Option<(&str, String)> {
    let command = match unquoted.strip_prefix("Pipeline.") {
        Some(rest) => rest.split_once('|').map_or(rest, |(_, it)| it),
        None => unquoted,
    };
    let end = command.find(|it: char| !it.is_ascii_alphanumeric() && it != '-');
    let (name, rest) = command.split_at_checked(end.unwrap_or(command.len()))?;
    if !cmdlet::is_cmdlet(name) {
        return None;
    }
    Some((name, cmdlet::parameters(parameters(rest).into_iter())))
}

/// `.Name='value'.Other=$null`
fn parameters(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, value)) = rest.strip_prefix('.').and_then(|it| it.split_once('=')) {
        let quoted = value.starts_with('\'');
        let ends = value.match_indices('.').map(|(at, _)| at).filter(|at| {
            let closed =
                !quoted || value.get(..*at).is_some_and(|it| it.len() > 1 && it.ends_with('\''));
            closed && value.get(*at..).is_some_and(begins_parameter)
        });
        let end = ends.min().unwrap_or(value.len());
        let Some((value, after)) = value.split_at_checked(end) else { break };
        found.push((name, value.strip_prefix('\'').map_or(value, |it| it.trim_end_matches('\''))));
        rest = after;
    }
    found
}

/// `.Name=`
fn begins_parameter(text: &str) -> bool {
    let name = text.strip_prefix('.').and_then(|it| it.split_once('=')).map(|(name, _)| name);
    name.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}
