//! From the first start to a token.

use crate::server::{PASSWORD, Server};

#[test]
fn the_link_of_the_first_start_works_once() {
    let server = Server::start(&[]);
    let mut other = server.browser();
    assert_eq!(other.get("/setup/0123").status, 404);
    let weak = [("tenant", "default"), ("name", "ana"), ("password", "short"), ("again", "short")];
    let answer = other.post(&server.setup, &weak);
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(answer.body.contains("at least 15 characters"), "{}", answer.body);
    let mut admin = server.admin();
    assert_eq!(admin.get("/").header("location"), "/t/default/");
    let home = admin.get("/t/default/");
    assert!(home.body.contains(">ana</a> <span class=\"soft\">admin</span>"), "{}", home.body);
    assert!(home.body.contains("<h1>No servers yet</h1>"), "{}", home.body);
    assert_eq!(other.get(&server.setup).status, 404, "W10");
    let again = [("tenant", "eves"), ("name", "eve"), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(other.post(&server.setup, &again).status, 404, "W10");
}

#[test]
fn a_second_start_prints_no_link() {
    let server = Server::start(&[]);
    server.admin();
    server.tell_to_stop();
    let (code, _, folder) = server.wait();
    assert_eq!(code, 0);
    let again = Server::start_in(folder, &[], false);
    assert_eq!(again.browser().get("/healthz").body, "ok\n");
    let mut back = again.browser();
    let answer = back.post("/sign-in", &[("name", "Ana"), ("password", PASSWORD)]);
    assert_eq!(answer.status, 303, "{}", answer.body);
}

#[test]
fn signing_in_says_nothing_about_names() {
    let server = Server::start(&[]);
    let mut admin = server.admin();
    assert_eq!(admin.submit("/tenants", "/sign-out", &[]).header("location"), "/sign-in");
    assert_eq!(admin.cookie, "", "the cookie stays");
    let mut browser = server.browser();
    let wrong = browser.post("/sign-in", &[("name", "ana"), ("password", "wrong")]);
    let nobody = browser.post("/sign-in", &[("name", "bob"), ("password", "wrong")]);
    assert_eq!((wrong.status, nobody.status), (422, 422));
    assert_eq!(wrong.body.replace("ana", "bob"), nobody.body, "W5");
    let right = browser.post("/sign-in", &[("name", "ana"), ("password", PASSWORD)]);
    let cookie = right.header("set-cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    assert_eq!(browser.get("/").header("location"), "/t/default/");
}

#[test]
fn forms_of_others_are_refused() {
    let server = Server::start(&[]);
    let mut admin = server.admin();
    let key = admin.get("/tenants").between("name=\"form_key\" value=\"", "\"");
    let body = format!("form_key={key}");
    let with = |origin: &str| format!("origin: {origin}\r\n");
    let ours = format!("http://{}", server.address);
    // W9: without the key, with another one, from another place.
    assert_eq!(admin.post("/sign-out", &[]).status, 403);
    assert_eq!(admin.post("/sign-out", &[("form_key", "0123")]).status, 403);
    assert_eq!(admin.ask("POST", "/sign-out", &with("https://evil.example"), &body).status, 403);
    assert_eq!(admin.ask("POST", "/sign-out", "sec-fetch-site: cross-site\r\n", &body).status, 403);
    assert_eq!(admin.get("/tenants").status, 200, "still signed in");
    assert_eq!(admin.ask("POST", "/sign-out", &with(&ours), &body).status, 303);
}

#[test]
fn a_token_is_shown_once_and_asks_until_it_is_revoked() {
    let server = Server::start(&[]);
    let mut admin = server.admin();
    let fields = [("name", "monitor"), ("role", "viewer"), ("tenant", "1"), ("until", "")];
    let made = admin.submit("/people", "/tokens", &fields);
    let token = made.between("<code class=\"secret\">", "</code>");
    assert!(token.starts_with("exward_") && token.len() == 71, "{token}");
    assert!(!admin.get("/people").body.contains(&token));
    let bearer = format!("authorization: Bearer {token}\r\n");
    let mut program = server.browser();
    let servers = "/api/v1/tenants/default/servers";
    let first = program.ask("GET", servers, &bearer, "");
    assert_eq!(first.json(), serde_json::json!({"servers": [], "next": null}));
    let same = format!("{bearer}if-none-match: {}\r\n", first.header("etag"));
    let second = program.ask("GET", servers, &same, "");
    assert_eq!((second.status, second.body.as_str()), (304, ""));
    let audit = program.ask("GET", "/api/v1/tenants/default/audit", &bearer, "");
    assert_eq!(audit.status, 403);
    assert_eq!(audit.header("content-type"), "application/problem+json");
    assert_eq!(program.ask("GET", "/people", &bearer, "").status, 303, "pages are for people");
    assert_eq!(admin.submit("/people", "/tokens/1/revoke", &[]).status, 303);
    assert_eq!(program.ask("GET", servers, &bearer, "").status, 401);
}

#[test]
fn whoever_is_disabled_is_out_at_once() {
    let server = Server::start(&[]);
    let mut admin = server.admin();
    let bob = [("name", "bob"), ("role", "viewer"), ("tenant", "1"), ("password", PASSWORD)];
    assert_eq!(admin.submit("/people", "/people", &bob).status, 303);
    let mut his = server.browser();
    assert_eq!(his.post("/sign-in", &[("name", "bob"), ("password", PASSWORD)]).status, 303);
    assert_eq!((his.get("/tenants").status, his.get("/people").status), (200, 403));
    assert_eq!(admin.submit("/people", "/people/2/disable", &[]).status, 303);
    assert_eq!(his.get("/").header("location"), "/sign-in");
    let myself = admin.submit("/people", "/people/1/disable", &[]);
    assert_eq!(myself.status, 409, "{}", myself.body);
}
