//! Backups of the journal of rollouts.

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{Approval, Command, Entry, Journal as _, Line};
use exward_store::store::{NewRollout, Problem, RolloutsSeen, TenantId};
use exward_store::{Store, StoreError, StoreJournal, StoreUrl};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::raw_sql;

use super::older::older;
use crate::{Living, at, behind, by_journal, open, tenants};

/// More than one statement takes.
const ENTRIES: u32 = 510;

const BYTES: &[u8] = b"{\"a\":\"blueprint\"}\n";

fn id(first: u8) -> BlueprintId {
    BlueprintId([first; 32])
}

const fn of(tenant: TenantId) -> RolloutsSeen {
    RolloutsSeen { tenant, unowned: false }
}

pub(super) async fn backed_up(store: &Store) -> String {
    let mut text = Vec::new();
    store.backup(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

/// Two rollouts of a tenant and one of nobody, begun, approved and paused; who carries one out lives on.
async fn rolled_out(url: &StoreUrl, store: &Store) -> (TenantId, Living) {
    let [acme, _] = tenants(url).await;
    for (first, parent) in [(1, None), (2, Some(id(1)))] {
        let new = NewRollout { id: id(first), parent, bytes: BYTES, by: "olaf" };
        store.keep_rollout(of(acme), &new, at(1)).await.unwrap();
    }
    let approval = Approval { by: "ana".to_owned(), at: at(2), until: at(9) };
    store.approve_rollout(of(acme), id(1), &approval).await.unwrap();
    let said = ("ana", Command::Pause);
    store.command_rollout(of(acme), id(1), said, |_, _| Ok(true), at(3)).await.unwrap();
    let url = url.clone();
    let executor = tokio::task::spawn_blocking(move || {
        let mut journal = StoreJournal::open(&url).unwrap();
        journal.keep(Line::Unowned, id(3), None, BYTES).unwrap();
        journal.lease(id(3), "of nobody").unwrap();
        let lease = journal.lease(id(1), "of acme").unwrap();
        journal.make_current(id(1)).unwrap();
        for wave in 0..ENTRIES {
            journal.append(lease, id(1), at(4), &Entry::WaveBegan { wave }).unwrap();
        }
        Living(Some(journal))
    });
    (acme, executor.await.unwrap())
}

pub(crate) async fn a_journal_is_restored_as_it_was(url: StoreUrl) {
    let store = open(&url).await;
    let (acme, _executor) = rolled_out(&url, &store).await;
    let text = backed_up(&store).await;
    let directory = tempfile::tempdir().unwrap();
    for place in [StoreUrl::Sqlite(directory.path().join("other.db")), crate::again(&url).await] {
        let other = open(&place).await;
        other.restore(&mut text.as_bytes()).await.unwrap();
        assert_eq!(backed_up(&other).await, text, "B2");
        assert_eq!(other.check().await.unwrap().problems, []);
        assert_eq!(other.rollout(of(acme), id(1)).await.unwrap().commands.len(), 1);
        let epoch = by_journal(&place, move |journal| {
            let own = Line::Tenant(acme.0);
            assert_eq!(journal.current(own).unwrap(), Some(id(1)), "J4");
            assert_eq!(journal.line(id(2)).unwrap(), Some(own));
            assert_eq!(journal.entries(id(1)).unwrap().len(), ENTRIES as usize, "J1");
            // Nobody holds it there, and no epoch is used twice.
            let lease = journal.lease(id(1), "of another").unwrap();
            journal.append(lease, id(1), at(5), &Entry::Finished).unwrap();
            lease.epoch
        });
        assert_eq!(epoch.await, 3, "J3");
        for (sql, want) in [
            ("UPDATE entry SET body = ''", "entries are never changed"),
            ("DELETE FROM lease", "leases are never removed"),
            ("UPDATE blueprint SET line = 0 WHERE line > 0", "blueprints stay in their line"),
        ] {
            let refused = raw_sql(sql).execute(&mut behind(&place).await).await.unwrap_err();
            assert!(refused.to_string().contains(want), "J1: {sql}: {refused}");
        }
    }
}

/// The lines with a last one that fits them.
pub(super) fn signed(lines: &[String]) -> String {
    let all: String = lines.iter().map(|it| format!("{it}\n")).collect();
    let digest: String = Sha256::digest(&all).iter().map(|it| format!("{it:02x}")).collect();
    format!("{all}{}\n", json!({ "rows": lines.len() - 1, "sha256": digest }))
}

pub(super) fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.pop();
    lines
}

pub(crate) async fn a_changed_journal_is_seen(url: StoreUrl) {
    let store = open(&url).await;
    let (acme, _executor) = rolled_out(&url, &store).await;
    let text = backed_up(&store).await;
    assert_eq!(signed(&lines(&text)), text, "this is how it is signed");
    let changed = signed(&lines(&text.replace("\\\"wave\\\":7}", "\\\"wave\\\":8}")));
    assert_ne!(changed, text);
    let other = open(&crate::again(&url).await).await;
    // With a gap it cannot be written at all, and nothing is left of it.
    let cut: Vec<String> =
        lines(&text).into_iter().filter(|it| !it.contains("\\\"wave\\\":7}")).collect();
    let refused = other.restore(&mut signed(&cut).as_bytes()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Database { .. }), "{refused}");
    other.restore(&mut changed.as_bytes()).await.unwrap();
    let read = other.rollout(of(acme), id(1)).await.unwrap_err();
    assert!(matches!(read, StoreError::Journal { .. }), "J1: {read}");
    let found = other.check().await.unwrap().problems;
    assert!(
        matches!(&found[..], [Problem::Journal(what)] if what.contains("entry 8")),
        "{found:?}"
    );
}

