//! Lines of blueprints: one for each tenant and one for the command line, side by side in one store.

mod before;

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{Approval, Command, Entry, Journal, JournalError, Line};
use exward_store::store::{NewRollout, RolloutMark, RolloutsSeen, TenantId};
use exward_store::{Store, StoreError, StoreJournal, StoreUrl};

use crate::{Living, at, by_journal, open, tenants};

pub(crate) use before::{an_older_journal_becomes_one, an_older_journal_is_divided};

fn id(first: u8) -> BlueprintId {
    BlueprintId([first; 32])
}

fn new(first: u8, parent: Option<u8>) -> NewRollout<'static> {
    NewRollout { id: id(first), parent: parent.map(id), bytes: b"a blueprint", by: "olaf" }
}

const fn all(tenant: TenantId) -> RolloutsSeen {
    RolloutsSeen { tenant, unowned: true }
}

fn approval() -> Approval {
    Approval { by: "ana".to_owned(), at: at(1), until: at(9) }
}

fn wave(wave: u32) -> Entry {
    Entry::WaveBegan { wave }
}

/// Keeps a blueprint for a tenant, approves it, and carries it out in so many entries, as others do meanwhile.
async fn roll_out(store: Store, url: StoreUrl, tenant: TenantId, first: u8, entries: u32) -> u64 {
    store.keep_rollout(all(tenant), &new(first, None), at(1)).await.unwrap();
    assert!(store.approve_rollout(all(tenant), id(first), &approval()).await.unwrap());
    let again = url.clone();
    by_journal(&url, move |journal| {
        let lease = journal.lease(id(first), &format!("of {first}")).unwrap();
        journal.make_current(id(first)).unwrap();
        for number in 0..entries {
            journal.append(lease, id(first), at(2), &wave(number)).unwrap();
        }
        let held = StoreJournal::open(&again).unwrap().lease(id(first), "late");
        assert!(matches!(held, Err(JournalError::Held { .. })), "J3: {held:?}");
        lease.epoch
    })
    .await
}

pub(crate) async fn run_side_by_side(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, other] = tenants(&url).await;
    store.make_journal().await.unwrap();
    let epochs = tokio::join!(
        tokio::spawn(roll_out(store.clone(), url.clone(), acme, 1, 40)),
        tokio::spawn(roll_out(store.clone(), url.clone(), other, 2, 40)),
    );
    let mut epochs = [epochs.0.unwrap(), epochs.1.unwrap()];
    epochs.sort_unstable();
    assert_eq!(epochs, [1, 2], "J3: no epoch is used twice");
    for (tenant, first) in [(acme, 1), (other, 2)] {
        let kept = store.rollout(all(tenant), id(first)).await.unwrap();
        assert_eq!(kept.entries.len(), 40, "J1");
        // A second one follows the first of its own line alone.
        for (own, parent) in [(10 + first, first), (20 + first, 3 - first)] {
            store.keep_rollout(all(tenant), &new(own, Some(parent)), at(3)).await.unwrap();
            let approved = store.approve_rollout(all(tenant), id(own), &approval()).await;
            assert_eq!(approved.is_ok(), parent == first, "J4: {approved:?}");
            let made = by_journal(&url, move |it| {
                it.lease(id(own), "next").unwrap();
                it.make_current(id(own))
            });
            let made = made.await;
            assert_eq!(made.is_ok(), parent == first, "J4: {made:?}");
        }
    }
}

/// Everything that a tenant could notice of somebody else.
async fn seen_of(
    store: &Store,
    url: &StoreUrl,
    tenant: TenantId,
    first: u8,
) -> (Option<BlueprintId>, Result<u64, String>, RolloutMark, usize) {
    let mark = store.rollout_mark(all(tenant), id(first)).await.unwrap();
    let own = RolloutsSeen { tenant, unowned: false };
    let listed = store.rollouts(own).await.unwrap().len();
    let (current, appended) = by_journal(url, move |it| {
        let held = it.lease(id(first), "late").map_err(|error| error.to_string());
        (it.current(Line::Tenant(tenant.0)).unwrap(), held.map(|it| it.epoch))
    })
    .await;
    (current, appended, mark, listed)
}

