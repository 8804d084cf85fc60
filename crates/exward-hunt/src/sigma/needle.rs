//! Needles: texts of which one stands in every record that a rule can match.
//!
//! # Invariant
//! * **N1**: if the condition holds for a record, its lower-cased bytes hold one of the needles. So the
//!   choice may be wide, never narrow: of AND one branch is enough, OR needs all, and whatever cannot be
//!   told (`not`, absence, regular expressions, numbers, networks) has no needles.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::node::{Node, Test};
use super::terms::Alphabet;
use crate::limits::NEEDLE_BYTES_MIN;

/// What nearly every record holds (lower case): methods, statuses, browsers.
const EVERYWHERE: [&str; 8] = [
    " post ",
    " get ",
    "http/1.1",
    "https://",
    "mozilla/5.0+(windows+nt+10.0;+win64;+x64)+applewebkit/537.36+(khtml,+like+gecko)+chrome/142.0.0.0+safari/537.36",
    "microsoft+office/16.0+(windows+nt+10.0;+microsoft+outlook+16.0.17928;+pro)",
    "exchange",
    " 200 302 304 400 401 403 404 440 443 444 500 503 ",
];

/// What ordinary records hold (lower case): a needle within one of these texts is a poor one.
const ORDINARY: [&str; 28] = [
    "/owa/auth/logon.aspx?replacecurrent=1&url=https%3a%2f%2fmail",
    "/owa/auth.owa",
    "/owa/service.svc",
    "/owa/prem/15.2.1544.9/scripts/",
    "action=getconversationitems&ep=1&id=-&ac=1",
    "action=subscribetonotification",
    "/ecp/default.aspx",
    "/autodiscover/autodiscover.xml",
    "autodiscover.json/v1.0/",
    "protocol=autodiscoverv1&redirectcount=1",
    "/powershell?clientapplication=activemonitor;psversion=5.1.1",
    "&sessionid=version_15.2_(build_1544.9)=",
    "/mapi/emsmdb/?mailboxid=",
    "/mapi/nspi/?mailboxid=",
    "/ews/exchange.asmx",
    "/oab/",
    "/rpc/rpcproxy.dll",
    "/microsoft-server-activesync/default.eas?cmd=ping&user=",
    "&deviceid=appl&devicetype=iphone",
    "&correlationid=<empty>;&cafereqid=",
    "/proxylogon.owa",
    "microsoft+winrm+client",
    "amprobe/local/clientaccess",
    "windows\\system32\\cmd.exe",
    "program files",
    ".dll .html user= email mailbox",
    "nt authority\\system",
    "healthmailbox",
];

/// What a record that holds a common text costs, compared with a rare one.
const COMMON_COST: u64 = 20_000;

/// What a record that holds a text of nearly every record costs.
const EVERYWHERE_COST: u64 = 1_000_000;

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

/// Needles of which a record must hold one of each set: the parts of a condition that must all hold. What nearly
/// every record holds is left out.
pub(super) fn clauses(
    node: &Node,
    selections: &[Node],
    alphabet: Alphabet,
) -> Vec<BTreeSet<String>> {
    match node {
        Node::Selection(index) => {
            selections.get(*index).map_or_else(Vec::new, |it| clauses(it, selections, alphabet))
        }
        Node::AtLeast(wanted, nodes) if *wanted == nodes.len() => {
            nodes.iter().flat_map(|it| clauses(it, selections, alphabet)).collect()
        }
        Node::AtLeast(..) | Node::Leaf(..) | Node::Not(_) => {
            let needles = of_node(node, selections, alphabet);
            needles.filter(|it| it.cost < EVERYWHERE_COST).map(|it| it.texts).into_iter().collect()
        }
    }
}

