//! Rollouts: whose they are, and what people say of them.

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{Approval, Command, Entry, Journal as _, Line};
use exward_store::store::{NewRollout, NewWebhook, RolloutMark, RolloutsSeen, TenantId};
use exward_store::{Store, StoreError, StoreUrl};

use crate::{at, by_journal, open, tenants};

const BYTES: &[u8] = b"a blueprint";

fn id(first: u8) -> BlueprintId {
    BlueprintId([first; 32])
}

fn new(first: u8, parent: Option<u8>) -> NewRollout<'static> {
    NewRollout { id: id(first), parent: parent.map(id), bytes: BYTES, by: "olaf" }
}

const fn of(tenant: TenantId) -> RolloutsSeen {
    RolloutsSeen { tenant, unowned: false }
}

const fn all(tenant: TenantId) -> RolloutsSeen {
    RolloutsSeen { tenant, unowned: true }
}

async fn ids(store: &Store, seen: RolloutsSeen) -> Vec<BlueprintId> {
    store.rollouts(seen).await.unwrap().into_iter().map(|it| it.id).collect()
}

fn approval(by: &str, until: i64) -> Approval {
    Approval { by: by.to_owned(), at: at(1), until: at(until) }
}

async fn log(store: &Store, tenant: TenantId) -> Vec<(String, String)> {
    let rows = store.audit(Some(tenant), None, 100).await.unwrap();
    rows.into_iter().rev().map(|it| (it.actor, it.action)).collect()
}

pub(crate) async fn belong_to_a_tenant_or_to_nobody(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, other] = tenants(&url).await;
    // Nobody has made the journal yet.
    assert_eq!(ids(&store, all(acme)).await, []);
    let missing = store.rollout(all(acme), id(1)).await;
    assert!(matches!(missing, Err(StoreError::NotFound { .. })), "{missing:?}");
    assert!(store.keep_rollout(of(acme), &new(1, None), at(1)).await.unwrap());
    assert!(!store.keep_rollout(of(acme), &new(1, None), at(2)).await.unwrap(), "twice is once");
    by_journal(&url, |it| it.keep(Line::Unowned, id(2), None, BYTES).unwrap()).await;
    assert_eq!(ids(&store, of(acme)).await, [id(1)]);
    assert_eq!(ids(&store, all(acme)).await, [id(1), id(2)]);
    assert_eq!(
        (ids(&store, of(other)).await, ids(&store, all(other)).await),
        (vec![], vec![id(2)])
    );
    let [theirs, unowned] = [(all(other), id(1)), (of(other), id(2))];
    for (seen, id) in [theirs, unowned] {
        let approved = store.approve_rollout(seen, id, &approval("ana", 9)).await;
        let commanded =
            store.command_rollout(seen, id, ("ana", Command::Pause), |_, _| Ok(true), at(3));
        let (commanded, marked) = (commanded.await, store.rollout_mark(seen, id).await);
        let refused = [approved.err(), commanded.err(), marked.err()];
        assert!(
            refused.iter().all(|it| matches!(it, Some(StoreError::NotFound { .. }))),
            "RO1: {refused:?}"
        );
    }
    for (seen, first) in [(all(other), 1), (of(other), 2)] {
        let taken = store.keep_rollout(seen, &new(first, None), at(3)).await;
        assert!(matches!(taken, Err(StoreError::Conflict { .. })), "RO1: {taken:?}");
    }
    // Who sees what is nobody's gives it to a tenant.
    assert!(store.keep_rollout(all(other), &new(2, None), at(4)).await.unwrap());
    assert_eq!(ids(&store, of(other)).await, [id(2)]);
    assert_eq!(ids(&store, all(acme)).await, [id(1)]);
    let made = store.rollouts(of(other)).await.unwrap().remove(0).made;
    assert_eq!(made, Some((at(4), "olaf".to_owned())));
}

pub(crate) async fn what_people_say_is_noted(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, _] = tenants(&url).await;
    let seen = of(acme);
    store.keep_rollout(seen, &new(1, None), at(1)).await.unwrap();
    assert!(store.approve_rollout(seen, id(1), &approval("ana", 9)).await.unwrap());
    assert!(!store.approve_rollout(seen, id(1), &approval("ana", 9)).await.unwrap());
    let say = |command, fits: Result<bool, StoreError>| {
        store.command_rollout(seen, id(1), ("bea", command), |_, _| fits, at(5))
    };
    assert!(say(Command::Pause, Ok(true)).await.unwrap());
    assert!(!say(Command::Pause, Ok(false)).await.unwrap());
    let what = "it is over".to_owned();
    assert!(say(Command::Resume, Err(StoreError::Conflict { what })).await.is_err());
    let kept = store.rollout(seen, id(1)).await.unwrap();
    assert_eq!((kept.approvals, kept.bytes.as_slice()), (vec![approval("ana", 9)], BYTES));
    let said: Vec<_> = kept.commands.iter().map(|it| (it.by.as_str(), it.command)).collect();
    assert_eq!(said, [("bea", Command::Pause)]);
    let noted = log(&store, acme).await;
    let noted: Vec<_> = noted.iter().map(|(who, what)| (who.as_str(), what.as_str())).collect();
    let want = [("olaf", "rollout.keep"), ("ana", "rollout.approve"), ("bea", "rollout.pause")];
    assert_eq!(noted, want, "RO2");
    assert_eq!(store.audit_verify().await.unwrap().unwrap().rows, 3);
}

