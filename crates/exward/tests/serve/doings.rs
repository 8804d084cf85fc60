//! What the server does by itself, set up through its pages and looked at there.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::http::{Answer, Browser};
use crate::server::Server;

/// How long anything may take on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes messages, and answers each with 204. What came stands in the channel, head and body.
fn receiver() -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/in?key=s3cr3t", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let (mut text, mut part) = (String::new(), [0; 4_096]);
            let whole = loop {
                if let Some((head, body)) = text.split_once("\r\n\r\n") {
                    let lower = head.to_ascii_lowercase();
                    let (_, length) = lower.split_once("content-length: ").unwrap();
                    let length: usize = length.lines().next().unwrap().parse().unwrap();
                    if body.len() >= length {
                        break (head.to_owned(), body.to_owned());
                    }
                }
                let read = stream.read(&mut part).unwrap();
                assert!(read > 0, "the message broke off: {text}");
                text.push_str(std::str::from_utf8(part.get(..read).unwrap()).unwrap());
            };
            stream.write_all(b"HTTP/1.1 204 taken\r\n\r\n").unwrap();
            drop(stream);
            if tell.send(whole).is_err() {
                return;
            }
        }
    });
    (url, told)
}

/// Opens a page again and again until it has this text.
#[track_caller]
fn until(browser: &mut Browser, path: &str, text: &str) -> Answer {
    let begun = Instant::now();
    loop {
        let page = browser.get(path);
        if page.body.contains(text) {
            return page;
        }
        assert!(begun.elapsed() < PATIENCE, "{path} never has `{text}`: {}", page.body);
        std::thread::yield_now();
    }
}

#[test]
fn a_webhook_is_made_tested_and_told() {
    let (url, told) = receiver();
    let server = Server::start(&["--webhooks-may-reach", "127.0.0.0/8", "--webhooks-plain"]);
    let mut admin = server.admin();
    let page = "/t/default/webhooks";
    let made = admin.submit(page, page, &[("url", &url), ("event", "server.vulnerable")]);
    assert_eq!(made.status, 200, "{}", made.body);
    let secret = made.between("<code class=\"secret\">", "<");
    assert!(secret.starts_with("whsec_"), "{secret}");
    let again = admin.get(page);
    assert!(!again.body.contains("whsec_"), "the secret is shown once");
    assert!(!again.body.contains("s3cr3t"), "the path of a webhook is a secret");
    let key = again.between("/webhooks/", "/test\"");
    let tested = admin.submit(page, &format!("{page}/{key}/test"), &[]);
    assert_eq!((tested.status, tested.header("location")), (303, page));
    let (head, body) = told.recv_timeout(PATIENCE).unwrap();
    assert!(head.starts_with("POST /in?key=s3cr3t HTTP/1.1"), "{head}");
    let head = head.to_ascii_lowercase();
    for header in ["webhook-id: msg_", "webhook-timestamp: ", "webhook-signature: v1,"] {
        assert!(head.contains(header), "{header}: {head}");
    }
    assert!(body.contains("\"type\":\"webhook.test\""), "{body}");
    until(&mut admin, page, ">done</span>");
    // What the server finds by itself is told as well.
    let build = [("target", "15.2.1544.14"), ("every_minutes", "60")];
    assert_eq!(admin.submit(page, "/t/default/schedules", &build).status, 303);
    let (_, body) = told.recv_timeout(PATIENCE).unwrap();
    let event: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(event["type"], "server.vulnerable", "{body}");
    assert_eq!(event["data"]["servers"][0]["target"], "15.2.1544.14", "{body}");
    let runs = admin.get("/t/default/runs");
    assert!(runs.body.contains("by ana"), "{}", runs.body);
    let audit = admin.get("/t/default/activity").body;
    assert!(audit.contains("webhook.add") && audit.contains("webhook.test"), "{audit}");
    assert!(!audit.contains("s3cr3t") && !audit.contains("whsec_"), "{audit}");
}

#[test]
fn without_leave_nothing_goes_into_the_house() {
    let (url, told) = receiver();
    let server = Server::start(&["--webhooks-plain"]);
    let mut admin = server.admin();
    let page = "/t/default/webhooks";
    let made = admin.submit(page, page, &[("url", &url)]);
    let key = made.between("/webhooks/", "/test\"");
    admin.submit(page, &format!("{page}/{key}/test"), &[]);
    let activity = until(&mut admin, "/t/default/activity", "Messages that nobody took");
    assert!(activity.body.contains("127.0.0.1 is refused (this machine)"), "{}", activity.body);
    assert!(told.try_recv().is_err(), "nothing was sent");
    let delivery = activity.between("/deliveries/", "/retry");
    let path = format!("/t/default/deliveries/{delivery}/retry");
    assert_eq!(admin.submit("/t/default/activity", &path, &[]).status, 303);
}

