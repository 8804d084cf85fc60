//! Backups and checks.

use exward_store::store::{Problem, Role};
use exward_store::{Engine, StoreUrl};
use sha2::{Digest as _, Sha256};
use sqlx::{Row as _, query};

use crate::{behind, open, people, tenants};

mod journal;
mod older;

pub(crate) use journal::{
    a_changed_journal_is_seen, a_journal_is_missing_before, a_journal_is_never_written_over,
    a_journal_is_restored_as_it_was,
};
pub(crate) use older::an_older_backup_is_migrated;

pub(crate) async fn a_backup_has_every_row_and_says_so(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, _] = tenants(&url).await;
    people::add(&store, "ana", Role::Viewer, Some(acme)).await;
    let mut text = Vec::new();
    assert_eq!(store.backup(&mut text).await.unwrap(), 5, "2 tenants, a person, its note, the tip");
    let text = String::from_utf8(text).unwrap();
    let (all, last) = text.trim_end().rsplit_once('\n').unwrap();
    let digest: String =
        Sha256::digest(format!("{all}\n")).iter().map(|it| format!("{it:02x}")).collect();
    assert_eq!(last, format!("{{\"rows\":5,\"sha256\":\"{digest}\"}}"));
    assert!(all.contains("\n[\"person\",1,1,\"ana\",\"viewer\",\"a hash\","), "{all}");
    let mut again = Vec::new();
    store.backup(&mut again).await.unwrap();
    assert_eq!(text.as_bytes(), again, "B2");
}

pub(crate) async fn a_check_finds_what_was_changed(url: StoreUrl) {
    let store = open(&url).await;
    people::add(&store, "root", Role::Admin, None).await;
    assert_eq!(store.check().await.unwrap().problems, []);
    let mut behind = behind(&url).await;
    query("UPDATE audit_tip SET sequence = 7").execute(&mut behind).await.unwrap();
    for (digest, body) in [(Sha256::digest("a"), "a"), (Sha256::digest("b"), "changed")] {
        let add = query("INSERT INTO imprint (digest, body) VALUES ($1, $2)");
        add.bind(digest.to_vec()).bind(body).execute(&mut behind).await.unwrap();
    }
    let found = store.check().await.unwrap();
    let [Problem::Body { table: "imprint", id: 2 }, Problem::Audit(_)] = found.problems[..] else {
        panic!("{found:?}");
    };
    assert!(found.rows.contains(&("person", 1)));
}

pub(crate) async fn no_table_or_column_is_forgotten(url: StoreUrl) {
    let store = open(&url).await;
    store.make_journal().await.unwrap();
    let mut text = Vec::new();
    store.backup(&mut text).await.unwrap();
    let first = String::from_utf8(text).unwrap().lines().next().unwrap().to_owned();
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    let mut listed: Vec<(String, String)> = Vec::new();
    for (table, columns) in first["tables"].as_object().unwrap() {
        for column in columns.as_array().unwrap() {
            listed.push((table.clone(), column.as_str().unwrap().to_owned()));
        }
    }
    listed.sort();
    let text = match url.engine() {
        Engine::Sqlite => {
            "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'store_schema'"
        }
        Engine::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) \
             FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name NOT IN ('store_schema', 'journal_schema')"
        }
    };
    let rows = query(text).fetch_all(&mut behind(&url).await).await.unwrap();
    let mut real: Vec<(String, String)> = rows.iter().map(|it| (it.get(0), it.get(1))).collect();
    real.sort();
    assert_eq!(listed, real);
}

pub(crate) async fn what_is_restored_is_equal(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, _] = tenants(&url).await;
    people::add(&store, "ana", Role::Viewer, Some(acme)).await;
    let mut text = Vec::new();
    store.backup(&mut text).await.unwrap();
    let refused = store.restore(&mut &text[..]).await.unwrap_err();
    assert!(refused.to_string().contains("is not empty"), "{refused}");
    let dir = tempfile::tempdir().unwrap();
    let other = open(&StoreUrl::Sqlite(dir.path().join("other.db"))).await;
    // Cut, or changed, it leaves the store empty.
    let cut = text.len() - 80;
    let changed = String::from_utf8(text.clone()).unwrap().replace("viewer", "admin");
    for bad in [&text[..cut], changed.as_bytes(), b""] {
        assert!(other.restore(&mut &bad[..]).await.is_err());
        assert!(!other.is_set_up().await.unwrap());
    }
    other.restore(&mut &text[..]).await.unwrap();
    let mut again = Vec::new();
    other.backup(&mut again).await.unwrap();
    assert_eq!(text, again, "B2");
    // Back into this engine, where the next id must be a new one.
    let fresh = crate::again(&url).await;
    let back = open(&fresh).await;
    back.restore(&mut &again[..]).await.unwrap();
    let mut third = Vec::new();
    back.backup(&mut third).await.unwrap();
    assert_eq!(text, third, "B2");
    people::add(&back, "ole", Role::Viewer, None).await;
    assert_eq!(back.check().await.unwrap().problems, []);
}
