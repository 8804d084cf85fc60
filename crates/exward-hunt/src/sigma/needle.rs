//! Needles: texts of which one stands in every record that a rule can match.
//!
//! # Invariant
//! * **N1**: if the condition holds for a record, its lower-cased bytes hold one of the needles. So the
//!   choice may be wide, never narrow: of AND one branch is enough, OR needs all, and whatever cannot be
//!   told (`not`, absence, regular expressions, numbers, networks) has no needles.

use std::collections::BTreeSet;

use super::node::{Node, Test};
use super::rule::Alphabet;
use crate::limits::NEEDLE_BYTES_MIN;

/// Texts that stand in many harmless records: a needle within one of them is a poor one.
const COMMON: [&str; 44] = [
    "/owa/auth/logon.aspx",
    "/owa/auth.owa",
    "/owa/service.svc",
    "/proxylogon.owa",
    "/ecp/default.aspx",
    "/autodiscover/autodiscover.xml",
    "/powershell/",
    "/mapi/emsmdb/",
    "/mapi/nspi/",
    "/ews/exchange.asmx",
    "/oab/",
    "/rpc/rpcproxy.dll",
    "/microsoft-server-activesync/default.eas",
    "post",
    "get",
    "https://",
    "http/1.1",
    "200",
    "301",
    "302",
    "401",
    "403",
    "404",
    "500",
    "mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) chrome/",
    "mozilla/5.0 (windows nt 10.0; wow64; trident/7.0; rv:11.0) like gecko",
    "mozilla/5.0 (x11; linux x86_64; rv:109.0) gecko/20100101 firefox/",
    "mozilla/5.0 (macintosh; intel mac os x 10_15_7) version/",
    "mozilla/4.0 (compatible; msie 8.0;",
    "safari/537.36 edg/",
    "microsoft office outlook",
    "\\program files\\microsoft\\exchange server\\v15\\",
    "\\windows\\system32\\inetsrv\\w3wp.exe",
    "\\windows\\system32\\cmd.exe",
    "\\windowspowershell\\v1.0\\powershell.exe",
    "nt authority\\system",
    ".exe",
    ".dll",
    ".aspx",
    ".html",
    ".asmx",
    "email=",
    "mailbox",
    "cmdlet suceeded. cmdlet",
];

/// What a common text costs, less its length, compared with a rare one.
const COMMON_COST: u64 = 1000;

/// Needles with what they cost: how many records they will let through.
#[derive(Clone, Debug)]
struct Needles {
    cost: u64,
    texts: BTreeSet<String>,
}

/// The needles of a condition; `None` if it may hold for a record that has none.
pub(super) fn needles(
    node: &Node,
    selections: &[Node],
    alphabet: Alphabet,
) -> Option<BTreeSet<String>> {
    of_node(node, selections, alphabet).map(|it| it.texts)
}

fn of_node(node: &Node, selections: &[Node], alphabet: Alphabet) -> Option<Needles> {
    match node {
        Node::Selection(index) => of_node(selections.get(*index)?, selections, alphabet),
        Node::Leaf(_, Test::Texts(texts)) => union(texts.globs().iter().map(|glob| {
            let texts = glob.texts();
            let parts = texts.iter().flat_map(|it| unchanged(it, alphabet));
            let priced = parts.map(|it| (cost(&it), it));
            priced.min().map(|(cost, it)| Needles { cost, texts: BTreeSet::from([it]) })
        })),
        Node::Leaf(..) | Node::Not(_) => None,
        Node::AtLeast(wanted, nodes) => {
            let mut known: Vec<Needles> =
                nodes.iter().filter_map(|it| of_node(it, selections, alphabet)).collect();
            known.sort_by_key(|it| it.cost);
            // If so many hold, then of any that leave out one fewer, one holds.
            let enough = nodes.len().saturating_sub(*wanted).saturating_add(1);
            let chosen = known.get(..enough)?;
            union(chosen.iter().cloned().map(Some))
        }
    }
}