#[test]
fn a_schedule_makes_a_job_that_says_why_it_failed() {
    let server = Server::start(&[]);
    let mut admin = server.admin();
    let page = "/t/default/schedules";
    let put = |admin: &mut Browser, target: &str, minutes: &str| {
        admin.submit(page, page, &[("target", target), ("every_minutes", minutes)]).status
    };
    assert_eq!(put(&mut admin, "mail.example.org", "1"), 400, "too often");
    assert_eq!(put(&mut admin, "--from", "60"), 400, "no target");
    // A name that exward never asks, and a build: the test asks nobody.
    assert_eq!(put(&mut admin, "mail.example.org", "60"), 303);
    let activity = until(&mut admin, "/t/default/activity", "never asked");
    assert!(activity.body.contains(">failed</span>"), "{}", activity.body);
    let job = activity.between("/jobs/", "/retry\"");
    let retry = format!("/t/default/jobs/{job}/retry");
    assert_eq!(admin.submit("/t/default/activity", &retry, &[]).status, 303);
    let shown = admin.get(page);
    assert!(shown.body.contains("60 minutes"), "{}", shown.body);
    let key = shown.between("/schedules/", "/remove\"");
    assert_eq!(admin.submit(page, &format!("{page}/{key}/remove"), &[]).status, 303);
    assert!(admin.get(page).body.contains("Nothing is asked by itself."));
}

#[test]
fn a_program_does_the_same_through_the_api() {
    let server = Server::start(&[]);
    let mut admin = server.admin();
    let fields = [("name", "program"), ("role", "admin"), ("tenant", "1"), ("until", "")];
    let made = admin.submit("/people", "/tokens", &fields);
    let bearer =
        format!("authorization: Bearer {}\r\n", made.between("<code class=\"secret\">", "</code>"));
    let json = format!("{bearer}content-type: application/json\r\n");
    let mut program = server.browser();
    let at = |path: &str| format!("/api/v1/tenants/default/{path}");
    let put = r#"{"target": "15.2.1544.14", "every_minutes": 60}"#;
    let put = program.ask("POST", &at("schedules"), &json, put);
    assert_eq!((put.status, put.json()["id"].as_i64()), (201, Some(1)), "{}", put.body);
    let often = r#"{"target": "15.2.1544.14", "every_minutes": 1}"#;
    let often = program.ask("POST", &at("schedules"), &json, often);
    assert_eq!((often.status, often.header("content-type")), (400, "application/problem+json"));
    let listed = program.ask("GET", &at("schedules"), &bearer, "").json();
    assert_eq!(listed["schedules"][0]["target"], "15.2.1544.14");
    let none = program.ask("POST", &at("schedules/2/remove"), &json, "");
    assert_eq!(none.status, 404);
    assert_eq!(program.ask("POST", &at("schedules/1/remove"), &json, "").status, 204);

    let hook = r#"{"url": "https://hooks.example/s3cr3t", "events": ["server.fixed"]}"#;
    let hook = program.ask("POST", &at("webhooks"), &json, hook);
    assert_eq!(hook.status, 201, "{}", hook.body);
    assert!(hook.json()["secret"].as_str().unwrap().starts_with("whsec_"));
    let wrong = r#"{"url": "https://hooks.example/", "events": ["server.flew"]}"#;
    assert_eq!(program.ask("POST", &at("webhooks"), &json, wrong).status, 400);
    let listed = program.ask("GET", &at("webhooks"), &bearer, "");
    assert_eq!(listed.json()["webhooks"][0]["host"], "hooks.example");
    assert!(!listed.body.contains("s3cr3t") && !listed.body.contains("whsec_"), "{}", listed.body);
    assert_eq!(program.ask("POST", &at("webhooks/1/disable"), &json, "").status, 204);
    assert_eq!(program.ask("POST", &at("webhooks/1/test"), &json, "").status, 404, "disabled");
    for list in ["runs", "jobs", "deliveries", "deliveries?state=dead"] {
        assert_eq!(program.ask("GET", &at(list), &bearer, "").status, 200, "{list}");
    }
    let unknown = program.ask("GET", &at("deliveries?state=lost"), &bearer, "");
    assert_eq!(unknown.status, 400);
    let by_browser = admin.ask("POST", &at("schedules/1/remove"), "", "");
    assert_eq!(by_browser.status, 401, "W9: a session changes nothing through the API");
}
