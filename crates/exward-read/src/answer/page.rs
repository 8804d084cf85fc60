//! Evidence from the text of a page: version paths, titles, the export tool's manifest.

use exward_core::build::{Build, SeenBuild};
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::product::{Numbering, Product, ProductRange};

use crate::limits::PAGE_VERSIONS_MAX;
use crate::record::kept;

/// Name of the ClickOnce application in the manifest.
const EXPORT_TOOL: &str = "microsoft.exchange.ediscovery.exporttool";

/// Everything that a page, or a part of one, says. Empty for a page without signs.
pub(super) fn page(body: &str) -> Vec<Evidence> {
    let lower = body.to_ascii_lowercase();
    let mut evidence = version_paths(body);
    evidence.extend(version_text(body, &lower));
    evidence.extend(manifest(body));
    evidence.extend(exchange_55(body));
    let claims_outlook = evidence.iter().any(|it| it.kind == EvidenceKind::OwaPath);
    if claims_outlook && let Some(title) = between(body, &lower, "<title>", "</title>") {
        let claim = if is_microsoft_title(title) { Claim::Shown } else { Claim::ForeignTitle };
        evidence.push(Evidence::new(EvidenceKind::PageTitle, kept(title.trim()), claim));
    }
    evidence
}

/// True if a lower-case page has code that Microsoft's logon and error pages have.
pub(super) fn is_microsoft_markup(body: &str) -> bool {
    ["owapage = asp.", "/themes/resources/", "/themes/base/", "flogon.js", "/owa/auth/15."]
        .iter()
        .any(|marker| body.contains(marker))
}

/// Versions in `/owa/auth/<a.b.c>/` (2013+) and `/owa/<a.b.c.d>/` (2007, 2010), once each.
///
/// Only paths on the page's own host count: phishing pages load the files of their victim (T13).
fn version_paths(body: &str) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = Vec::new();
    for (at, prefix) in body.match_indices("/owa/") {
        let (before, rest) = body.split_at_checked(at).unwrap_or_default();
        let rest = rest.strip_prefix(prefix).unwrap_or_default();
        let rest = rest.strip_prefix("auth/").unwrap_or(rest);
        let Some(seen) = rest.split_once('/').and_then(|(version, _)| on_premises(version)) else {
            continue;
        };
        let own_host = before.ends_with(['"', '\'', '(', '=']);
        let found = if own_host {
            Evidence::new(EvidenceKind::OwaPath, seen.to_string(), Claim::Version(seen))
        } else {
            let why = "the page loads Outlook's files from another host, as phishing pages do";
            Evidence::new(EvidenceKind::OwaPage, seen.to_string(), Claim::Doubt(why.to_owned()))
        };
        if evidence.contains(&found) {
            continue;
        }
        if evidence.len() >= PAGE_VERSIONS_MAX {
            let note = format!("more than {PAGE_VERSIONS_MAX} versions; the rest is left out");
            evidence.push(Evidence::new(EvidenceKind::OwaPage, note, Claim::Shown));
            break;
        }
        evidence.push(found);
    }
    evidence
}

/// A version number in an on-premises numbering; `None` for anything else.
fn on_premises(text: &str) -> Option<SeenBuild> {
    let seen: SeenBuild = text.parse().ok()?;
    matches!(Numbering::of(seen.prefix()), Numbering::Server(_)).then_some(seen)
}

/// `<span id=owaVersion>8.3.83.4</span>` of error pages, and what recon tools print.
fn version_text(body: &str, lower: &str) -> Option<Evidence> {
    let text = between(body, lower, "id=owaversion>", "<")
        .or_else(|| between(body, lower, "id=\"owaversion\">", "<"))?;
    let seen = on_premises(text.trim())?;
    Some(Evidence::new(EvidenceKind::OwaPath, seen.to_string(), Claim::Version(seen)))
}

/// The build in the export tool's manifest. All recorded ones are those of a CU, so it is a lower
/// bound and no proof of the update level (T5).
fn manifest(body: &str) -> Option<Evidence> {
    let mut builds = body.split('<').filter_map(|element| {
        let is_tool = element.contains("assemblyIdentity") && element.contains(EXPORT_TOOL);
        let lower = is_tool.then(|| element.to_ascii_lowercase())?;
        between(element, &lower, " version=\"", "\"")?.parse::<Build>().ok()
    });
    let first = builds.next()?;
    let highest = builds.fold(first, Build::max);
    Some(Evidence::new(EvidenceKind::Manifest, highest.to_string(), Claim::AtLeast(highest)))
}

