//! The pages of a tenant, over a store that `exward check` has filled.

use exward_store::store::{RunKind, Seen, StandingRow};
use exward_store::{Store, StoreUrl};
use jiff::Timestamp;

use crate::events::Events;
use crate::server::{Server, program};

const SCAN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/scan_exchange.csv");

/// A server over what `check` has read of the example.
fn filled() -> (Server, String) {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("exward.db").display().to_string();
    let ran = program(&["check", "--from", SCAN, "--format", "json", "--store", &store]).output();
    let ran = ran.unwrap();
    // Servers are vulnerable: the exit code says so.
    assert_eq!(ran.status.code(), Some(1), "{}", String::from_utf8_lossy(&ran.stderr));
    (Server::start_in(folder, &[], true), String::from_utf8(ran.stdout).unwrap())
}

#[test]
fn an_export_says_what_check_says() {
    let (server, checked) = filled();
    let mut admin = server.admin();
    let all = admin.get("/t/default/export.jsonl");
    assert_eq!(all.status, 200);
    let first = admin.get("/t/default/servers/1/check.json");
    assert_eq!(
        first.header("content-disposition"),
        "attachment; filename=\"exward-server-1.json\""
    );
    let lines: Vec<&str> = checked.lines().filter(|it| it.contains("exward.check/1")).collect();
    assert_eq!(lines.len(), 5);
    for line in lines {
        // A13: the same value behind both, but for what order evidence was kept in.
        let (facts, _) = line.split_once("\"evidence\":").unwrap();
        assert!(all.body.contains(facts), "{facts}\nis not in\n{}", all.body);
    }
    let csv = admin.get("/t/default/export.csv").body;
    assert!(csv.contains("203.0.113.9:443,patched") && csv.contains(",TLP:AMBER,"), "{csv}");
}

#[test]
fn an_estate_is_followed_with_its_filter() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(folder, &[], true);
    let mut admin = server.admin();
    assert!(admin.get("/t/default/").body.contains("data-live=\"/t/default/live\""));
    let page = admin.get("/t/default/?verdict=patched&text=203");
    assert!(page.body.contains("No servers yet"), "{}", page.body);
    let mut all = Events::follow(&admin, "/t/default/live");
    let mut some = Events::follow(&admin, "/t/default/live?verdict=patched");
    let mut work = Events::follow(&admin, "/t/default/activity/live");
    all.until("No servers yet");
    work.until("Jobs");
    let store = server.folder.path().join("exward.db").display().to_string();
    let ran = program(&["check", "--from", SCAN, "--store", &store]).output().unwrap();
    assert_eq!(ran.status.code(), Some(1));
    all.until("198.51.100.7:443");
    some.until("203.0.113.9:443");
    // A fifth seat is one too many for a person.
    let _fourth = Events::follow(&admin, "/t/default/activity/live");
    let fifth = admin.get("/t/default/live");
    assert_eq!((fifth.status, fifth.header("retry-after")), (429, "60"), "{}", fifth.body);
}

#[test]
fn a_cve_is_accepted_until_it_is_not() {
    let (server, _) = filled();
    let mut admin = server.admin();
    let page = "/t/default/servers/1";
    let accept = format!("{page}/accept");
    let with = |until| [("cve", "CVE-2026-42897"), ("until", until), ("why", "behind a <VPN>")];
    assert_eq!(admin.submit(page, &accept, &with("2001-01-01")).status, 409);
    assert_eq!(admin.submit(page, &accept, &with("soon")).status, 400);
    let done = admin.submit(page, &accept, &with("2999-12-31"));
    assert_eq!(done.header("location"), "/t/default/servers/1?done=accepted", "{}", done.body);
    let shown = admin.get(page).body;
    assert!(shown.contains("until 2999-12-31 by ana"), "{shown}");
    assert!(!shown.contains("<VPN>"), "PG1");
    let campaign = admin.get("/t/default/campaigns/cve-2026-42897").body;
    assert!(campaign.contains("accepted: somebody answers for it"), "{campaign}");
    // Not an acceptance of the other server.
    let other = admin.submit(page, "/t/default/servers/2/revoke", &[("acceptance", "1")]);
    assert_eq!(other.status, 400, "{}", other.body);
    let revoked = admin.submit(page, &format!("{page}/revoke"), &[("acceptance", "1")]);
    assert_eq!(revoked.status, 303, "{}", revoked.body);
    assert!(!admin.get(page).body.contains("until 2999-12-31"));
    let audit = admin.get("/api/v1/tenants/default/audit").body;
    assert!(audit.contains("finding.accept") && audit.contains("finding.revoke"), "{audit}");
}

#[test]
fn a_server_is_found_by_its_site_and_tags() {
    let (server, _) = filled();
    let mut admin = server.admin();
    let page = "/t/default/servers/1";
    let labels = format!("{page}/labels");
    let long = "x".repeat(65);
    let with = |tags| [("site", "Oslo <1>"), ("tags", tags)];
    assert_eq!(admin.submit(page, &labels, &with(long.as_str())).status, 409);
    let done = admin.submit(page, &labels, &with("DMZ, edge,"));
    assert_eq!(done.header("location"), "/t/default/servers/1?done=labelled", "{}", done.body);
    let found = admin.get("/t/default/?tag=dmz&site=Oslo+%3C1%3E").body;
    let rows = found.matches("href=\"/t/default/servers/").count();
    assert!(rows == 1 && !found.contains("<1>"), "PG1: {found}");
    let audit = admin.get("/api/v1/tenants/default/audit").body;
    assert!(audit.contains("server.label"), "{audit}");
}

