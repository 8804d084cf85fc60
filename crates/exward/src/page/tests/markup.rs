//! A small reader of our own markup: enough to see whether a page keeps the rules.

/// Tags without an end.
const VOID: [&str; 4] = ["meta", "link", "input", "br"];

/// Attributes by name, without their quotes.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    /// What follows up to the next tag.
    text: &'a str,
}

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(it, _)| *it == name).map(|(_, value)| *value)
    }
}

/// Reads tags in order; panics where markup is not well formed as ours is.
fn tags<'a>(page: &str, html: &'a str) -> Vec<Tag<'a>> {
    let mut tags = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for piece in html.split('<').skip(1) {
        if piece.starts_with('!') {
            continue;
        }
        let (inside, text) = piece.split_once('>').unwrap_or_else(|| panic!("{page}: <{piece}"));
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{page}: </{name}> after {text:.60}");
            tags.push(Tag { name: inside, attributes: vec![], text });
            continue;
        }
        let (name, rest) = inside.split_once([' ', '\n']).unwrap_or((inside, ""));
        let (name, is_closed) = (name.trim_end_matches('/'), inside.ends_with('/'));
        if !is_closed && !VOID.contains(&name) {
            open.push(name);
        }
        tags.push(Tag { name, attributes: attributes(page, rest.trim_end_matches('/')), text });
    }
    assert!(open.is_empty(), "{page}: never closed: {open:?}");
    tags
}

fn attributes<'a>(page: &str, mut rest: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return attributes;
        }
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if let Some(quoted) = after.strip_prefix("=\"") {
            let (value, after) = quoted.split_once('"').unwrap_or_else(|| panic!("{page}: {rest}"));
            attributes.push((name, value));
            rest = after;
        } else {
            assert!(!after.starts_with('='), "{page}: not quoted: {rest}");
            attributes.push((name, ""));
            rest = after;
        }
    }
}

/// The rules of every page.
#[track_caller]
pub(super) fn check(page: &str, html: &str) {
    let is_file = page == "report" || page == "report-empty";
    let styled = if is_file { without_style(html) } else { html.to_owned() };
    let tags = tags(page, &styled);
    let count = |name: &str| tags.iter().filter(|it| it.name == name).count();
    assert_eq!(count("h1"), 1, "PG4 {page}: one h1");
    assert_eq!(count("main"), 1, "PG4 {page}: one main");
    assert_eq!(count("style"), 0, "PG3 {page}");
    assert!(html.contains("<html lang=\"en\">"), "PG4 {page}");
    ids(page, &tags);
    for (index, tag) in tags.iter().enumerate() {
        for (name, value) in &tag.attributes {
            assert!(!name.starts_with("on") && *name != "style", "PG3 {page}: {name}={value}");
            if ["href", "src", "action", "data-live"].contains(name) {
                let is_ours = value.starts_with(['/', '?', '#']) && !value.starts_with("//");
                assert!(is_ours, "PG1 {page}: {name}={value}");
            }
        }
        match tag.name {
            "script" => {
                assert!(tag.get("src").is_some() && tag.text.trim().is_empty(), "PG3 {page}")
            }
            "th" => assert!(tag.get("scope").is_some(), "PG4 {page}: th {}", tag.text),
            "form" => form(page, &tags, index),
            "svg" => {
                assert_eq!(tag.get("role"), Some("img"), "PG4 {page}");
                assert!(tag.get("aria-labelledby").is_some(), "PG4 {page}");
                let after = tags.get(index..).unwrap();
                let end = after.iter().position(|it| it.name == "/figure").unwrap();
                assert!(after[..end].iter().any(|it| it.name == "table"), "PG4 {page}: no table");
            }
            "input" | "select" => labelled(page, &tags, tag),
            "button" => {
                let named = tag.get("aria-label").unwrap_or(tag.text);
                assert!(!named.trim().is_empty(), "PG4 {page}: a button without a name");
            }
            _ => {}
        }
    }
}

/// PG5: what changes something carries the key.
fn form(page: &str, tags: &[Tag<'_>], index: usize) {
    if tags[index].get("method") != Some("post") {
        return;
    }
    let after = &tags[index..];
    let end = after.iter().position(|it| it.name == "/form").unwrap();
    let has_key = after[..end].iter().any(|it| {
        it.get("name") == Some("form_key") && it.get("value") == Some(super::sample::FORM_KEY)
    });
    assert!(has_key, "PG5 {page}: {:?}", tags[index].get("action"));
}

fn labelled(page: &str, tags: &[Tag<'_>], field: &Tag<'_>) {
    if field.get("type") == Some("hidden") {
        return;
    }
    let id = field.get("id").unwrap_or_else(|| panic!("PG4 {page}: a field without an id"));
    let has_label = tags
        .iter()
        .any(|it| it.name == "label" && it.get("for") == Some(id) && !it.text.trim().is_empty());
    assert!(has_label, "PG4 {page}: {id} has no label");
}

/// Ids are told apart, and what is referred to is there.
fn ids(page: &str, tags: &[Tag<'_>]) {
    let mut ids: Vec<&str> = tags.iter().filter_map(|it| it.get("id")).collect();
    ids.sort_unstable();
    let twice: Vec<_> = ids.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "PG4 {page}: {twice:?}");
    for wanted in tags.iter().filter_map(|it| it.get("aria-labelledby")) {
        for id in wanted.split(' ') {
            assert!(ids.binary_search(&id).is_ok(), "PG4 {page}: no {id}");
        }
    }
}

fn without_style(html: &str) -> String {
    let (before, rest) = html.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}{after}")
}
