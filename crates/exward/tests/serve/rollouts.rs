//! Rollouts: the lab in one process, who carries it out in another, the server in a third.
#![expect(clippy::indexing_slicing, reason = "JSON that was asked for")]

mod estate;
mod tenants;

use std::io::Write as _;

use serde_json::Value;

use crate::events::Events;
use crate::http::{Answer, Browser, connect};
use crate::server::{PASSWORD, Server, program};
use estate::{Estate, Runner};

const LIST: &str = "/t/default/rollouts";

/// Somebody new, signed in.
fn person(server: &Server, admin: &mut Browser, name: &str, role: &str) -> Browser {
    person_of("1", server, admin, name, role)
}

/// Somebody new of a tenant, signed in.
fn person_of(
    tenant: &str,
    server: &Server,
    admin: &mut Browser,
    name: &str,
    role: &str,
) -> Browser {
    let fields = [("name", name), ("role", role), ("tenant", tenant), ("password", PASSWORD)];
    let added = admin.submit("/people", "/people", &fields);
    assert_eq!(added.status, 303, "{}", added.body);
    let mut browser = server.browser();
    let entered = browser.post("/sign-in", &[("name", name), ("password", PASSWORD)]);
    assert_eq!(entered.status, 303, "{}", entered.body);
    browser
}

fn token(admin: &mut Browser, role: &str) -> String {
    let fields = [("name", "program"), ("role", role), ("tenant", "1"), ("until", "")];
    let made = admin.submit("/people", "/tokens", &fields);
    format!("authorization: Bearer {}\r\n", made.between("<code class=\"secret\">", "</code>"))
}

/// Keeps the blueprint; gives the address of its page.
fn bring(browser: &mut Browser, blueprint: &str) -> String {
    // As browsers send it.
    let fields = [("blueprint", &*blueprint.replace('\n', "\r\n"))];
    let kept = browser.submit(LIST, LIST, &fields);
    assert_eq!(kept.status, 303, "{}", kept.body);
    let page = kept.header("location").to_owned();
    assert!(page.starts_with("/t/default/rollouts/"), "{page}");
    page
}

fn say(browser: &mut Browser, page: &str, what: &str) -> u16 {
    browser.submit(page, &format!("{page}/{what}"), &[]).status
}

/// A server, and whoever has to do with a rollout.
struct Cast {
    server: Server,
    admin: Browser,
    vera: Browser,
    olaf: Browser,
    april: Browser,
    adam: Browser,
    /// An approver that is a program: its headers.
    program: String,
}

impl Cast {
    fn new(store: &str) -> Self {
        let server = Server::start_with(store, &[]);
        let mut admin = server.admin();
        let mut person = |name, role| person(&server, &mut admin, name, role);
        let (vera, olaf) = (person("vera", "viewer"), person("olaf", "operator"));
        let (april, adam) = (person("april", "approver"), person("adam", "approver"));
        let program = token(&mut admin, "approver") + "content-type: application/json\r\n";
        Self { server, admin, vera, olaf, april, adam, program }
    }

    /// What a program gets for this.
    fn program_says(&self, path: &str, body: &str) -> (u16, String) {
        let mut stream = connect(&self.server.address);
        let (host, head, length) = (&self.server.address, &self.program, body.len());
        let text = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{head}\
             content-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(text.as_bytes()).unwrap();
        let answer = Answer::read(&mut stream);
        (answer.status, answer.body)
    }
}

/// The address of a rollout in the API.
fn api(page: &str) -> String {
    format!("/api/v1/tenants/default{}", page.strip_prefix("/t/default").unwrap())
}

/// An operator brings it, and two approvers are needed; gives the address of its page.
fn brought_and_approved(cast: &mut Cast, blueprint: &str) -> String {
    let page = bring(&mut cast.olaf, blueprint);
    assert_eq!(bring(&mut cast.olaf, blueprint), page, "RW3");
    assert_eq!(cast.vera.submit(LIST, LIST, &[("blueprint", blueprint)]).status, 403);
    let broken = cast.olaf.submit(LIST, LIST, &[("blueprint", "{}")]);
    assert_eq!(broken.status, 400, "{}", broken.body);
    assert!(cast.vera.get(LIST).body.contains("planned, not approved"));
    let approve = format!("{page}/approve");
    let until = [("until", "2099-01-01T00:00")];
    for browser in [&mut cast.vera, &mut cast.olaf] {
        assert_eq!(browser.submit(&page, &approve, &until).status, 403);
        assert_eq!(say(browser, &page, "pause"), 403);
    }
    let april = &mut cast.april;
    assert_eq!(april.submit(&page, &approve, &[("until", "2000-01-01T00:00")]).status, 409);
    assert_eq!(april.submit(&page, &approve, &until).status, 303);
    assert_eq!(april.submit(&page, &approve, &until).status, 303, "RW3");
    let waits = april.get(&page);
    assert!(waits.body.contains("1 of 2 approvals"), "{}", waits.body);
    assert!(waits.body.contains("SIMULATED"), "{}", waits.body);
    let body = "{\"until\":\"2099-01-01T00:00:00Z\"}";
    let refused = cast.program_says(&format!("{}/approvals", api(&page)), body);
    assert_eq!(refused.0, 403, "RW2: {}", refused.1);
    assert_eq!(cast.adam.submit(&page, &approve, &until).status, 303);
    assert!(cast.vera.get(&page).body.contains(">approved</span>"));
    page
}