pub(crate) async fn are_each_the_business_of_one_tenant(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, other] = tenants(&url).await;
    store.keep_rollout(all(other), &new(200, None), at(1)).await.unwrap();
    let held = url.clone();
    // The executor of the other one lives all the time.
    let (mut executor, lease) = tokio::task::spawn_blocking(move || {
        let mut executor = StoreJournal::open(&held).unwrap();
        let lease = executor.lease(id(200), "theirs").unwrap();
        executor.make_current(id(200)).unwrap();
        (Living(Some(executor)), lease)
    })
    .await
    .unwrap();
    let before = seen_of(&store, &url, other, 200).await;
    assert_eq!(before.0, Some(id(200)));
    // Whatever this one does with whatever is its own, or was nobody's, or is theirs.
    let mut seed = 1_u64;
    let mut draw = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for _ in 0..40 {
        let first = [1, 2, 3, 200][usize::try_from(draw(4)).unwrap()];
        let parent = [None, Some(1), Some(200)][usize::try_from(draw(3)).unwrap()];
        match draw(6) {
            0 => drop(store.keep_rollout(all(acme), &new(first, parent), at(2)).await),
            1 => drop(store.approve_rollout(all(acme), id(first), &approval()).await),
            2 => {
                let said = ("ana", Command::Pause);
                drop(
                    store.command_rollout(all(acme), id(first), said, |_, _| Ok(true), at(3)).await,
                );
            }
            3 => drop(store.drop_before(acme, at(4)).await),
            // On the command line nobody is asked who they are; but what is theirs is not named there.
            kind if first != 200 => {
                by_journal(&url, move |it| {
                    if kind == 4 {
                        drop(it.keep(Line::Unowned, id(first), parent.map(id), b"a blueprint"));
                    }
                    drop(it.lease(id(first), "ours").map(|lease| {
                        drop(it.make_current(id(first)));
                        drop(it.append(lease, id(first), at(5), &wave(1)));
                        it.append(lease, id(200), at(5), &wave(1)).expect_err("J3")
                    }));
                })
                .await;
            }
            _ => {}
        }
        assert_eq!(seen_of(&store, &url, other, 200).await, before, "J4, RO3");
    }
    let mine = by_journal(&url, move |it| it.current(Line::Tenant(acme.0)).unwrap()).await;
    assert!(mine.is_some(), "it did something");
    let appended = tokio::task::spawn_blocking(move || {
        executor.0.as_mut().unwrap().append(lease, id(200), at(6), &wave(2))
    });
    assert_eq!(appended.await.unwrap().unwrap(), 1, "J3: their executor goes on");
}

pub(crate) async fn keep_what_was_begun_in_them(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, _] = tenants(&url).await;
    by_journal(&url, |it| {
        for (first, parent) in [(1, None), (2, Some(1)), (3, None), (4, None)] {
            it.keep(Line::Unowned, id(first), parent.map(id), b"a blueprint").unwrap();
        }
        // One is current, another has an entry.
        it.make_current(id(1)).unwrap();
        let lease = it.lease(id(3), "somebody").unwrap();
        it.append(lease, id(3), at(1), &wave(0)).unwrap();
    })
    .await;
    let give = async |first| store.keep_rollout(all(acme), &new(first, None), at(2)).await;
    for (first, why) in [(1, "begun"), (3, "begun"), (2, "follows")] {
        let StoreError::Conflict { what } = give(first).await.unwrap_err() else { panic!("RO3") };
        assert!(what.contains(why), "RO3: {first}: {what}");
    }
    assert!(give(4).await.unwrap());
    assert!(!give(4).await.unwrap(), "twice is once");
    let lines = by_journal(&url, |it| [1, 2, 3, 4].map(|first| it.line(id(first)).unwrap())).await;
    let own = Line::Tenant(acme.0);
    assert_eq!(lines, [Line::Unowned, Line::Unowned, Line::Unowned, own].map(Some), "RO3");
    // What is left on the command line goes on there.
    let (current, went_on) = by_journal(&url, move |it| {
        (it.current(own).unwrap(), it.make_current(id(2)).and_then(|()| it.make_current(id(4))))
    })
    .await;
    assert_eq!(current, None);
    went_on.unwrap();
}
