//! Whoever follows a rollout: one reader for all, and an end with the session.

use std::time::Duration;

use exward_drive::journal::Command;
use exward_store::store::{NewPerson, NewRollout, PersonId, Role};
use exward_store::{Store, StoreUrl};
use jiff::SignedDuration;
use tokio::time::interval;

use super::*;
use crate::cli::{Clock, load};
use crate::serve::rollouts::act;
use crate::work::Current;

/// A server with a rollout, and somebody signed in.
struct World {
    app: App,
    caller: Caller,
    tenant: Tenant,
    person: PersonId,
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
        let bytes = include_bytes!("../../../../../../fuzz/seeds/blueprint/1");
        let id = exward_read::blueprint::id(bytes);
        let new = NewRollout { id, parent: None, bytes, by: "test" };
        store.keep_rollout(seen(&caller, &tenant), &new, now).await.unwrap();
        Self { app, caller, tenant, person, id, end, _folder: folder }
    }

    async fn follower(&self, session: Duration) -> Follower {
        let seen = seen(&self.caller, &self.tenant);
        let looked = self.app.rollouts.look(&self.app, seen, self.id).await.unwrap();
        Follower {
            app: self.app.clone(),
            caller: self.caller.clone(),
            tenant: self.tenant.clone(),
            heard: self.app.rollouts.hear(&self.app, seen, looked),
            ending: self.app.ending.clone(),
            session: interval(session),
            is_first: true,
            is_over: false,
            _seat: self.app.rollouts.seats.take(self.person).unwrap(),
        }
    }

    async fn say(&self, command: Command) -> bool {
        let who = (&self.caller, seen(&self.caller, &self.tenant));
        act::command(&self.app, who, self.id, command).await.unwrap()
    }
}

const NEVER: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn all_who_follow_hear_the_one_reader() {
    let world = World::new().await;
    let mut all = [world.follower(NEVER).await, world.follower(NEVER).await];
    assert_eq!(open(&world.app.rollouts.tasks).len(), 1, "RW4");
    for it in &mut all {
        assert!(it.next().await.is_some(), "at once, as it is now");
    }
    assert!(world.say(Command::Pause).await);
    assert!(!world.say(Command::Pause).await, "RW3");
    for it in &mut all {
        assert!(it.next().await.is_some());
        assert_eq!(it.heard.borrow().looked.commands.len(), 1);
    }
    // The end of the server ends it for all, and nobody reads any more.
    world.end.send(true).unwrap();
    for mut it in all {
        assert!(it.next().await.is_none());
        while it.heard.changed().await.is_ok() {}
    }
    assert!(open(&world.app.rollouts.tasks).is_empty());
}

#[tokio::test]
async fn it_ends_with_the_session() {
    let world = World::new().await;
    let mut follower = world.follower(Duration::from_millis(1)).await;
    assert!(follower.next().await.is_some());
    assert!(follower.is_signed_in().await);
    world.app.store.disable_person(None, world.person, "test", world.app.now()).await.unwrap();
    assert!(follower.next().await.is_some(), "it is told");
    assert!(follower.is_over && follower.next().await.is_none());
}
