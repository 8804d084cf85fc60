//! Webhooks and their deliveries.

use exward_store::StoreUrl;
use exward_store::store::{DeliveryState, NewWebhook, StoreError};
use jiff::SignedDuration;

use crate::{at, open, tenants};

const HOLD: SignedDuration = SignedDuration::from_millis(10);

pub(crate) async fn an_event_goes_to_those_who_want_it(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, other] = tenants(&url).await;
    let put = async |tenant, url, events: &[&str]| {
        let new = NewWebhook { url, secret: "key", events };
        store.put_webhook(tenant, &new, "ana", at(0)).await.unwrap()
    };
    let all = put(acme, "https://a.example", &[]).await;
    let some = put(acme, "https://b.example", &["finding.new", "hunt.found"]).await;
    put(other, "https://c.example", &[]).await;
    assert_eq!(store.enqueue_event(acme, "finding.new", "{}", at(1)).await.unwrap(), 2);
    assert_eq!(store.enqueue_event(acme, "finding.fixed", "{}", at(1)).await.unwrap(), 1);
    let seen = store.deliveries(acme, None, None, 9).await.unwrap();
    let to: Vec<_> = seen.iter().map(|it| it.webhook).collect();
    assert_eq!(to, [all, some, all]);
    assert!(store.deliveries(other, None, None, 9).await.unwrap().is_empty(), "S3");
    store.disable_webhook(acme, all, "ana", at(2)).await.unwrap();
    let held = store.claim_delivery(at(3), HOLD).await.unwrap().unwrap();
    assert_eq!((held.webhook, held.tenant, held.secret.as_str()), (some, acme, "key"));
    assert!(!format!("{held:?}").contains("key"), "H3");
    assert!(store.claim_delivery(at(3), HOLD).await.unwrap().is_none(), "disabled, or held");
    assert_eq!(store.enqueue_event(acme, "finding.fixed", "{}", at(4)).await.unwrap(), 0);
    let hooks = store.webhooks(acme, None, 9).await.unwrap();
    assert_eq!((hooks[0].disabled_at, hooks[1].events.len()), (Some(at(2)), 2));
}

pub(crate) async fn a_delivery_is_sent_or_dead(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, other] = tenants(&url).await;
    let new = NewWebhook { url: "https://a.example", secret: "key", events: &[] };
    store.put_webhook(acme, &new, "ana", at(0)).await.unwrap();
    store.enqueue_event(acme, "e", "{}", at(0)).await.unwrap();
    let claim = async |now| store.claim_delivery(at(now), HOLD).await.unwrap();
    let first = claim(0).await.unwrap();
    assert!(claim(9).await.is_none(), "held");
    let second = claim(10).await.unwrap();
    let late = store.delivery_sent(first.claim, at(11)).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "H2");
    store.delivery_failed(second.claim, "503", Some(at(50)), at(11)).await.unwrap();
    assert!(claim(49).await.is_none());
    let third = claim(50).await.unwrap();
    assert_eq!(third.attempts, 3);
    store.delivery_failed(third.claim, "503", None, at(51)).await.unwrap();
    let dead = store.deliveries(acme, Some(DeliveryState::Dead), None, 9).await.unwrap();
    assert_eq!((dead.len(), dead[0].reason.as_deref()), (1, Some("503")), "H1");
    let foreign = store.retry_delivery(other, dead[0].id, "x", at(52)).await;
    assert!(matches!(foreign, Err(StoreError::NotFound { .. })), "S3");
    store.retry_delivery(acme, dead[0].id, "ana", at(52)).await.unwrap();
    store.delivery_sent(claim(52).await.unwrap().claim, at(53)).await.unwrap();
    assert!(claim(99).await.is_none());
    let sent = store.deliveries(acme, Some(DeliveryState::Sent), None, 9).await.unwrap();
    assert_eq!((sent.len(), sent[0].ended_at), (1, Some(at(53))), "H1");
    store.enqueue_event(acme, "e", "{}", at(54)).await.unwrap();
    assert_eq!(store.drop_deliveries(at(53)).await.unwrap(), 0);
    assert_eq!(store.drop_deliveries(at(999)).await.unwrap(), 1, "what waits stays");
    assert_eq!(store.deliveries(acme, None, None, 9).await.unwrap().len(), 1);
}
