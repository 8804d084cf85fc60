//! Who gets what on every route: held against a table written by hand, in which every route has to stand.

#![expect(clippy::literal_string_with_formatting_args, reason = "they are parts of paths")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use exward_core::blueprint::BlueprintId;
use exward_store::store::{
    NewJob, NewPerson, NewRollout, NewToken, NewWebhook, PersonId, Role, RolloutsSeen, RunKind,
    Seen, ServerId, StandingRow, TenantId, TokenId,
};
use exward_store::{Store, StoreUrl};
use jiff::SignedDuration;
use tower::ServiceExt as _;

use super::*;
use crate::cli::{Clock, load};
use crate::serve::access::secret;
use crate::serve::listen::Peer;
use crate::serve::patient::Pulse;
use crate::serve::{service, within};
use crate::work::Current;

/// `s` sign in first, `f` forbidden, `n` not there, `i` in. One letter each for nobody, viewer, operator, approver,
/// admin; one text each for people of the tenant, people of all tenants, tokens of the tenant, tokens of all.
type Want = [&'static str; 4];

const ALL_IN: Want = ["iiiii"; 4];
const PEOPLE: Want = ["siiii", "siiii", "sssss", "sssss"];
const OPERATORS: Want = ["sfiii", "sfiii", "sssss", "sssss"];
const ADMINS: Want = ["sfffi", "sfffi", "sssss", "sssss"];
const READERS: Want = ["siiii"; 4];
const APPROVERS: Want = ["sffii", "sffii", "sssss", "sssss"];
/// The API changes things by token only.
const PROGRAMS_APPROVE: Want = ["sssss", "sssss", "sffii", "sffii"];
const OPERATING: Want = ["sfiii", "sfiii", "sssss", "sssss"];
/// A session changes nothing through the API.
const OPERATING_TOKENS: Want = ["sssss", "sssss", "sfiii", "sfiii"];
const ADMIN_TOKENS: Want = ["sssss", "sssss", "sfffi", "sfffi"];

/// Nothing here is computed from the table of routes.
const WANT: &[(&str, &str, Want)] = &[
    ("GET", "/healthz", ALL_IN),
    ("GET", "/assets/exward.css", ALL_IN),
    ("GET", "/assets/live.js", ALL_IN),
    ("GET", "/sign-in", ALL_IN),
    ("POST", "/sign-in", ALL_IN),
    // It is set up already, so that no link works.
    ("GET", "/setup/{secret}", ["nnnnn"; 4]),
    ("POST", "/setup/{secret}", ["iiiii"; 4]),
    ("POST", "/sign-out", PEOPLE),
    ("GET", "/password", PEOPLE),
    ("POST", "/password", PEOPLE),
    ("GET", "/people", ADMINS),
    ("POST", "/people", ADMINS),
    ("POST", "/people/{person}/role", ADMINS),
    ("POST", "/people/{person}/password", ADMINS),
    ("POST", "/people/{person}/disable", ADMINS),
    ("POST", "/people/{person}/enable", ADMINS),
    ("POST", "/tokens", ADMINS),
    ("POST", "/tokens/{token}/revoke", ADMINS),
    ("POST", "/tenants", ["sffff", "sfffi", "sssss", "sssss"]),
    ("GET", "/", PEOPLE),
    ("GET", "/tenants", PEOPLE),
    ("GET", "/t/{tenant}/", PEOPLE),
    ("GET", "/t/{tenant}/live", PEOPLE),
    ("GET", "/t/{tenant}/export.csv", PEOPLE),
    ("GET", "/t/{tenant}/export.jsonl", PEOPLE),
    ("GET", "/t/{tenant}/servers/{id}", PEOPLE),
    ("GET", "/t/{tenant}/servers/{id}/check.json", PEOPLE),
    ("POST", "/t/{tenant}/servers/{id}/accept", OPERATORS),
    ("POST", "/t/{tenant}/servers/{id}/labels", OPERATORS),
    ("POST", "/t/{tenant}/servers/{id}/revoke", OPERATORS),
    ("POST", "/t/{tenant}/servers/{id}/settle", OPERATORS),
    ("POST", "/t/{tenant}/servers/{id}/raise", OPERATORS),
    ("GET", "/t/{tenant}/hunt", PEOPLE),
    ("GET", "/t/{tenant}/campaigns", PEOPLE),
    ("GET", "/t/{tenant}/campaigns/{campaign}", PEOPLE),
    ("GET", "/t/{tenant}/catalog", PEOPLE),
    ("GET", "/metrics", ["sffff", "siiii", "sffff", "siiii"]),
    ("GET", "/api/v1/openapi.json", ALL_IN),
    ("GET", "/api/v1/tenants", READERS),
    ("GET", "/api/v1/tenants/{tenant}/summary", READERS),
    ("GET", "/api/v1/tenants/{tenant}/servers", READERS),
    ("GET", "/api/v1/tenants/{tenant}/servers/{id}", READERS),
    ("GET", "/api/v1/tenants/{tenant}/jobs", READERS),
    ("GET", "/api/v1/tenants/{tenant}/audit", ["sfffi"; 4]),
    ("GET", "/t/{tenant}/rollouts", PEOPLE),
    ("POST", "/t/{tenant}/rollouts", ["sfiii", "sfiii", "sssss", "sssss"]),
    ("GET", "/t/{tenant}/rollouts/{rollout}", PEOPLE),
    ("GET", "/t/{tenant}/rollouts/{rollout}/live", PEOPLE),
    ("POST", "/t/{tenant}/rollouts/{rollout}/approve", APPROVERS),
    ("POST", "/t/{tenant}/rollouts/{rollout}/pause", APPROVERS),
    ("POST", "/t/{tenant}/rollouts/{rollout}/pause-after-step", APPROVERS),
    ("POST", "/t/{tenant}/rollouts/{rollout}/resume", APPROVERS),
    ("POST", "/t/{tenant}/rollouts/{rollout}/abort", APPROVERS),
    ("GET", "/api/v1/tenants/{tenant}/rollouts", READERS),
    ("GET", "/api/v1/tenants/{tenant}/rollouts/{rollout}", READERS),
    ("POST", "/api/v1/tenants/{tenant}/rollouts/{rollout}/approvals", PROGRAMS_APPROVE),
    ("POST", "/api/v1/tenants/{tenant}/rollouts/{rollout}/commands", PROGRAMS_APPROVE),
    // What is done in a tenant, and when.
    ("GET", "/t/{tenant}/activity", PEOPLE),
    ("GET", "/t/{tenant}/activity/live", PEOPLE),
    ("POST", "/t/{tenant}/jobs/{job}/cancel", OPERATING),
    ("POST", "/t/{tenant}/jobs/{job}/retry", OPERATING),
    ("POST", "/t/{tenant}/deliveries/{delivery}/retry", OPERATING),
    ("GET", "/t/{tenant}/runs", PEOPLE),
    ("GET", "/t/{tenant}/schedules", PEOPLE),
    ("POST", "/t/{tenant}/schedules", OPERATING),
    ("POST", "/t/{tenant}/schedules/{schedule}/remove", OPERATING),
    ("GET", "/t/{tenant}/webhooks", ADMINS),
    ("POST", "/t/{tenant}/webhooks", ADMINS),
    ("POST", "/t/{tenant}/webhooks/{webhook}/test", ADMINS),
    ("POST", "/t/{tenant}/webhooks/{webhook}/disable", ADMINS),
    ("POST", "/api/v1/tenants/{tenant}/jobs/{job}/cancel", OPERATING_TOKENS),
    ("POST", "/api/v1/tenants/{tenant}/jobs/{job}/retry", OPERATING_TOKENS),
    ("GET", "/api/v1/tenants/{tenant}/runs", READERS),
    ("GET", "/api/v1/tenants/{tenant}/schedules", READERS),
    ("POST", "/api/v1/tenants/{tenant}/schedules", OPERATING_TOKENS),
    ("POST", "/api/v1/tenants/{tenant}/schedules/{schedule}/remove", OPERATING_TOKENS),
    ("GET", "/api/v1/tenants/{tenant}/webhooks", ["sfffi"; 4]),
    ("POST", "/api/v1/tenants/{tenant}/webhooks", ADMIN_TOKENS),
    ("POST", "/api/v1/tenants/{tenant}/webhooks/{webhook}/test", ADMIN_TOKENS),
    ("POST", "/api/v1/tenants/{tenant}/webhooks/{webhook}/disable", ADMIN_TOKENS),
    ("GET", "/api/v1/tenants/{tenant}/deliveries", READERS),
    ("POST", "/api/v1/tenants/{tenant}/deliveries/{delivery}/retry", OPERATING_TOKENS),
];

/// A server with two tenants, and whom and what the paths name.
struct World {
    app: App,
    own: TenantId,
    victim: PersonId,
    token: TokenId,
    server: ServerId,
    rollout: BlueprintId,
    /// Each request comes from a place of its own: how often one may ask is tested elsewhere.
    places: AtomicU16,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = StoreUrl::from(folder.path().join("exward.db").as_path());
        let store = Store::open(&url).await.unwrap();
        let (_, ending) = tokio::sync::watch::channel(false);
        let address: SocketAddr = "127.0.0.1:7878".parse().unwrap();
        let catalog = Current::new(load(None).unwrap(), None);
        let app = App::new(
            (store, catalog),
            (None, None),
            Clock::real(),
            (address, None),
            Vec::new(),
            ending,
        );
        let (store, now) = (&app.store, app.now());
        let own = store.make_tenant("own", now).await.unwrap();
        store.make_tenant("other", now).await.unwrap();
        let run = store.begin_run(own, RunKind::Check, "test", "test", now).await.unwrap();
        let standing = StandingRow {
            rank: 1,
            verdict: "patched".into(),
            product: None,
            cu: None,
            update: None,
            build: None,
            open: 0,
            kev_open: 0,
            exposed_since: None,
            next_step: String::new(),
            mitigation: None,
        };
        let (body, imprint) = ("[]".to_owned(), "[]".to_owned());
        let target = "mail.example.org".to_owned();
        let seen = Seen { target, name: None, site: None, at: now, body, imprint, standing };
        store.observe(own, run, &[seen]).await.unwrap();
        let server = store.server_of_target(own, "mail.example.org").await.unwrap().unwrap();
        let bytes = include_bytes!("../../../../../fuzz/seeds/blueprint/1");
        let rollout = exward_read::blueprint::id(bytes);
        let seen = RolloutsSeen { tenant: own, unowned: true };
        let new = NewRollout { id: rollout, parent: None, bytes, by: "test" };
        assert!(store.keep_rollout(seen, &new, now).await.unwrap());
        let victim = person(&app, "victim", Role::Viewer, Some(own)).await;
        let new = NewToken { name: "it", role: Role::Viewer, tenant: Some(own), expires_at: None };
        let token = store.add_token(&new, &[7; 32], "test", now).await.unwrap();
        Self {
            app,
            own,
            victim,
            token,
            server,
            rollout,
            places: AtomicU16::new(0),
            _folder: folder,
        }
    }

    /// The path with its parts in place. What a request may end or use up is made anew each time.
    async fn path(&self, pattern: &str, tenant: &str) -> String {
        let (store, own, now) = (&self.app.store, self.own, self.app.now());
        let (mut job, mut schedule, mut webhook, mut delivery) = (0, 0, 0, 0);
        if pattern.contains("{job}") {
            let new = NewJob {
                tenant: Some(own),
                kind: "test",
                payload: "{}",
                once_key: None,
                due_at: now,
                made_by: "test",
            };
            job = store.put_job(&new, now).await.unwrap().job.0;
        }
        if pattern.contains("{schedule}") {
            let put = store.put_schedule(own, "mail.example.org", 60, now, "test", now).await;
            schedule = put.unwrap().0;
        }
        if pattern.contains("{webhook}") || pattern.contains("{delivery}") {
            let old = store.webhooks(own, None, 10_000).await.unwrap();
            for old in old.iter().filter(|it| it.disabled_at.is_none()) {
                store.disable_webhook(own, old.id, "test", now).await.unwrap();
            }
            let new = NewWebhook { url: "https://hook.example", secret: "test", events: &[] };
            webhook = store.put_webhook(own, &new, "test", now).await.unwrap().0;
        }
        if pattern.contains("{delivery}") {
            store.enqueue_event(own, "test", "{}", now).await.unwrap();
            let hold = SignedDuration::from_secs(1);
            let held = store.claim_delivery(now, hold).await.unwrap().unwrap();
            store.delivery_failed(held.claim, "test", None, now).await.unwrap();
            delivery = held.claim.delivery.0;
        }
        pattern
            .replace("{job}", &job.to_string())
            .replace("{schedule}", &schedule.to_string())
            .replace("{webhook}", &webhook.to_string())
            .replace("{delivery}", &delivery.to_string())
            .replace("{tenant}", tenant)
            .replace("{person}", &self.victim.0.to_string())
            .replace("{token}", &self.token.0.to_string())
            .replace("{id}", &self.server.to_string())
            .replace("{rollout}", &self.rollout.to_string())
            .replace("{campaign}", "CVE-2021-34473")
            .replace("{secret}", "0123")
    }

    async fn ask(&self, method: &str, path: &str, caller: &Asker) -> Response {
        let mut request = Request::builder().method(method).uri(path).header(HOST, "localhost");
        let mut kind = "application/x-www-form-urlencoded";
        let mut body = String::new();
        match caller {
            Asker::Nobody => {}
            Asker::Session(person) => {
                let (cookie, now) = (secret::draw().unwrap(), self.app.now());
                let until = now.checked_add(SignedDuration::from_hours(1)).unwrap();
                let digest = secret::digest(&cookie);
                let begun =
                    self.app.store.begin_session(*person, &digest, "the-key", now, until).await;
                begun.unwrap();
                request = request.header(COOKIE, format!("exward_session={cookie}"));
                // What is missing in other forms is their own matter: they are refused, and let in.
                body = "form_key=the-key&until=2099-01-01T00:00".into();
            }
            Asker::Token(token) => {
                request = request.header(AUTHORIZATION, format!("Bearer {token}"));
                if method == "POST" {
                    kind = "application/json";
                    body = r#"{"until":"2099-01-01T00:00:00Z","command":"pause"}"#.into();
                }
            }
        }
        let request = request.header(CONTENT_TYPE, kind);
        let mut request = request.body(Body::from(body)).unwrap();
        let [high, low] = self.places.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        let address = SocketAddr::from(([198, 18, high, low], 4000));
        let peer = Peer { address, pulse: Pulse::default() };
        request.extensions_mut().insert(ConnectInfo(peer));
        service(&self.app).oneshot(request).await.unwrap()
    }
}

