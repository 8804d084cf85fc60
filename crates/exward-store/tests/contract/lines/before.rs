//! Journals that an exward wrote which knew one line for all.

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{Journal as _, Line};
use exward_store::{Engine, StoreJournal, StoreUrl};
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, raw_sql};

use super::{id, wave};
use crate::{at, behind, by_journal, open, tenants};

const SQLITE: &str = include_str!("../../../migrations/0001_journal.sql");
const POSTGRES: &str = include_str!("../../../migrations/0001_journal.postgres.sql");

/// An entry as it stood in the table, and the checksum of all until it.
fn entry(id: BlueprintId, number: u8) -> (String, Vec<u8>) {
    let (time, body) =
        (at(i64::from(number)).to_string(), serde_json::to_string(&wave(7)).unwrap());
    let mut hash = Sha256::new();
    hash.update(id.0);
    hash.update(u64::from(number).to_be_bytes());
    for text in [&time, &body] {
        hash.update(u64::try_from(text.len()).unwrap().to_be_bytes());
        hash.update(text);
    }
    let checksum = hash.finalize().to_vec();
    (format!("'{time}', '{body}'"), checksum)
}

/// Writes the schema of version 1, and three blueprints that were current one after the other, a fourth that
/// follows them, an entry of the first, an approval, a command and two leases.
async fn write_as_before(url: &StoreUrl) {
    let (schema, bytes) = match url.engine() {
        Engine::Sqlite => (SQLITE.to_owned(), "X'"),
        Engine::Postgres => (format!("{POSTGRES}; INSERT INTO journal_schema VALUES (1);"), "'\\x"),
    };
    let hex = |it: &[u8]| it.iter().map(|it| format!("{it:02x}")).collect::<String>();
    let mut text = schema;
    let parents =
        [(1, "NULL".to_owned()), (2, format!("'{}'", id(1))), (3, format!("'{}'", id(2)))];
    for (first, parent) in parents.into_iter().chain([(4, format!("'{}'", id(3)))]) {
        let file = hex(b"a blueprint");
        text +=
            &format!("INSERT INTO blueprint VALUES ('{}', {parent}, {bytes}{file}');", id(first));
    }
    let (one, now) = (id(1), at(1));
    let (row, checksum) = entry(one, 1);
    let checksum = hex(&checksum);
    text += &format!(
        "INSERT INTO current VALUES (1, '{three}');
         INSERT INTO lease VALUES (1, 'one:1'), (2, 'two:2');
         INSERT INTO entry VALUES ('{one}', 1, {row}, {bytes}{checksum}');
         INSERT INTO tip VALUES ('{one}', 1, {bytes}{checksum}');
         INSERT INTO approval VALUES ('{one}', 1, 'ana', '{now}', '{now}');
         INSERT INTO command VALUES ('{one}', 1, 1, '{now}', 'ana', '\"abort\"');",
        three = id(3)
    );
    raw_sql(AssertSqlSafe(text)).execute(&mut behind(url).await).await.unwrap();
}

/// What was written is there, and the next lease follows.
fn has_all(journal: &mut StoreJournal) {
    let entries = journal.entries(id(1)).unwrap();
    assert_eq!((entries.len(), &entries[0].entry), (1, &wave(7)), "J1");
    assert_eq!(journal.approvals(id(1)).unwrap().len(), 1);
    assert_eq!(journal.commands(id(1), 0).unwrap()[0].after_entry, 1);
    assert_eq!(journal.blueprint(id(4)).unwrap().as_deref(), Some(&b"a blueprint"[..]));
    assert_eq!(journal.lease(id(2), "next").unwrap().epoch, 3, "J3: epochs go on");
}

pub(crate) async fn an_older_journal_is_divided(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, other] = tenants(&url).await;
    store.close().await;
    write_as_before(&url).await;
    let owners = [(2, acme), (3, other), (4, other)].map(|(first, tenant)| {
        let (id, tenant) = (id(first), tenant.0);
        format!("INSERT INTO rollout (blueprint, tenant, made_at, made_by) VALUES ('{id}', {tenant}, 0, 'olaf');")
    });
    raw_sql(AssertSqlSafe(owners.concat())).execute(&mut behind(&url).await).await.unwrap();
    let place = url.clone();
    let read = tokio::task::spawn_blocking(move || StoreJournal::open_to_read(&place).map(drop));
    assert!(read.await.unwrap().is_err(), "it has no lines yet");
    // Whoever opens the store divides its journal, once however many do.
    let (store, ..) = tokio::join!(open(&url), open(&url), open(&url));
    by_journal(&url, move |it| {
        let [acme, other] = [acme, other].map(|it| Line::Tenant(it.0));
        let lines = [1, 2, 3, 4].map(|first| it.line(id(first)).unwrap());
        assert_eq!(lines, [Line::Unowned, acme, other, other].map(Some), "RO3");
        let current = [Line::Unowned, acme, other].map(|line| it.current(line).unwrap());
        assert_eq!(current, [1, 2, 3].map(|first| Some(id(first))), "J4: the last of each");
        assert_eq!(it.line_of_tenant("other").unwrap(), Some(other));
        assert_eq!(it.line_of_tenant("nobody").unwrap(), None);
        has_all(it);
        it.make_current(id(4)).unwrap();
    })
    .await;
    assert_eq!(store.rollouts(super::all(other)).await.unwrap().len(), 3);
}

pub(crate) async fn an_older_journal_becomes_one(url: StoreUrl) {
    // The drivers are there once something was opened.
    let directory = tempfile::tempdir().unwrap();
    drop(open(&StoreUrl::Sqlite(directory.path().join("other.db"))).await);
    if let StoreUrl::Sqlite(path) = &url {
        std::fs::write(path, b"").unwrap();
    }
    write_as_before(&url).await;
    // Somebody else's, who means something else.
    let foreign = "CREATE TABLE rollout (of_curtains BIGINT)";
    raw_sql(foreign).execute(&mut behind(&url).await).await.unwrap();
    by_journal(&url, |it| {
        assert_eq!(it.current(Line::Unowned).unwrap(), Some(id(3)), "J4");
        assert_eq!(it.line(id(2)).unwrap(), Some(Line::Unowned));
        assert_eq!(it.line_of_tenant("acme").unwrap(), None, "there are none");
        has_all(it);
    })
    .await;
}