fn union(all: impl Iterator<Item = Option<Needles>>) -> Option<Needles> {
    let none = Needles { cost: 0, texts: BTreeSet::new() };
    let whole = all.into_iter().try_fold(none, |mut whole, it| {
        let it = it?;
        whole.cost = whole.cost.saturating_add(it.cost);
        whole.texts.extend(it.texts);
        Some(whole)
    })?;
    (!whole.texts.is_empty()).then_some(whole)
}

/// The parts of a text that stand in the record as they are, lower-cased.
fn unchanged(text: &str, alphabet: Alphabet) -> Vec<String> {
    let parts = text.split(|it| !stands(it, alphabet));
    parts.filter(|it| it.len() >= NEEDLE_BYTES_MIN).map(str::to_ascii_lowercase).collect()
}

/// Whether a character is never written otherwise.
///
/// A reader also offers values in which `+` was made a blank, or a blank a comma, or `%` was decoded:
/// none of these is in the alphabet of URLs. JSON writers differ; what any known one escapes is left out.
fn stands(it: char, alphabet: Alphabet) -> bool {
    match alphabet {
        Alphabet::Url => it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_' | '~'),
        Alphabet::Json => {
            let escaped = matches!(it, '"' | '\\' | '/' | '<' | '>' | '&' | '\'' | '+' | '=' | '`');
            (it == ' ' || it.is_ascii_graphic()) && !escaped
        }
        Alphabet::Plain => it == ' ' || it.is_ascii_graphic(),
    }
}

fn cost(needle: &str) -> u64 {
    if COMMON.iter().any(|it| it.contains(needle)) {
        let length = u64::try_from(needle.len()).unwrap_or_default();
        return COMMON_COST.saturating_sub(length);
    }
    match needle.len() {
        0..=3 => 60,
        4 => 30,
        5 => 15,
        6..=9 => 8,
        10..=15 => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use crate::sigma::{Alphabet, load};

    /// What a rule with this detection is looked for by; `-` if it must see every record.
    #[track_caller]
    fn check(detection: &str, alphabet: Alphabet, want: &str) {
        let text = format!("title: T\nlogsource: {{}}\ndetection: {{{detection}}}");
        let rule = load(&text, "rule.yml").unwrap().remove(0);
        let needles = rule.needles(alphabet);
        let got = needles.map_or_else(|| "-".to_owned(), |it| Vec::from_iter(it).join(" | "));
        assert_eq!(got, want, "detection `{detection}`");
    }

    #[test]
    fn needles_are_few_and_rare() {
        let url = Alphabet::Url;
        check("s: {m: POST, u|contains: /Discover.aspx/x}, condition: s", url, "discover.aspx");
        check("s: {u|contains: [/ab/, 'x%40longer']}, condition: s", url, "-");
        check("s: {u|contains: [/abc/, 'x%40longer']}, condition: s", url, "40longer | abc");
        check("s: {u|contains|all: [powershell, ServerInfo~]}, condition: s", url, "serverinfo~");
        check("s: {u: 'one?two*fourteen'}, condition: s", url, "fourteen");
        check("s: {m: POST, c: 200}, condition: s", url, "post");
        check("s: {u: rare1}, f: {u: rare2}, condition: s and not f", url, "rare1");
        check("s: {u: rare1}, f: {u: null}, condition: s or f", url, "-");
        check("s: {u|re: rare1}, condition: s", url, "-");
        check(
            "a: {u: aaaaa}, b: {u: bbbbbbbbb}, c: {u: ccccccccc}, condition: 2 of them",
            url,
            "bbbbbbbbb | ccccccccc",
        );
        check("s: [word, 'other word'], condition: s", Alphabet::Json, "other word | word");
        check("s: {u|base64: AbC12}, condition: s", url, "qwjdmti");
        check("s: {p: 'C:\\inetpub\\x'}, condition: s", Alphabet::Plain, "c:\\inetpub\\x");
        check("s: {p: 'C:\\inetpub\\x'}, condition: s", Alphabet::Json, "inetpub");
    }
}