/// From a blueprint to the end of its rollout, over a pause and over the end of the server.
fn from_first_to_last(estate: &Estate, store: &str) {
    let mut cast = Cast::new(store);
    let page = brought_and_approved(&mut cast, &estate.blueprint);
    // It is followed before it begins.
    let mut events = Events::follow(&cast.vera, &format!("{page}/live"));
    events.until(">approved</span>");
    let runner = Runner::start(estate, store, "20");
    events.until("recorded as it was");
    assert_eq!(say(&mut cast.april, &page, "pause-after-step"), 303);
    assert_eq!(runner.end(), 3, "it is paused");
    events.until(">paused</span>");
    let before = cast.vera.get(&api(&page)).json();
    assert_eq!(before["standing"]["state"], "paused");
    assert_eq!(before["commands"][0]["by"], "april", "RW1");
    let resume =
        || cast.program_says(&format!("{}/commands", api(&page)), "{\"command\":\"resume\"}");
    assert_eq!(resume(), (200, "{\"written\":true}".to_owned()));
    assert_eq!(resume(), (200, "{\"written\":false}".to_owned()), "RW3");
    events.until(">running</span>");
    let runner = Runner::start(estate, store, "40");
    events.until("has taken over");
    // The server is gone in the middle of it: nobody but those who look misses it.
    let Cast { server, admin, vera, .. } = cast;
    drop(server);
    assert_eq!(runner.end(), 0, "all are current");
    nothing_is_lost(store, &page, &before, [admin, vera]);
}

/// A new server on the same store knows the end, and whatever was said on the way there.
fn nothing_is_lost(store: &str, page: &str, before: &Value, people: [Browser; 2]) {
    let server = Server::start_again_with(store, &[]);
    let [mut admin, mut vera] = people.map(|mut it| {
        it.address.clone_from(&server.address);
        it.host.clone_from(&server.address);
        it
    });
    let shown = vera.get(page);
    assert!(shown.body.contains(">finished</span>"), "{}", shown.body);
    assert!(shown.body.contains("What changed"), "{}", shown.body);
    let after = vera.get(&api(page)).json();
    let counts = &after["standing"]["counts"];
    assert_eq!((&counts["current"], &counts["waiting"]), (&5.into(), &0.into()), "{counts}");
    assert!(after["entries"].as_i64() > before["entries"].as_i64());
    assert_eq!(after["approvals"].as_array().unwrap().len(), 2);
    let log = admin.get("/api/v1/tenants/default/audit").json();
    let actions = log["rows"].as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap());
    let noted: Vec<&str> = actions.filter(|it| it.starts_with("rollout.")).collect();
    let want =
        "rollout.resume rollout.pause-after-step rollout.approve rollout.approve rollout.keep";
    assert_eq!(noted.join(" "), want, "RO2, newest first");
}

#[test]
fn a_rollout_is_brought_approved_paused_and_followed_to_its_end() {
    let estate = Estate::new(31_443);
    let store = estate.path("exward.db");
    from_first_to_last(&estate, &store);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_rollout_is_followed_to_its_end_on_postgresql() {
    let estate = Estate::new(32_443);
    let store = estate::database("rollout");
    from_first_to_last(&estate, &store);
}

#[test]
fn nobody_sees_the_rollouts_of_others() {
    let estate = Estate::planned();
    let store = estate.path("exward.db");
    let server = Server::start_with(&store, &[]);
    let mut admin = server.admin();
    let mut april = person(&server, &mut admin, "april", "approver");
    // From the command line: of no tenant.
    let until = ["--until", "2099-01-01T00:00:00Z", "--store", &store];
    let args = [&["rollout", "approve", "b.json", "--by", "april"], &until[..]].concat();
    assert!(program(&args).current_dir(estate.dir.path()).status().unwrap().success());
    assert!(april.get(LIST).body.contains("No rollout yet"));
    let list = admin.get(LIST).body;
    let (_, rest) = list.split_once("/t/default/rollouts/").unwrap();
    let (id, _) = rest.split_once('"').unwrap();
    let page = format!("{LIST}/{id}");
    assert_eq!((admin.get(&page).status, april.get(&page).status), (200, 404), "RO1");
    // Nobody makes it theirs who does not see it; who sees all gives it to a tenant.
    let taken = april.submit(LIST, LIST, &[("blueprint", &estate.blueprint)]);
    assert_eq!(taken.status, 409, "RO1: {}", taken.body);
    assert_eq!(bring(&mut admin, &estate.blueprint), page);
    assert_eq!(april.get(&page).status, 200);
    // Of one tenant, and of no other.
    assert_eq!(admin.submit("/people", "/tenants", &[("name", "other")]).status, 303);
    assert_eq!(admin.get(&format!("/t/other/rollouts/{id}")).status, 404);
}

#[test]
#[cfg(unix)]
fn what_follows_ends_with_the_server_and_has_its_limit() {
    let estate = Estate::planned();
    let server = Server::start_with(&estate.path("exward.db"), &[]);
    let mut admin = server.admin();
    let page = bring(&mut admin, &estate.blueprint);
    let mut all: Vec<Events> =
        (0..4).map(|_| Events::follow(&admin, &format!("{page}/live"))).collect();
    all.iter_mut().for_each(|it| it.until("planned, not approved"));
    assert_eq!(admin.get(&format!("{page}/live")).status, 429, "a fifth one");
    assert_eq!(admin.get(&page).status, 200, "pages are free");
    assert_eq!(say(&mut admin, &page, "pause"), 303);
    all.iter_mut().for_each(|it| it.until(">paused</span>"));
    assert_eq!(say(&mut admin, &page, "abort"), 303);
    all.iter_mut().for_each(|it| it.until(">aborted</span>"));
    assert_eq!(say(&mut admin, &page, "abort"), 303, "RW3");
    assert_eq!(say(&mut admin, &page, "resume"), 409, "an abort is final");
    server.tell_to_stop();
    all.into_iter().for_each(Events::ended);
    let (code, said, _folder) = server.wait();
    assert_eq!((code, said.as_str()), (0, "exward has stopped\n"));
}
