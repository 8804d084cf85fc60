//! Reads a scope file (S1).

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::blocks::Blocks;
use super::contact::Contact;
use super::error::ScopeError;
use super::names::Names;
use super::{RANGE_4_LENGTH_MIN, RANGE_6_LENGTH_MIN, SCOPE_BYTES_MAX, Scope};
use crate::address::{Class, bare, class_of_range};
use crate::endpoint::Host;

use ipnet::IpNet;

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    owner: Spanned<String>,
    purpose: Spanned<String>,
    contact: Spanned<String>,
    until: Spanned<Datetime>,
    #[serde(default)]
    ranges: Vec<Spanned<String>>,
    #[serde(default)]
    names: Vec<Spanned<String>>,
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
}

/// Ranges and names of one list.
#[derive(Default)]
struct Listed {
    ranges: Vec<IpNet>,
    names: Names,
}

pub(super) fn scope(text: &str) -> Result<Scope, ScopeError> {
    if text.len() > SCOPE_BYTES_MAX {
        return Err(ScopeError::TooLong { bytes: text.len() });
    }
    let file: File = toml::from_str(text).map_err(|error| ScopeError::Toml {
        // What is missing has no place: the reader gives 0..0 then.
        line: error.span().filter(|span| span.end > 0).map(|span| line_of(text, span.start)),
        message: error.message().replace('\n', ", "),
    })?;
    let line = |at: usize| line_of(text, at);
    let (ranges, names, exclude) = (
        list(text, "ranges", &file.ranges)?,
        list(text, "names", &file.names)?,
        list(text, "exclude", &file.exclude)?,
    );
    if ranges.ranges.is_empty() && names.names.is_empty() {
        return Err(ScopeError::Nobody);
    }
    let contact = Contact::parse(file.contact.get_ref())
        .map_err(|source| ScopeError::Contact { line: line(file.contact.span().start), source })?;
    Ok(Scope {
        owner: said(text, "owner", &file.owner)?,
        purpose: said(text, "purpose", &file.purpose)?,
        contact,
        until: day(file.until.get_ref())
            .ok_or_else(|| ScopeError::Until { line: line(file.until.span().start) })?,
        ranges: Blocks::new(ranges.ranges),
        names: names.names,
        excluded_ranges: Blocks::new(exclude.ranges),
        excluded_names: exclude.names,
    })
}

fn list(text: &str, key: &'static str, entries: &[Spanned<String>]) -> Result<Listed, ScopeError> {
    let mut listed = Listed::default();
    for spanned in entries {
        let at = spanned.span().start;
        let entry = spanned.get_ref().trim();
        let misplaced = |other| {
            let (line, entry) = (line_of(text, at), entry.to_owned());
            Err(ScopeError::Misplaced { line, entry, key, other })
        };
        let (below, host) = match entry.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, entry),
        };
        let host = Host::parse(host).map_err(|source| ScopeError::Entry {
            line: line_of(text, at),
            key,
            source,
        })?;
        match host {
            Host::Name(_) if key == "ranges" => return misplaced("names"),
            Host::Name(name) if below => listed.names.add_below(name),
            Host::Name(name) => listed.names.add(name),
            Host::Address(_) | Host::Range(_) if key == "names" || below => {
                return misplaced("ranges");
            }
            Host::Address(address) => {
                listed.ranges.push(IpNet::from(address));
                if key == "exclude" {
                    // Written in IPv6 clothing, it excludes the IPv4 address too (S2).
                    listed.ranges.push(IpNet::from(bare(address)));
                }
            }
            Host::Range(range) if key == "ranges" && too_wide(range) => {
                return Err(ScopeError::TooWide { line: line_of(text, at), entry: entry.into() });
            }
            Host::Range(range) => listed.ranges.push(range),
        }
    }
    Ok(listed)
}

fn too_wide(range: IpNet) -> bool {
    let min = match range {
        IpNet::V4(_) => RANGE_4_LENGTH_MIN,
        // A ULA block may be listed whole: it is never routed outside.
        IpNet::V6(_) if class_of_range(range) == Class::Private => 7,
        IpNet::V6(_) => RANGE_6_LENGTH_MIN,
    };
    range.prefix_len() < min
}

fn said(text: &str, key: &'static str, value: &Spanned<String>) -> Result<String, ScopeError> {
    let said = value.get_ref().trim();
    if said.is_empty() {
        return Err(ScopeError::Blank { line: line_of(text, value.span().start), key });
    }
    Ok(said.to_owned())
}

/// The day, if nothing but a day is given.
fn day(until: &Datetime) -> Option<Date> {
    let date = until.date.filter(|_| until.time.is_none() && until.offset.is_none())?;
    let (year, month) = (i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?);
    Date::new(year, month, i8::try_from(date.day).ok()?).ok()
}

/// The line, from 1, of a byte.
fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.iter().filter(|it| **it == b'\n').count().saturating_add(1)
}
