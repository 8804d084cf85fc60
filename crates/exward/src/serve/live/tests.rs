//! Whoever follows something: one reader for all, nothing told twice, and an end with the session.

use std::time::Duration;

use axum::response::sse::Event;
use exward_core::blueprint::BlueprintId;
use exward_drive::journal::Command;
use exward_store::store::{
    NewJob, NewPerson, NewRollout, Role, RunKind, Seen, StandingRow, Tenant,
};
use exward_store::{Store, StoreUrl};
use jiff::SignedDuration;
use tokio::time::{interval, timeout};

use super::follower::Follower;
use super::*;
use crate::cli::{Clock, load};
use crate::serve::access::{Kind, secret};
use crate::serve::rollouts::{act, seen};
use crate::work::Current;

/// A server with a rollout, and somebody signed in.
struct World {
    app: App,
    caller: Caller,
    tenant: Tenant,
    id: BlueprintId,
    end: watch::Sender<bool>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = StoreUrl::from(folder.path().join("exward.db").as_path());
        let store = Store::open(&url).await.unwrap();
        let (end, ending) = watch::channel(false);
        let catalog = Current::new(load(None).unwrap(), None);
        let address = ("127.0.0.1:7878".parse().unwrap(), None);
        let app =
            App::new((store, catalog), (None, None), Clock::real(), address, Vec::new(), ending);
        let (store, now) = (&app.store, app.now());
        store.make_tenant("own", now).await.unwrap();
        let tenant = store.tenant("own").await.unwrap().unwrap();
        let (name, role) = ("april".parse().unwrap(), Role::Approver);
        let new = NewPerson { name, role, tenant: Some(tenant.id), password: "none" };
        let person = store.add_person(&new, "test", now).await.unwrap();
        let cookie = "the-cookie".to_owned();
        let until = now.checked_add(SignedDuration::from_hours(1)).unwrap();
        let digest = secret::digest(&cookie);
        store.begin_session(person, &digest, "the-key", now, until).await.unwrap();
        let kind = Kind::Session { person, form_key: "the-key".into(), cookie };
        let caller = Caller { name: "april".into(), role, tenant: Some(tenant.id), kind };
        let bytes = include_bytes!("../../../../../fuzz/seeds/blueprint/1");
        let id = exward_read::blueprint::id(bytes);
        let new = NewRollout { id, parent: None, bytes, by: "test" };
        store.keep_rollout(seen(&caller, &tenant), &new, now).await.unwrap();
        Self { app, caller, tenant, id, end, _folder: folder }
    }

    async fn follower<F: Followed>(&self, what: &F, session: Duration) -> Follower<F> {
        let session = interval(session);
        Follower::begin(&self.app, &self.caller, what.clone(), session).await.unwrap()
    }

    fn rollout(&self) -> rollouts::live::Following {
        let seen = seen(&self.caller, &self.tenant);
        rollouts::live::Following { tenant: self.tenant.clone(), seen, id: self.id }
    }

    fn estate(&self) -> views::estate::Following {
        let which = views::estate::Which::default();
        views::estate::Following { tenant: self.tenant.clone(), which }
    }

    fn activity(&self, with_audit: bool) -> activity::Following {
        activity::Following { tenant: self.tenant.clone(), with_audit, before: None }
    }

    async fn say(&self, command: Command) -> bool {
        let who = (&self.caller, seen(&self.caller, &self.tenant));
        act::command(&self.app, who, self.id, command).await.unwrap()
    }

    async fn see(&self, target: &str) {
        let (store, own, now) = (&self.app.store, self.tenant.id, self.app.now());
        let run = store.begin_run(own, RunKind::Check, "test", "test", now).await.unwrap();
        let standing = StandingRow { verdict: "patched".into(), ..StandingRow::default() };
        let (target, body, imprint) = (target.to_owned(), "[]".to_owned(), "[]".to_owned());
        let seen = Seen { target, name: None, site: None, at: now, body, imprint, standing };
        store.observe(own, run, &[seen]).await.unwrap();
    }
}

/// The data of the next event, which comes soon.
async fn next<F: Followed>(follower: &mut Follower<F>) -> String {
    let event: Event = timeout(SOON, follower.next()).await.unwrap().unwrap();
    format!("{event:?}")
}

const NEVER: Duration = Duration::from_secs(3_600);
const SOON: Duration = Duration::from_secs(20);

/// What holds for whatever is followed: `news` happens, and is told as `want`.
async fn check<F: Followed>(world: &World, what: F, news: impl AsyncFnOnce(&World), want: &str) {
    let mut all = [world.follower(&what, NEVER).await, world.follower(&what, NEVER).await];
    assert_eq!(F::hub(&world.app).open().len(), 1, "LV1");
    for it in &mut all {
        assert!(!next(it).await.contains(want), "at once, as it is now");
        assert!(timeout(LIVE_LOOK.saturating_mul(2), it.next()).await.is_err(), "nothing is new");
    }
    news(world).await;
    for it in &mut all {
        // The first half of it may be told for itself.
        while !next(it).await.contains(want) {}
    }
    // With the session of one it ends for that one.
    let mut short = world.follower(&what, Duration::from_millis(1)).await;
    next(&mut short).await;
    assert!(short.is_signed_in().await);
    let digest = secret::digest("the-cookie");
    world.app.store.end_session(&digest).await.unwrap();
    assert!(next(&mut short).await.contains("signed out"), "LV2");
    assert!(short.is_over && short.next().await.is_none());
    drop(short);
    // The end of the server ends it for all, and nobody looks any more.
    world.end.send(true).unwrap();
    for mut it in all {
        while timeout(SOON, it.next()).await.unwrap().is_some() {}
        while it.heard.changed().await.is_ok() {}
    }
    assert!(F::hub(&world.app).open().is_empty());
}

#[tokio::test]
async fn a_rollout_is_followed() {
    let world = World::new().await;
    let pause = async |it: &World| {
        assert!(it.say(Command::Pause).await);
        assert!(!it.say(Command::Pause).await, "RW3");
    };
    check(&world, world.rollout(), pause, "paused").await;
}

#[tokio::test]
async fn an_estate_is_followed() {
    let world = World::new().await;
    world.see("ex01.example.org").await;
    let see = async |it: &World| it.see("ex02.example.org").await;
    check(&world, world.estate(), see, "ex02.example.org").await;
}

#[tokio::test]
async fn jobs_are_followed() {
    let world = World::new().await;
    let work = async |it: &World| {
        let (store, now) = (&it.app.store, it.app.now());
        let new = NewJob {
            tenant: None,
            kind: crate::work::REASSESS,
            payload: "{}",
            once_key: None,
            due_at: now,
            made_by: "test",
        };
        store.put_job(&new, now).await.unwrap();
        let hold = SignedDuration::from_hours(1);
        let held = store.claim_job("test", &[new.kind], now, hold).await.unwrap().unwrap();
        store.progress_job(held.claim, 4_321, Some(9_999), now, hold).await.unwrap();
    };
    check(&world, world.activity(false), work, "4,321 of 9,999").await;
}

/// The log of what others do goes to admins, whoever follows beside them.
#[tokio::test]
async fn each_hears_what_their_page_shows() {
    let world = World::new().await;
    let mut own = world.follower(&world.activity(false), NEVER).await;
    let mut admins = world.follower(&world.activity(true), NEVER).await;
    admins.caller.role = Role::Admin;
    assert!(next(&mut admins).await.contains("Who did what"));
    assert!(!next(&mut own).await.contains("Who did what"), "LV2");
}