#[test]
fn what_a_newer_program_kept_is_said_and_is_no_all_clear() {
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::from(folder.path().join("exward.db").as_path());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&url).await.unwrap();
        let now: Timestamp = "2026-09-01T12:00:00Z".parse().unwrap();
        let tenant = store.make_tenant("default", now).await.unwrap();
        let run = store.begin_run(tenant, RunKind::Check, "later", "later", now).await.unwrap();
        let body = "[{\"kind\":\"tea-leaves\",\"value\":\"x\"}]".to_owned();
        let standing = StandingRow { verdict: "patched".to_owned(), ..StandingRow::default() };
        let imprint = body.clone();
        let target = "=cmd|x".to_owned();
        let seen = Seen { target, name: None, site: None, at: now, body, imprint, standing };
        store.observe(tenant, run, &[seen]).await.unwrap();
        let later: Timestamp = "2026-09-03T12:00:00Z".parse().unwrap();
        store.drop_before(tenant, later).await.unwrap();
        store.close().await;
    });
    let server = Server::start_in(folder, &[], true);
    let mut admin = server.admin();
    let page = admin.get("/t/default/servers/1");
    assert_eq!(page.status, 200, "V2");
    assert!(page.body.contains("the evidence cannot be read, so nothing is known"), "V2");
    assert!(page.body.contains("<span class=\"badge look\">unknown</span></h1>"), "V2");
    let before = admin.get("/t/default/servers/1?as_of=2026-09-02");
    assert!(before.body.contains("What was known then is gone"), "{}", before.body);
    let csv = admin.get("/t/default/export.csv").body;
    assert!(csv.contains("'=cmd|x,unknown,"), "X2, V2: {csv}");
    for path in ["hunt", "campaigns", "campaigns/CVE-2026-42897", "campaigns/Oct26SU", "catalog"] {
        let page = admin.get(&format!("/t/default/{path}"));
        assert_eq!(page.status, 200, "V2: {path}: {}", page.body);
    }
    let campaign = admin.get("/t/default/campaigns/CVE-2026-42897").body;
    assert!(campaign.contains("1 of 1 server left"), "V2: {campaign}");
    assert_eq!(admin.get("/t/default/campaigns/CVE-1999-0001").status, 404);
    assert_eq!(admin.get("/t/default/?after=nonsense").status, 400);
}

/// Hunts on a made-up log, with as many attacks, into the store of a server.
fn hunt(server: &Server, (seed, attacks): (&str, &str), name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join(name).display().to_string();
    let made = ["lab", "logs", "--out", &log, "--size", "1", "--attacks", attacks, "--seed", seed];
    assert!(program(&made).status().unwrap().success());
    let store = server.folder.path().join("exward.db").display().to_string();
    let ran = program(&["hunt", &log, "--server", "203.0.113.9", "--store", &store]).output();
    let code = ran.unwrap().status.code();
    assert_eq!(code, Some(if attacks == "0" { 3 } else { 1 }), "{attacks} attacks");
}

#[test]
fn an_alarm_stands_until_somebody_settles_it() {
    let (server, _) = filled();
    let mut admin = server.admin();
    hunt(&server, ("7", "12"), "u_ex1.log");
    let found = admin.get("/t/default/").between("/servers/", "\"");
    let page = &format!("/t/default/servers/{found}");
    let next = |body: &str| {
        body.split("<strong>Next:</strong>").nth(1).unwrap().chars().take(60).collect::<String>()
    };
    let alarmed = admin.get(page).body;
    assert!(alarmed.contains("203.0.113.9") && alarmed.contains("Settle this alarm"), "{alarmed}");
    // A later hunt that finds nothing takes it not away.
    hunt(&server, ("7", "0"), "u_ex2.log");
    assert_eq!(next(&admin.get(page).body), next(&alarmed));
    let first = admin.get("/t/default/").between("/servers/", "\"");
    assert_eq!(first, found, "alarms come first");

    let settle = |why| [("hunt", "1"), ("why", why)];
    let path = &format!("{page}/settle");
    assert_eq!(admin.submit(page, path, &settle("")).status, 409);
    assert_eq!(
        admin.submit("/t/default/servers/1", "/t/default/servers/1/settle", &settle("x")).status,
        400
    );
    let done = admin.submit(page, path, &settle("a test <b>of ours</b>"));
    assert_eq!(done.header("location"), format!("{page}?done=settled"), "{}", done.body);
    let body = admin.get(page).body;
    assert!(body.contains("a test &#60;b&#62;of ours") && next(&body) != next(&alarmed), "{body}");

    // The same log from another place is settled with it, another attack is not.
    let alarms = |admin: &mut crate::http::Browser| {
        let body = admin.get("/t/default/hunt").body;
        let found = body.split("data-label=\"Found\">").nth(1).unwrap();
        let found = found.split("</td>").next().unwrap();
        (found.contains(", settled<"), found.contains("badge act"))
    };
    hunt(&server, ("7", "12"), "elsewhere.log");
    assert_eq!(alarms(&mut admin), (true, false));
    hunt(&server, ("8", "12"), "u_ex3.log");
    assert_eq!(alarms(&mut admin), (false, true));
    let raised = admin.submit(page, &format!("{page}/raise"), &[("hunt", "1")]);
    assert_eq!(raised.status, 303, "{}", raised.body);
    let audit = admin.get("/api/v1/tenants/default/audit").body;
    assert!(audit.contains("hunt.settle") && audit.contains("hunt.raise"), "{audit}");
}