pub(crate) async fn a_journal_is_missing_before(url: StoreUrl) {
    let store = open(&url).await;
    let (acme, _executor) = rolled_out(&url, &store).await;
    let journal = ["blueprint", "approval", "current", "lease", "entry", "tip", "command"];
    let lines = lines(&backed_up(&store).await);
    let mut lines = older(&lines);
    let mut first: Value = serde_json::from_str(&lines[0]).unwrap();
    first["tables"].as_object_mut().unwrap().retain(|name, _| !journal.contains(&name.as_str()));
    let of_journal = |line: &str| journal.iter().any(|it| line.starts_with(&format!("[\"{it}\",")));
    // One that says it has no journal, and has.
    lines[0] = first.to_string();
    let place = crate::again(&url).await;
    let other = open(&place).await;
    let refused = other.restore(&mut signed(&lines).as_bytes()).await.unwrap_err();
    assert!(refused.to_string().contains("of no table"), "{refused}");
    lines.retain(|it| !of_journal(it));
    other.restore(&mut signed(&lines).as_bytes()).await.unwrap();
    assert_eq!(other.rollouts(of(acme)).await.unwrap(), []);
    // Whose a rollout was is known: the same blueprint comes into its line again.
    by_journal(&place, move |journal| {
        let line = journal.line(id(1)).unwrap();
        assert_eq!(line, Some(Line::Tenant(acme.0)));
        journal.keep(line.unwrap(), id(1), None, BYTES).unwrap();
    })
    .await;
    assert_eq!(other.rollouts(of(acme)).await.unwrap().len(), 1);
    assert_eq!(other.check().await.unwrap().problems, []);
}

pub(crate) async fn a_journal_is_never_written_over(url: StoreUrl) {
    let store = open(&url).await;
    let text = backed_up(&store).await;
    by_journal(&url, |it| it.keep(Line::Unowned, id(1), None, BYTES).unwrap()).await;
    let refused = store.restore(&mut text.as_bytes()).await.unwrap_err();
    assert!(refused.to_string().contains("is not empty"), "{refused}");
    // A store without a journal has the same form; what is restored of it has one that is empty.
    let other = open(&crate::again(&url).await).await;
    other.restore(&mut text.as_bytes()).await.unwrap();
    assert_eq!(backed_up(&other).await, text, "B2");
}