pub(crate) async fn read_what_the_journal_writes(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, _] = tenants(&url).await;
    let seen = of(acme);
    store.keep_rollout(seen, &new(1, None), at(1)).await.unwrap();
    store.approve_rollout(seen, id(1), &approval("ana", 9)).await.unwrap();
    assert_eq!(
        store.rollout_mark(seen, id(1)).await.unwrap(),
        RolloutMark { entries: 0, commands: 0, approvals: 1 }
    );
    let paused = store.command_rollout(
        seen,
        id(1),
        ("ana", Command::PauseAfterStep),
        |commands, entries| Ok(commands.is_empty() && entries.is_empty()),
        at(2),
    );
    assert!(paused.await.unwrap());
    // Who carries it out sees what people say here, and the other way round.
    let heard = by_journal(&url, |journal| {
        let lease = journal.lease(id(1), "somebody").unwrap();
        let began = Entry::Began { owner: "somebody".to_owned() };
        journal.append(lease, id(1), at(3), &began).unwrap();
        (journal.approvals(id(1)).unwrap(), journal.commands(id(1), 0).unwrap())
    })
    .await;
    assert_eq!(heard.0, [approval("ana", 9)]);
    assert_eq!((heard.1[0].command, heard.1[0].by.as_str()), (Command::PauseAfterStep, "ana"));
    let mark = store.rollout_mark(seen, id(1)).await.unwrap();
    assert_eq!(mark, RolloutMark { entries: 1, commands: 1, approvals: 1 });
    let kept = store.rollout(seen, id(1)).await.unwrap();
    assert_eq!((kept.entries.len(), kept.entries[0].at), (1, at(3)));
}

pub(crate) async fn only_a_child_of_the_current_one_is_approved(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, _] = tenants(&url).await;
    for new in [new(1, None), new(2, Some(1)), new(3, None)] {
        store.keep_rollout(of(acme), &new, at(1)).await.unwrap();
    }
    by_journal(&url, |it| it.make_current(id(1)).unwrap()).await;
    let ana = approval("ana", 9);
    let approve = |first| store.approve_rollout(of(acme), id(first), &ana);
    assert!(approve(1).await.unwrap() && approve(2).await.unwrap());
    let stranger = approve(3).await;
    assert!(matches!(stranger, Err(StoreError::Conflict { .. })), "J4: {stranger:?}");
}

pub(crate) async fn that_halt_are_told_once(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, other] = tenants(&url).await;
    assert_eq!(store.tell_halts(at(0)).await.unwrap(), 0, "there is no journal");
    for tenant in [acme, other] {
        let new = NewWebhook { url: "https://a.example", secret: "s", events: &[] };
        store.put_webhook(tenant, &new, "ana", at(0)).await.unwrap();
    }
    store.keep_rollout(of(acme), &new(1, None), at(1)).await.unwrap();
    let write = async |entries: Vec<Entry>| {
        by_journal(&url, move |journal| {
            let lease = journal.lease(id(1), "somebody").unwrap();
            for entry in &entries {
                journal.append(lease, id(1), at(3), entry).unwrap();
            }
        })
        .await;
    };
    let halted = |why: &str| Entry::Halted { why: why.to_owned() };
    write(vec![Entry::Began { owner: "it".to_owned() }]).await;
    assert_eq!(store.tell_halts(at(4)).await.unwrap(), 0);
    write(vec![halted("EX01 failed"), Entry::Began { owner: "it".to_owned() }]).await;
    let (one, two) = tokio::join!(store.tell_halts(at(5)), store.tell_halts(at(5)));
    assert_eq!(one.unwrap() + two.unwrap(), 1, "once, however many look");
    assert_eq!(store.tell_halts(at(6)).await.unwrap(), 0);
    write(vec![halted("EX02 failed")]).await;
    assert_eq!(store.tell_halts(at(7)).await.unwrap(), 1);
    let mut told = Vec::new();
    while let Some(held) =
        store.claim_delivery(at(9), jiff::SignedDuration::from_mins(1)).await.unwrap()
    {
        assert_eq!((held.tenant, &*held.event), (acme, "rollout.halted"), "S3");
        store.delivery_sent(held.claim, at(9)).await.unwrap();
        let body: serde_json::Value = serde_json::from_str(&held.body).unwrap();
        assert_eq!(body["data"]["rollout"], id(1).to_string());
        told.push(body["data"]["why"].as_str().unwrap().to_owned());
    }
    assert_eq!(told, ["EX01 failed", "EX02 failed"]);
}
