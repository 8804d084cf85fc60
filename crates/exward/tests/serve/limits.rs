//! What is too much, too often, or under a wrong name.

use crate::server::Server;

#[test]
fn other_names_are_not_answered_to() {
    let server = Server::start(&["--name", "exward.example"]);
    let mut browser = server.browser();
    let (_, port) = server.address.split_once(':').unwrap();
    for (host, want) in [
        ("localhost".to_owned(), 200),
        (format!("localhost:{port}"), 200),
        (format!("Exward.Example:{port}"), 200),
        ("[::1]:80".to_owned(), 200),
        ("evil.example".to_owned(), 421),
        ("192.0.2.1".to_owned(), 421),
        ("localhost.evil.example".to_owned(), 421),
    ] {
        browser.host = host;
        assert_eq!(browser.get("/sign-in").status, want, "{}", browser.host);
    }
}

#[test]
fn errors_carry_the_headers_too() {
    let server = Server::start(&[]);
    let mut browser = server.browser();
    for (method, path, want) in [
        ("GET", "/nowhere", 404),
        ("DELETE", "/people", 405),
        ("GET", "/api/v1/tenants", 401),
        ("GET", "/sign-in", 200),
        ("POST", "/sign-in", 400),
    ] {
        let answer = browser.ask(method, path, "", "");
        assert_eq!(answer.status, want, "{method} {path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store", "{method} {path}");
    }
}

#[test]
fn too_many_sign_ins_have_to_wait() {
    let server = Server::start(&[]);
    let mut browser = server.browser();
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let answer = browser.post("/sign-in", &[("name", "ana"), ("password", "wrong")]);
        statuses.push(answer.status);
        if answer.status == 429 {
            let wait: u64 = answer.header("retry-after").parse().unwrap();
            assert!((1..=30).contains(&wait), "{wait}");
        }
    }
    assert_eq!(statuses, [422, 422, 422, 422, 422, 429]);
}

#[test]
fn a_body_beyond_the_limit_is_refused() {
    let server = Server::start(&[]);
    let mut admin = server.admin();
    let body = format!("form_key=0&x={}", "a".repeat(70_000));
    assert_eq!(admin.ask("POST", "/sign-out", "", &body).status, 413);
}

#[test]
fn metrics_are_for_this_machine_unless_a_proxy_passes_them_on() {
    let server = Server::start(&[]);
    let mut browser = server.browser();
    browser.get("/sign-in");
    let answer = browser.get("/metrics");
    assert_eq!(answer.status, 200);
    let line = "exward_http_requests_total{method=\"GET\",route=\"/sign-in\",status=\"200\"} 1";
    assert!(answer.body.contains(line), "{}", answer.body);
    let passed_on = browser.ask("GET", "/metrics", "x-forwarded-for: 192.0.2.9\r\n", "");
    assert_eq!(passed_on.status, 401);
}
