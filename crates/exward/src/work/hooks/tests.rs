//! Messages to a receiver of our own, which says what it got.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};

use exward_reach::outbound::OutboundRules;
use exward_store::store::{DeliveryState, EventKind, NewWebhook, TenantId};
use exward_store::{Store, StoreUrl};
use serde_json::json;
use tokio::sync::watch;

use clap::Parser as _;

use super::*;
use crate::cli::{Clock, load};
use crate::probing::ProbingArgs;
use crate::serve::{Door, Peer};
use crate::work::Current;

/// How nobody is asked.
#[derive(clap::Parser)]
struct Asking {
    #[command(flatten)]
    probing: ProbingArgs,
}

/// A message as it came over the wire.
struct Got {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

/// Takes messages, and answers each with the next of these statuses; then with 500.
#[derive(Clone, Default)]
struct Taking(Arc<Mutex<(VecDeque<u16>, Vec<Got>)>>);

impl Taking {
    fn got(&self) -> Vec<Got> {
        std::mem::take(&mut self.0.lock().unwrap().1)
    }
}

async fn take(State(it): State<Taking>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut inner = it.0.lock().unwrap();
    let status = inner.0.pop_front().unwrap_or(500);
    inner.1.push(Got { path: uri.to_string(), headers, body });
    StatusCode::from_u16(status).unwrap()
}

/// A receiver on this machine: where it is, and what it got.
async fn receiver(statuses: &[u16]) -> (String, Taking) {
    let taking = Taking::default();
    taking.0.lock().unwrap().0.extend(statuses);
    let door = Door::open("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
    let address = door.address().unwrap();
    let router = Router::new().fallback(take).with_state(taking.clone());
    let service = router.into_make_service_with_connect_info::<Peer>();
    tokio::spawn(async move { axum::serve(door, service).await });
    (format!("http://{address}/in?key=1"), taking)
}

/// A store with a tenant and a webhook at this URL, and who works on it.
struct Shop {
    work: Workshop,
    tenant: TenantId,
    secret: WebhookSecret,
    _folder: tempfile::TempDir,
}

impl Shop {
    async fn new(url: &str, may_reach: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = StoreUrl::from(folder.path().join("exward.db").as_path());
        let store = Store::open(&place).await.unwrap();
        let now = Clock::real().now();
        let tenant = store.make_tenant("north", now).await.unwrap();
        let secret = WebhookSecret::new(&[7; 32]).unwrap();
        let text = secret.secret_text();
        let new = NewWebhook { url, secret: &text, events: &[] };
        store.put_webhook(tenant, &new, "ana", now).await.unwrap();
        let rules = OutboundRules {
            allow: may_reach.iter().map(|it| it.parse().unwrap()).collect(),
            allow_plain: true,
            ..OutboundRules::default()
        };
        let (_, ending) = watch::channel(false);
        let work = Workshop {
            store,
            catalog: Current::new(load(None).unwrap(), None),
            clock: Clock::real(),
            probing: Arc::new(Asking::parse_from(["exward"]).probing),
            folder: None,
            outbound: Some(Outbound::new(rules).unwrap()),
            owner: Arc::from("a test"),
            ending,
        };
        Self { work, tenant, secret, _folder: folder }
    }

    async fn tell(&self) {
        let data = json!({ "rollout": "r" });
        let now = self.work.now();
        let told = self.work.store.tell(self.tenant, EventKind::RolloutHalted, &data, now).await;
        assert_eq!(told.unwrap(), 1);
    }

    /// Sends what is due, as if this much time had passed. True if there was something.
    async fn send_after(&self, seconds: i64) -> bool {
        let clock = Clock::ahead_by(SignedDuration::from_secs(seconds));
        let work = Workshop { clock, ..self.work.clone() };
        work.send_one().await.unwrap() == Duration::ZERO
    }

    /// State, attempts and reason of the only delivery.
    async fn delivery(&self) -> (DeliveryState, i64, String) {
        let all = self.work.store.deliveries(self.tenant, None, None, 9).await.unwrap();
        let [one] = &all[..] else { panic!("one event, one webhook: {all:?}") };
        (one.state, one.attempts, one.reason.clone().unwrap_or_default())
    }
}

#[tokio::test]
async fn a_message_is_tried_again_until_it_is_taken_once() {
    let (url, taking) = receiver(&[503, 500, 204]).await;
    let shop = Shop::new(&url, &["127.0.0.0/8"]).await;
    shop.tell().await;
    assert!(shop.send_after(0).await);
    let (state, attempts, why) = shop.delivery().await;
    assert_eq!((state, attempts, &*why), (DeliveryState::Waiting, 1, "the receiver answered 503"));
    // 30 s later, then 60 s after that.
    assert!(!shop.send_after(20).await, "HK3: too early");
    assert!(shop.send_after(40).await);
    assert!(!shop.send_after(90).await, "HK3: too early");
    assert!(shop.send_after(110).await);
    assert_eq!(shop.delivery().await, (DeliveryState::Sent, 3, String::new()));
    assert!(!shop.send_after(10_000).await, "it was taken");
    let got = taking.got();
    assert_eq!(got.len(), 3);
    for one in &got {
        assert_eq!(one.path, "/in?key=1");
        assert_eq!(one.header("content-type"), "application/json");
        assert_eq!(one.header("webhook-id"), got[0].header("webhook-id"), "HK1: one id");
        let second: i64 = one.header("webhook-timestamp").parse().unwrap();
        let at = Timestamp::from_second(second).unwrap();
        let signed = shop.secret.sign(one.header("webhook-id"), at, &one.body).unwrap();
        assert_eq!(one.header("webhook-signature"), signed, "HK1");
        let body: serde_json::Value = serde_json::from_slice(&one.body).unwrap();
        assert_eq!((&body["type"], &body["tenant"]), (&"rollout.halted".into(), &"north".into()));
    }
}

#[tokio::test]
async fn two_servers_share_the_messages() {
    let (url, taking) = receiver(&[200]).await;
    let shop = Shop::new(&url, &["127.0.0.0/8"]).await;
    shop.tell().await;
    let (one, other) = tokio::join!(shop.send_after(0), shop.send_after(0));
    assert!(one ^ other, "one of them has it");
    assert_eq!(taking.got().len(), 1);
    assert_eq!(shop.delivery().await.0, DeliveryState::Sent);
}

#[tokio::test]
async fn nothing_goes_into_the_house() {
    let (url, taking) = receiver(&[200]).await;
    let shop = Shop::new(&url, &[]).await;
    shop.tell().await;
    assert!(shop.send_after(0).await);
    let (state, attempts, why) = shop.delivery().await;
    assert_eq!((state, attempts), (DeliveryState::Dead, 1), "HK2, HK3");
    assert!(why.contains("127.0.0.1 is refused (this machine)"), "{why}");
    assert!(taking.got().is_empty(), "HK2: nobody has come");
}

#[tokio::test]
async fn who_is_gone_gets_nothing_more() {
    let (url, _taking) = receiver(&[410]).await;
    let shop = Shop::new(&url, &["127.0.0.0/8"]).await;
    shop.tell().await;
    assert!(shop.send_after(0).await);
    assert_eq!(shop.delivery().await.0, DeliveryState::Dead);
}

#[test]
fn attempts_get_rarer_and_end() {
    let waits: Vec<_> = (1..11).map(|it| again(it, None).map(|it| it.as_secs())).collect();
    let some = [30, 60, 120, 240, 480, 960, 1_920, 3_840].map(Some);
    assert_eq!((&waits[..8], &waits[8..]), (&some[..], &[None, None][..]), "HK3");
    assert_eq!(again(1, Some(90)).unwrap().as_secs(), 90);
    assert_eq!(again(1, Some(u64::MAX)).unwrap().as_secs(), 3_600);
}