#[tokio::test]
async fn a_panic_says_nothing_of_the_inside() {
    let world = World::new().await;
    let boom = axum::routing::get(|| async {
        assert!(std::hint::black_box(false), "the secret of the inside");
    });
    let router = within(&world.app, Router::new().route("/api/boom", boom));
    let request = Request::get("/api/boom").header(HOST, "localhost").body(Body::empty());
    let answer = router.oneshot(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
    let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
    assert!(!String::from_utf8_lossy(&body).contains("secret"), "W4");
}

enum Asker {
    Nobody,
    Session(PersonId),
    Token(String),
}

async fn person(app: &App, name: &str, role: Role, tenant: Option<TenantId>) -> PersonId {
    let new = NewPerson { name: name.parse().unwrap(), role, tenant, password: "none" };
    app.store.add_person(&new, "test", app.now()).await.unwrap()
}

async fn token(app: &App, role: Role, tenant: Option<TenantId>) -> String {
    let text = secret::draw_token().unwrap();
    let new = NewToken { name: role.name(), role, tenant, expires_at: None };
    app.store.add_token(&new, &secret::digest(&text), "test", app.now()).await.unwrap();
    text
}

/// What an answer is, by the letters of [`Want`].
fn class(response: &Response) -> char {
    let to = response.headers().get(LOCATION).map(|it| it.to_str().unwrap());
    match response.status() {
        StatusCode::UNAUTHORIZED => 's',
        // Signing out leads there as well, and takes the cookie along.
        StatusCode::SEE_OTHER
            if to == Some("/sign-in") && !response.headers().contains_key("set-cookie") =>
        {
            's'
        }
        StatusCode::FORBIDDEN => 'f',
        StatusCode::NOT_FOUND => 'n',
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => '!',
        _ => 'i',
    }
}

#[test]
fn every_route_stands_in_the_expectation() {
    let known: BTreeSet<_> = WANT.iter().map(|(method, path, _)| (*method, *path)).collect();
    let table = table();
    let routed: BTreeSet<_> = table.iter().map(|it| (it.rule.method.as_str(), it.path)).collect();
    assert_eq!(routed, known, "W7: a route that nobody has said the access of");
    assert_eq!(table.len(), WANT.len(), "W7: a route stands in the table twice");
}

#[tokio::test]
async fn matrix() {
    let world = World::new().await;
    let mut asked = 0;
    for (column, reach) in ["own person", "all person", "own token", "all token"].iter().enumerate()
    {
        let tenant = if column % 2 == 0 { Some(world.own) } else { None };
        for (at, role) in [None, Some(0), Some(1), Some(2), Some(3)].into_iter().enumerate() {
            let role = role.map(|it: usize| Role::ALL[it]);
            let asker = match role {
                None => Asker::Nobody,
                Some(role) if column < 2 => {
                    let name = format!("{}-{column}", role.name());
                    Asker::Session(person(&world.app, &name, role, tenant).await)
                }
                Some(role) => Asker::Token(token(&world.app, role, tenant).await),
            };
            for (method, pattern, want) in WANT {
                let right = want[column].chars().nth(at).unwrap();
                for of in ["own", "other", "none"] {
                    if of != "own" && !pattern.contains("{tenant}") {
                        continue;
                    }
                    // What the path names is the own tenant's.
                    let keys =
                        ["{id}", "{job}", "{schedule}", "{webhook}", "{delivery}", "{rollout}"];
                    let is_missing = of == "other" && keys.iter().any(|it| pattern.contains(it));
                    let want = match (of, right) {
                        ("own", _) | (_, 's') => right,
                        // W8: whatever the role.
                        _ if tenant.is_some() || of == "none" => 'n',
                        (_, 'i') if is_missing => 'n',
                        _ => right,
                    };
                    let path = world.path(pattern, of).await;
                    let answer = world.ask(method, &path, &asker).await;
                    let got = class(&answer);
                    let status = answer.status();
                    assert_eq!(got, want, "W7/W8: {reach} {role:?}: {method} {path}: {status}");
                    let policy = answer.headers().get("content-security-policy");
                    assert!(policy.is_some(), "{method} {path} has no policy");
                    asked += 1;
                }
            }
        }
    }
    let of_tenants = WANT.iter().filter(|(_, path, _)| path.contains("{tenant}")).count();
    assert_eq!(asked, 20 * (WANT.len() + 2 * of_tenants), "not every pair was asked");
}