/// Logon page of Exchange 5.5: `Version 5.5 SP4<br> <!-- 2653.23 -->`.
fn exchange_55(body: &str) -> Option<Evidence> {
    let named = body.contains("Outlook Web Access") && body.contains("Version 5.5");
    let claim = Claim::Products(ProductRange::only(Product::E55));
    named.then(|| Evidence::new(EvidenceKind::OwaPage, "Version 5.5", claim))
}

/// Titles of Microsoft's pages in any language hold one of these words.
fn is_microsoft_title(title: &str) -> bool {
    let title = title.to_lowercase();
    ["outlook", "exchange", "error", "object moved"].iter().any(|word| title.contains(word))
        || title.trim().is_empty()
}

/// The text between the first `open` and the next `close`, both matched in any ASCII case: `lower`
/// is the text, and they are, in lower case. A page may be large, so it is made so once.
fn between<'a>(text: &'a str, lower: &str, open: &str, close: &str) -> Option<&'a str> {
    let start = lower.find(open)?.checked_add(open.len())?;
    let len = lower.get(start..)?.find(close)?;
    text.get(start..)?.get(..len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, want: &[(EvidenceKind, &str)]) {
        let got = page(body);
        let got: Vec<_> = got.iter().map(|it| (it.kind, it.value.as_str())).collect();
        assert_eq!(got, want, "{body}");
    }

    #[test]
    fn pages_name_their_version() {
        check(
            r#"<link href="/owa/auth/15.2.858/themes/resources/favicon.ico">
               url("/owa/auth/15.2.858/themes/x.ttf")"#,
            &[(EvidenceKind::OwaPath, "15.2.858")],
        );
        check(
            r#"<link href="/owa/14.3.169.1/themes/resources/favicon.ico">"#,
            &[(EvidenceKind::OwaPath, "14.3.169.1")],
        );
        check(
            "OWA version: <span id=owaVersion>8.3.83.4</span>",
            &[(EvidenceKind::OwaPath, "8.3.83.4")],
        );
        check(r#"<a href="/owa/auth/logon.aspx">"#, &[]);
        check(r#"<a href="/owa/auth/15.20.1/x">"#, &[]);
        check(
            r#"<img src="https://victim.example/owa/auth/15.1.2507/x.png">"#,
            &[(EvidenceKind::OwaPage, "15.1.2507")],
        );
    }

    #[test]
    fn a_foreign_title_is_noticed_on_outlook_pages_only() {
        let path = r#"<link href="/owa/auth/15.1.2507/x">"#;
        let claim =
            |title: &str| page(&format!("{path}<TITLE>{title}</TITLE>")).pop().map(|it| it.claim);
        assert_eq!(claim("Outlook"), Some(Claim::Shown));
        assert_eq!(claim("Exchange Admin Center"), Some(Claim::Shown));
        assert_eq!(claim("Webmail | Example Org"), Some(Claim::ForeignTitle));
        assert_eq!(page("<title>Webmail</title>"), []);
    }

    #[test]
    fn the_manifest_is_a_lower_bound() {
        let manifest = r#"<assemblyIdentity name="microsoft.exchange.ediscovery.exporttool" version="15.1.2375.7" />
            <assemblyIdentity name="other" version="15.1.2375.99" />"#;
        let got = page(manifest);
        assert_eq!(
            got.first().map(|it| &it.claim),
            Some(&Claim::AtLeast(Build::new(15, 1, 2375, 7)))
        );
    }

    #[test]
    fn a_page_of_nothing_but_versions_is_cut_in_the_open() {
        let path = |at: usize| format!("\"/owa/15.2.1544.{at}/\"");
        let body: String = (0..40_000).map(path).collect();
        let evidence = page(&body);
        assert_eq!(evidence.len(), PAGE_VERSIONS_MAX + 1);
        let note = "more than 16 versions; the rest is left out";
        assert_eq!(evidence.last().map(|it| it.value.as_str()), Some(note));
        let again: String = (0..40_000).map(|at| path(at % PAGE_VERSIONS_MAX)).collect();
        assert_eq!(page(&again).len(), PAGE_VERSIONS_MAX);
    }

    proptest::proptest! {
        /// Any text is read without a panic.
        #[test]
        fn any_page_is_read(body in "(\\PC|/owa/|/auth/|<title>|version=\"|15\\.2\\.){0,60}") {
            let _evidence = page(&body);
        }
    }
}
