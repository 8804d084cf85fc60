//! What nobody means well: it is kept as it is, comes back as it is, and breaks nothing.

use serde_json::{Value, json};

use crate::memory::{Memory, is_whole};
use crate::place::Place;
use crate::program::{Serving, exward};

/// Names and values that mean something to whoever takes them for more than text.
const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mred",
    "\u{202e}moc.elpmaxe\u{2066}\u{200f}",
    "before\0after",
    "'; DROP TABLE server; --",
    "line\r\nbreak\ttab\u{2028}\u{feff}",
];

/// More than a name may have in a store.
const LONG: usize = 10 << 20;

/// Events of IntelMQ with hostile names, one of them of ten megabytes.
fn events(path: &str) {
    let event = |host: &str, text: &str, name: &str| {
        json!({
            "source.fqdn": host,
            "time.source": "2026-11-20T02:11:04+00:00",
            "classification.type": "vulnerable-system",
            "classification.identifier": "vulnerable-exchange-server",
            "extra.version": "15.2.1544.14",
            "extra.servername": name,
            "source.reverse_dns": text,
            "destination.url": format!("https://{text}/owa/"),
        })
    };
    let mut lines: Vec<String> = HOSTILE.iter().map(|it| event(it, it, it).to_string()).collect();
    lines.push(event(&"a".repeat(LONG), "long", "").to_string());
    lines.push(event("mail.example.org", "long", &"b".repeat(LONG)).to_string());
    std::fs::write(path, lines.join("\n") + "\n").unwrap();
}

/// A name as the store has it: PostgreSQL has no NUL in texts.
fn kept(name: &str) -> String {
    name.replace('\0', "\u{fffd}")
}

fn is_kept_and_comes_back(place: &Place, other: &Place) {
    let path = place.file("events.jsonl");
    events(&path);
    for time in ["first", "again"] {
        let arguments =
            ["check", "--from", &path, "--from-format", "intelmq", "--today", "2026-11-24"];
        let ran = exward(&[&arguments[..], &["--store", &place.url]].concat());
        assert!(ran.code < 2, "{time}: {}", ran.err);
        assert!(ran.err.contains("10 new") || ran.err.contains("10 as before"), "{}", ran.err);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{time}");
    }
    is_whole(place);
    let memory = Memory::of(place);
    let servers = memory.servers();
    for name in HOSTILE {
        assert!(servers.contains_key(&kept(name)), "{name:?}: {:?}", servers.keys());
    }
    assert_eq!(servers.len(), HOSTILE.len() + 1);
    assert!(servers.values().all(|(_, intervals)| intervals.len() == 1));
    let skipped = memory.rows("run")[0]["skipped"].as_str().unwrap();
    assert!(skipped.contains("a name of 10485760 bytes is none of a server"), "{skipped}");
    assert!(skipped.len() < 1_000, "the name itself is not");
    comes_through_the_api(place);
    comes_back(place, other);
}

/// Every server, one by one and a page at a time.
fn comes_through_the_api(place: &Place) {
    let serving = Serving::start(&place.url);
    let mut admin = serving.admin();
    let list = "/api/v1/tenants/default/servers";
    let (mut path, mut targets) = (format!("{list}?limit=3"), Vec::new());
    loop {
        let page = admin.get(&path);
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        let page = page.json();
        for server in page["servers"].as_array().unwrap_or_else(|| panic!("{page}")) {
            let one = admin.get(&format!("{list}/{}", server["id"]));
            assert_eq!(one.status, 200, "{}", one.body);
            assert_eq!(one.json()["target"], server["target"]);
            targets.push(server["target"].as_str().unwrap().to_owned());
        }
        let Value::String(next) = &page["next"] else { break };
        let escaped: String = next.bytes().map(|it| format!("%{it:02X}")).collect();
        path = format!("{list}?limit=3&after={escaped}");
    }
    targets.sort();
    let mut want: Vec<String> = HOSTILE.iter().map(|it| kept(it)).collect();
    want.push("mail.example.org".to_owned());
    want.sort();
    assert_eq!(targets, want);
}

/// A backup of what was restored on the other engine is the same.
fn comes_back(place: &Place, other: &Place) {
    let [first, second] = ["first.jsonl", "second.jsonl"].map(|it| place.file(it));
    let run = |args: &[&str], store: &str| {
        let ran = exward(&[args, &["--store", store]].concat());
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
    };
    run(&["store", "backup", &first], &place.url);
    run(&["store", "restore", &first], &other.url);
    run(&["store", "backup", &second], &other.url);
    assert!(std::fs::read(&first).unwrap() == std::fs::read(&second).unwrap(), "B2");
}

#[test]
fn hostile_names_are_kept_on_sqlite() {
    is_kept_and_comes_back(&Place::sqlite(), &Place::sqlite());
}

#[test]
#[ignore = "needs PostgreSQL"]
fn hostile_names_are_kept_on_postgres() {
    is_kept_and_comes_back(&Place::postgres("hostile"), &Place::sqlite());
}
