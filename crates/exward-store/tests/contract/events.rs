//! Events: put with what they tell, for whoever wants them.

use exward_store::StoreUrl;
use exward_store::store::{
    EVENT_SCHEMA, EVENT_SERVERS_MAX, EventKind, Hunted, NewWebhook, Seen, Settling, StandingRow,
};
use jiff::SignedDuration;
use serde_json::Value;

use crate::estate::{Estate, day, seen};

fn stands(target: &str, at: i64, body: &str, verdict: &str, kev_open: u32) -> Seen {
    let mut seen = seen(target, at, body);
    let verdict = verdict.to_owned();
    seen.standing = StandingRow { verdict, kev_open, open: kev_open, ..seen.standing };
    seen
}

async fn hook(estate: &Estate, events: &[&str]) {
    let new = NewWebhook { url: "https://a.example/x?key=1", secret: "s", events };
    estate.store.put_webhook(estate.tenant, &new, "ana", day(0)).await.unwrap();
}

/// Everything that waits, oldest first, and is sent by that.
async fn told(estate: &Estate) -> Vec<Value> {
    let mut all = Vec::new();
    let (now, hold) = (day(99), SignedDuration::from_mins(1));
    while let Some(held) = estate.store.claim_delivery(now, hold).await.unwrap() {
        assert_eq!(held.tenant, estate.tenant, "S3");
        estate.store.delivery_sent(held.claim, now).await.unwrap();
        let body: Value = serde_json::from_str(&held.body).unwrap();
        assert_eq!((&body["schema"], &body["type"]), (&EVENT_SCHEMA.into(), &held.event.into()));
        all.push(body);
    }
    all
}

/// The kinds and the servers that they name: `server.fixed a b`.
fn shown(all: &[Value]) -> Vec<String> {
    let line = |it: &Value| {
        let mut line = it["type"].as_str().unwrap().to_owned();
        for server in it["data"]["servers"].as_array().into_iter().flatten() {
            line = format!("{line} {}", server["target"].as_str().unwrap());
        }
        line
    };
    all.iter().map(line).collect()
}

pub(crate) async fn are_put_with_what_happened(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let other = Estate::of_tenant(estate.store.clone(), "south").await;
    hook(&estate, &[]).await;
    other.observe(&[stands("z", 1, "v", "vulnerable", 1)]).await;
    estate
        .observe(&[stands("a", 1, "v", "vulnerable", 1), stands("b", 1, "p", "patched", 0)])
        .await;
    let first = told(&estate).await;
    assert_eq!(shown(&first), ["server.vulnerable a"]);
    assert_eq!(first[0]["tenant"], "north");
    assert_eq!(first[0]["data"]["servers"][0]["was"], Value::Null);
    // The same again tells nothing; a batch that fails tells nothing of what it did not do (H4).
    estate.observe(&[stands("a", 2, "v", "vulnerable", 1)]).await;
    let nobody = exward_store::store::RunId(-1);
    let failed = [stands("b", 3, "v", "vulnerable", 1)];
    estate.store.observe(estate.tenant, nobody, &failed).await.unwrap_err();
    assert_eq!(shown(&told(&estate).await), [""; 0]);
    estate
        .observe(&[stands("a", 4, "p", "patched", 0), stands("b", 4, "v", "vulnerable", 2)])
        .await;
    assert_eq!(shown(&told(&estate).await), ["server.reopened b", "server.fixed a"]);
    // A catalog that knows more.
    let row =
        |kev_open| StandingRow { verdict: "vulnerable".into(), kev_open, ..Default::default() };
    let new = [(estate.imprint("p").await, row(0))];
    assert_eq!(estate.store.restand(&new, day(5)).await.unwrap(), 1);
    let new = [(estate.imprint("p").await, row(1))];
    assert_eq!(estate.store.restand(&new, day(6)).await.unwrap(), 1);
    let told = told(&estate).await;
    assert_eq!(shown(&told), ["server.reopened a", "server.exploited a"]);
    assert_eq!(told[1]["timestamp"], day(6).to_string());
}

pub(crate) async fn name_some_of_many(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    hook(&estate, &["server.vulnerable"]).await;
    let many: Vec<_> =
        (0..250).map(|it| stands(&format!("s{it:03}"), 1, "v", "vulnerable", 1)).collect();
    estate.observe(&many).await;
    let told = told(&estate).await;
    assert_eq!((told.len(), &told[0]["data"]["count"]), (1, &250.into()), "H5");
    let named = told[0]["data"]["servers"].as_array().unwrap().len();
    assert_eq!(named, EVENT_SERVERS_MAX, "H5");
}

pub(crate) async fn of_hunts_and_catalogs(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    hook(&estate, &[]).await;
    let hunt = async |at, verdict: &str| {
        let hunted = Hunted {
            target: "a".into(),
            at: day(at),
            verdict: verdict.into(),
            alarm: match verdict {
                "compromised" => 2,
                "exploit-reached" => 1,
                _ => 0,
            },
            from: None,
            to: None,
            body: "{}".into(),
            sightings: Vec::new(),
        };
        estate.store.keep_hunt(estate.tenant, estate.run, &hunted).await.unwrap();
    };
    hunt(1, "scanned").await;
    hunt(3, "compromised").await;
    hunt(4, "compromised").await;
    // Older than what is known.
    hunt(2, "exploit-reached").await;
    assert_eq!(shown(&told(&estate).await), ["hunt.act a"]);
    let as_of = "2026-10-15".parse().unwrap();
    let news = serde_json::json!({ "update": "Jun26SU", "there": 3, "servers": 412 });
    let news = [(estate.tenant, vec![news])];
    for _ in 0..2 {
        estate.store.note_catalog(&[1; 32], as_of, &news, day(5)).await.unwrap();
    }
    let catalog = told(&estate).await;
    assert_eq!(shown(&catalog), ["catalog.new"]);
    assert_eq!(catalog[0]["data"]["updates"], Value::from(news[0].1.clone()), "H4");
    let data = serde_json::json!({ "rollout": "r" });
    let kind = EventKind::RolloutHalted;
    assert_eq!(estate.store.tell(estate.tenant, kind, &data, day(6)).await.unwrap(), 1);
    let webhook = estate.store.webhooks(estate.tenant, None, 1).await.unwrap()[0].id;
    estate.store.test_webhook(estate.tenant, webhook, "ana", day(7)).await.unwrap();
    assert_eq!(shown(&told(&estate).await), ["rollout.halted", "webhook.test"]);
    let audit = estate.store.audit(Some(estate.tenant), None, 9).await.unwrap();
    assert!(audit.iter().all(|it| it.subject == "https://a.example"), "{audit:?}");
}

pub(crate) async fn of_settled_alarms(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    hook(&estate, &[]).await;
    let keep = async |at, sightings| {
        let hunted = crate::hunts::hunted("a", at, "compromised", sightings);
        estate.store.keep_hunt(estate.tenant, estate.run, &hunted).await.unwrap()
    };
    let first = keep(1, 2).await;
    assert_eq!(shown(&told(&estate).await), ["hunt.act a"]);
    let settling = Settling { hunt: first, by: "ana".into(), why: "a test of ours".into() };
    estate.store.settle(estate.tenant, &settling, day(2)).await.unwrap();
    keep(3, 2).await;
    assert_eq!(shown(&told(&estate).await), [""; 0], "HU2: the same traces tell nothing");
    keep(4, 3).await;
    assert_eq!(shown(&told(&estate).await), ["hunt.act a"], "HU2: one more does");
}
