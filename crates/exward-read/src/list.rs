//! Plain lists: one host, address or build a line.
//!
//! `#` starts a comment. `address,port`, as masscan and zmap write it, and URLs are understood.

use exward_core::build::SeenBuild;
use exward_core::catalog::{Catalog, Placement};
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::product::Numbering;

use crate::record::{Record, host_and_port, kept};

/// Schemes that say how a host is to be asked; `https`, the usual one, is left out of a target.
const SCHEMES: [&str; 7] = ["http", "smtp", "smtps", "imap", "imaps", "pop3", "pop3s"];

/// What one target text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A build number: it can be assessed as it stands.
    Build(SeenBuild),
    /// A host, an address, or a range, with a port if one was given.
    Host(String),
}

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// It looks like a build number, but is none.
    #[error("{0}")]
    Build(#[from] exward_core::build::ParseBuildError),
    /// Neither a host nor a build.
    #[error("`{0}` is neither a host nor a build number")]
    Neither(String),
}

/// Reads one target, as it stands on the command line or in a list.
///
/// A text such as `15.2.221.18` is both an address and a build. It is taken as a build if a listed
/// CU has its third part; `15.2.221.18:443` is the address.
///
/// # Errors
/// [`TargetError`] with what is wrong.
pub fn target(catalog: &Catalog, text: &str) -> Result<Target, TargetError> {
    let text = text.trim();
    let numeric = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if numeric {
        let is_address = text.parse::<std::net::Ipv4Addr>().is_ok();
        return match text.parse::<SeenBuild>() {
            Ok(seen) if is_address && !is_listed(catalog, seen) => {
                Ok(Target::Host(text.to_owned()))
            }
            Ok(seen) => Ok(Target::Build(seen)),
            Err(_) if is_address => Ok(Target::Host(text.to_owned())),
            Err(error) => Err(error.into()),
        };
    }
    host(text)
        .map(Target::Host)
        .ok_or_else(|| TargetError::Neither(text.chars().take(60).collect()))
}

/// True if the build stands on a line of the catalog, or is of a product without one.
fn is_listed(catalog: &Catalog, seen: SeenBuild) -> bool {
    let SeenBuild::Full(build) = seen else {
        return matches!(Numbering::of(seen.prefix()), Numbering::Server(_));
    };
    match catalog.place(build) {
        Placement::Listed(..)
        | Placement::Floored(..)
        | Placement::BelowBase(..)
        | Placement::Between(..)
        | Placement::Preview(_) => true,
        Placement::NewerInLine(..)
        | Placement::NewerCu(_)
        | Placement::Unpublished(_)
        | Placement::Legacy(_)
        | Placement::ExchangeOnline
        | Placement::Foreign => false,
    }
}

/// The host of a URL, `host:port`, `address,port` or plain host; `None` if it is none of these.
fn host(text: &str) -> Option<String> {
    let (scheme, without_scheme) = match text.split_once("://") {
        Some(("https", rest)) => ("", rest.split('/').next().unwrap_or_default()),
        Some((scheme, rest)) if SCHEMES.contains(&scheme) => {
            (scheme, rest.split('/').next().unwrap_or_default())
        }
        Some(_) => return None,
        None => ("", text),
    };
    if let Some((address, port)) = without_scheme.split_once(',') {
        let address: std::net::IpAddr = address.trim().parse().ok()?;
        return Some(host_and_port(&address.to_string(), Some(port.trim().parse().ok()?)));
    }
    let is_host_char = |c: char| c.is_ascii_alphanumeric() || ".-_:[]/*".contains(c);
    let looks_like_one = without_scheme.len() <= 300
        && without_scheme.chars().any(|c| c.is_ascii_alphanumeric())
        && without_scheme.chars().all(|c| is_host_char(c) || !c.is_ascii() && c.is_alphanumeric());
    looks_like_one.then(|| match scheme {
        "" => without_scheme.to_owned(),
        scheme => format!("{scheme}://{without_scheme}"),
    })
}

/// Reads one line; `Ok(None)` for blank lines and comments.
///
/// A host gives a record without evidence: a list alone tells nothing about it.
///
/// # Errors
/// Why the line is no target.
pub fn line(catalog: &Catalog, number: u64, text: &str) -> Result<Option<Record>, TargetError> {
    let text = text.split_once('#').map_or(text, |(before, _)| before).trim();
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some(Record { line: Some(number), ..record(catalog, text)? }))
}

/// The record of one target text. The target keeps the text as given.
///
/// # Errors
/// Why it is no target.
pub fn record(catalog: &Catalog, text: &str) -> Result<Record, TargetError> {
    Ok(match target(catalog, text)? {
        Target::Build(seen) => Record {
            target: text.trim().to_owned(),
            line: None,
            // Zeros in front may make a build number of any length.
            evidence: vec![Evidence::new(
                EvidenceKind::Given,
                kept(text.trim()),
                Claim::Version(seen),
            )],
        },
        Target::Host(host) => Record { target: host, line: None, evidence: Vec::new() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        let catalog = crate::catalog::built_in().unwrap();
        let got = match target(&catalog, text) {
            Ok(Target::Build(seen)) => format!("build {seen}"),
            Ok(Target::Host(host)) => format!("host {host}"),
            Err(error) => format!("error {error}"),
        };
        assert_eq!(got, want, "{text}");
    }

    #[test]
    fn zeros_in_front_do_not_make_evidence_long() {
        let catalog = crate::catalog::built_in().unwrap();
        let record = record(&catalog, &format!("15.2.1544.{}14", "0".repeat(1000))).unwrap();
        assert!(record.evidence[0].value.chars().count() <= 300);
    }

    #[test]
    fn targets_are_told_apart() {
        check("15.2.1544.14", "build 15.2.1544.14");
        check("15.2.1544", "build 15.2.1544");
        check("15.2.221.18", "build 15.2.221.18"); // an address too
        check("15.2.221.18:443", "host 15.2.221.18:443");
        check("192.0.2.10", "host 192.0.2.10");
        check("15.1.2.3", "host 15.1.2.3"); // no CU has the third part 2
        check("15.20.9000.1", "build 15.20.9000.1");
        check("mail.example.org:443", "host mail.example.org:443");
        check("https://mail.example.org/owa/", "host mail.example.org");
        check("smtp://mail.example.org:2525", "host smtp://mail.example.org:2525");
        check(
            "ftp://mail.example.org",
            "error `ftp://mail.example.org` is neither a host nor a build number",
        );
        check(
            "192.0.2.10,8443,tcp",
            "error `192.0.2.10,8443,tcp` is neither a host nor a build number",
        );
        check("192.0.2.10,8443", "host 192.0.2.10:8443");
        check("2001:db8::1", "host 2001:db8::1");
        check("2001:db8::1,443", "host [2001:db8::1]:443");
        check("192.0.2.0/24", "host 192.0.2.0/24");
        check("import os", "error `import os` is neither a host nor a build number");
        check(
            "15.2.99999.1",
            "error part 3 of build number `15.2.99999.1` is not a number from 0 to 65535",
        );
        check("1.2", "error a build number has 3 or 4 parts, `1.2` has 2");
    }

    #[test]
    fn comments_and_blank_lines_are_nothing() {
        let catalog = crate::catalog::built_in().unwrap();
        assert_eq!(line(&catalog, 1, "  # mail servers"), Ok(None));
        assert_eq!(line(&catalog, 2, ""), Ok(None));
        let record = line(&catalog, 3, "15.2.1544.14 # EX01").unwrap().unwrap();
        assert_eq!((record.target.as_str(), record.line), ("15.2.1544.14", Some(3)));
    }
}
