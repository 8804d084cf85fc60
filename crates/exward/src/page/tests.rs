//! All pages with made-up data: what holds for each of them is checked over all of them.

mod hostile;
mod markup;
mod sample;
mod snapshot;

use super::layout::Role;

/// PG3, PG4, PG5 over every page, for everybody who may see it.
#[test]
fn every_page_keeps_the_rules() {
    for role in Role::ALL {
        for (name, html) in sample::pages(&sample::plain_text, role) {
            markup::check(name, &html);
        }
        for (name, html) in sample::empty_pages(role) {
            markup::check(name, &html);
        }
    }
}

/// What a role may not do is not offered.
#[test]
fn forms_stand_only_where_the_role_suffices() {
    let actions = |role| -> Vec<String> {
        let pages = sample::pages(&sample::plain_text, role);
        let all =
            pages.iter().flat_map(|(_, html)| html.split("method=\"post\" action=\"").skip(1));
        let mut actions: Vec<String> =
            all.filter_map(|it| it.split('"').next()).map(str::to_owned).collect();
        actions.sort();
        actions.dedup();
        actions
    };
    let viewer = actions(Role::Viewer);
    let has = |actions: &[String], end: &str| actions.iter().any(|it| it.ends_with(end));
    for end in ["/accept", "/revoke", "/retry", "/cancel"] {
        assert!(!has(&viewer, end) || end == "/revoke", "{end}: {viewer:?}");
        assert!(has(&actions(Role::Operator), end), "{end}");
    }
    for end in ["/pause", "/pause-after-step", "/abort", "/approve"] {
        assert!(!has(&actions(Role::Operator), end), "{end}");
        assert!(has(&actions(Role::Approver), end), "{end}");
    }
}

/// Writes all pages, so that they can be looked at: `PAGES=folder cargo test -p exward look_at`.
#[test]
fn look_at_all_pages() {
    let temporary = tempfile::tempdir().unwrap();
    let named = std::env::var_os("PAGES").map(std::path::PathBuf::from);
    let folder = named.unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    std::fs::write(folder.join("assets/exward.css"), super::CSS).unwrap();
    std::fs::write(folder.join("assets/live.js"), super::LIVE).unwrap();
    let mut pages = sample::pages(&sample::plain_text, Role::Admin);
    pages.extend(sample::empty_pages(Role::Admin));
    let long = |text: &str| format!("<b>{text}{}", "W".repeat(300));
    let mut named: Vec<(String, String)> =
        pages.into_iter().map(|(name, html)| (name.to_owned(), html)).collect();
    let hostile = sample::pages(&long, Role::Admin);
    named.extend(hostile.into_iter().map(|(name, html)| (format!("long-{name}"), html)));
    for (name, html) in named {
        let html = html.replace("/assets/", "assets/");
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
}