fn of_node(node: &Node, selections: &[Node], alphabet: Alphabet) -> Option<Needles> {
    match node {
        Node::Selection(index) => of_node(selections.get(*index)?, selections, alphabet),
        Node::Leaf(_, Test::Texts(texts)) => union(texts.globs().iter().map(|glob| {
            let texts = glob.texts();
            let choices = texts.iter().flat_map(|it| choices(it, alphabet));
            choices.min_by_key(|it| {
                (it.cost, it.texts.len(), Reverse(it.texts.first().map(String::len)))
            })
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

/// What a text can be found by: each choice alone is enough.
fn choices(text: &str, alphabet: Alphabet) -> Vec<Needles> {
    let written = |it: char| ways_to_write(it, alphabet);
    let letters: Vec<(char, Vec<String>)> = text
        .chars()
        .map(|it| (it.to_ascii_lowercase(), written(it.to_ascii_lowercase())))
        .collect();
    let parts = letters.split(|(_, ways)| ways.is_empty());
    parts.flat_map(windows).filter_map(price).collect()
}

/// Pieces of a part, each short enough for a vector search, and written in few ways.
fn windows(part: &[(char, Vec<String>)]) -> impl Iterator<Item = &[(char, Vec<String>)]> {
    let starts = 0..part.len();
    let lens = NEEDLE_BYTES_MIN..=NEEDLE_BYTES_MAX;
    starts.flat_map(move |start| {
        lens.clone().filter_map(move |len| part.get(start..start.saturating_add(len)))
    })
}

/// The needles of one piece; `None` if it can be written in too many ways.
fn price(piece: &[(char, Vec<String>)]) -> Option<Needles> {
    let plain: String = piece.iter().map(|(it, _)| *it).collect();
    let mut texts = BTreeSet::from([String::new()]);
    let mut special = 0_usize;
    for (_, ways) in piece {
        special = special.saturating_add(usize::from(ways.len() > 1));
        texts =
            texts.iter().flat_map(|it| ways.iter().map(move |way| format!("{it}{way}"))).collect();
        if texts.len() > WAYS_MAX {
            return None;
        }
    }
    let cost = cost(&plain, special).saturating_mul(2).saturating_add(count(texts.len()));
    Some(Needles { cost, texts })
}

/// How a (lower-case) character may stand in the record; none if that cannot be told.
///
/// A reader also offers values in which `+` was made a blank, two blanks a comma and a blank, or `%` was
/// decoded; encodings of ordinary characters, and encoded percent signs, are decoded by the engine before it
/// looks. Between path and query stands a blank or a comma where the joined value has `?`. JSON writers differ;
/// what any known one escapes is left out.
fn ways_to_write(it: char, alphabet: Alphabet) -> Vec<String> {
    let escaped = matches!(it, '"' | '\\' | '/' | '<' | '>' | '&' | '\'' | '+' | '=' | '`');
    let ordinary = it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_' | '~');
    let stands = it == ' ' || it.is_ascii_graphic();
    match alphabet {
        Alphabet::Json if stands && !escaped => vec![it.to_string()],
        // Exchange doubles a quote.
        Alphabet::Plain if stands && it != '"' => vec![it.to_string()],
        Alphabet::Url if ordinary => vec![it.to_string()],
        Alphabet::Url if it == ' ' => vec!["%20".to_owned(), "+".to_owned(), " ".to_owned()],
        Alphabet::Url if it == ',' => vec!["%2c".to_owned(), ",".to_owned(), " ".to_owned()],
        Alphabet::Url if stands && !matches!(it, '"' | '?') => {
            vec![format!("%{:02x}", u32::from(it)), it.to_string()]
        }
        Alphabet::Url | Alphabet::Json | Alphabet::Plain => Vec::new(),
    }
}

/// How many ordinary records hold the text, in no unit: only comparisons matter. Characters that are no letters
/// make a text rarer than its length says.
fn cost(text: &str, special: usize) -> u64 {
    let like_log = text.replace(' ', "+");
    let within = |all: &[&str]| all.iter().any(|it| it.contains(text) || it.contains(&like_log));
    if within(&EVERYWHERE) {
        return EVERYWHERE_COST;
    }
    if within(&ORDINARY) {
        return COMMON_COST.checked_div(count(text.len())).unwrap_or(COMMON_COST);
    }
    match text.len().saturating_add(special) {
        0..=3 => 60,
        4 => 30,
        5 => 15,
        6 => 8,
        // Longer is no rarer; and the fewer special characters, the fewer needles.
        _ => 4,
    }
}

fn count(some: usize) -> u64 {
    u64::try_from(some).unwrap_or(u64::MAX)
}

/// A longer needle is not found sooner.
const NEEDLE_BYTES_MAX: usize = 16;

/// Ways to write one needle: more would crowd out the others.
const WAYS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::sigma::{Alphabet, load};

    /// What a rule with this detection is looked for by; `-` if it must see every record.
    fn needles(detection: &str, alphabet: Alphabet) -> String {
        let text = format!("title: T\nlogsource: {{}}\ndetection: {{{detection}}}");
        let rule = load(&text, "rule.yml").unwrap().remove(0);
        let needles = rule.needles(alphabet);
        let found = needles.map_or_else(|| "-".to_owned(), |it| Vec::from_iter(it).join(" | "));
        format!("{detection}\n    {found}\n")
    }

    #[test]
    fn needles_are_few_and_rare() {
        let url = [
            "s: {m: POST, u|contains: /Discover.aspx/x}, condition: s",
            "s: {u|contains: [/ab/, 'x%40longer']}, condition: s",
            "s: {u|contains: ['${(a', '=a=', 'union select']}, condition: s",
            "s: {u|contains|all: [powershell, ServerInfo~]}, condition: s",
            "s: {u: 'one?two*fourteen'}, condition: s",
            "s: {u|contains: ['/a?b', '\"']}, condition: s",
            "s: {m: POST, c: 200}, condition: s",
            "s: {u: rare1}, f: {u: rare2}, condition: s and not f",
            "s: {u: rare1}, f: {u: null}, condition: s or f",
            "s: {u|re: rare1}, condition: s",
            "a: {u: aaaaa}, b: {u: bbbbbbbbb}, c: {u: ccccccccc}, condition: 2 of them",
            "s: {u|base64: AbC12}, condition: s",
        ];
        let found: String = url.iter().map(|it| needles(it, Alphabet::Url)).collect();
        assert_snapshot!(found, @r#"
    s: {m: POST, u|contains: /Discover.aspx/x}, condition: s
        discover.aspx
    s: {u|contains: [/ab/, 'x%40longer']}, condition: s
        %2fab%2f | %2fab/ | /ab%2f | /ab/ | 40longer
    s: {u|contains: ['${(a', '=a=', 'union select']}, condition: s
        $%7b%28a | $%7b(a | ${%28a | ${(a | %24%7b%28a | %24%7b(a | %24{%28a | %24{(a | %3da%3d | %3da= | =a%3d | =a= | union select | union%20select | union+select
    s: {u|contains|all: [powershell, ServerInfo~]}, condition: s
        serverinfo~
    s: {u: 'one?two*fourteen'}, condition: s
        fourteen
    s: {u|contains: ['/a?b', '"']}, condition: s
        -
    s: {m: POST, c: 200}, condition: s
        post
    s: {u: rare1}, f: {u: rare2}, condition: s and not f
        rare1
    s: {u: rare1}, f: {u: null}, condition: s or f
        -
    s: {u|re: rare1}, condition: s
        -
    a: {u: aaaaa}, b: {u: bbbbbbbbb}, c: {u: ccccccccc}, condition: 2 of them
        bbbbbbbbb | ccccccccc
    s: {u|base64: AbC12}, condition: s
        qwjdmti
    "#);
        let path = "s: [word, 'other word', 'C:\\inetpub\\x', 'a \"quoted\" text'], condition: s";
        assert_snapshot!(needles(path, Alphabet::Plain), @r#"
    s: [word, 'other word', 'C:\inetpub\x', 'a "quoted" text'], condition: s
        c:\inetpub\x | other word | quoted | word
    "#);
        assert_snapshot!(needles(path, Alphabet::Json), @r#"
    s: [word, 'other word', 'C:\inetpub\x', 'a "quoted" text'], condition: s
        inetpub | other word | quoted | word
    "#);
    }
}
