//! The audit log.

use exward_store::store::{AuditFault, Note, TenantId};
use exward_store::{Engine, Store, StoreUrl};
use sqlx::{AnyConnection, AssertSqlSafe, raw_sql};

use crate::{at, behind, open, tenants};

async fn note(store: &Store, tenant: Option<TenantId>, detail: &str) -> i64 {
    let note = Note { tenant, actor: "ana", action: "test", subject: "it", detail };
    store.audit_note(&note, at(5)).await.unwrap()
}

pub(crate) async fn rows_are_chained_by_many_at_once(url: StoreUrl) {
    let stores = [open(&url).await, open(&url).await];
    let writing: Vec<_> = (0..4)
        .map(|which| {
            let store = stores[which % 2].clone();
            tokio::spawn(async move {
                for _ in 0..25 {
                    note(&store, None, "hello").await;
                }
            })
        })
        .collect();
    for one in writing {
        one.await.unwrap();
    }
    let whole = stores[0].audit_verify().await.unwrap().unwrap();
    assert_eq!(whole.rows, 100, "L2");
    assert_eq!(stores[1].audit(None, None, 1).await.unwrap()[0].checksum, whole.checksum);
}

pub(crate) async fn is_listed_by_tenant_newest_first(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, other] = tenants(&url).await;
    for (tenant, detail) in [(None, "1"), (Some(acme), "2"), (Some(other), "3"), (Some(acme), "4")]
    {
        note(&store, tenant, detail).await;
    }
    let seen = async |within, before, limit| -> Vec<i64> {
        let rows = store.audit(within, before, limit).await.unwrap();
        rows.iter().map(|it| it.sequence).collect()
    };
    assert_eq!(seen(None, None, 3).await, [4, 3, 2]);
    assert_eq!(seen(None, Some(2), 3).await, [1]);
    assert_eq!(seen(Some(acme), None, 9).await, [4, 2], "S3");
    let long = format!("{}\0", "ä".repeat(3000));
    note(&store, None, &long).await;
    note(&store, None, "a\0b").await;
    let rows = store.audit(None, None, 2).await.unwrap();
    assert_eq!((rows[0].detail.as_str(), rows[1].detail.len()), ("a\u{fffd}b", 4096));
    assert!(store.audit_verify().await.unwrap().is_ok());
}

pub(crate) async fn is_append_only(url: StoreUrl) {
    let store = open(&url).await;
    note(&store, None, "1").await;
    let mut behind = behind(&url).await;
    for text in ["UPDATE audit SET detail = 'x'", "DELETE FROM audit"] {
        let refused = raw_sql(text).execute(&mut behind).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "L1: {refused}");
    }
}

/// Changes rows as somebody would who can write to the database: without the triggers.
async fn tamper(url: &StoreUrl, connection: &mut AnyConnection, text: &str) {
    let (off, on) = match url.engine() {
        Engine::Sqlite => (
            "DROP TRIGGER audit_stays; DROP TRIGGER audit_remains",
            "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'x'); END; \
             CREATE TRIGGER audit_remains BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'x'); END",
        ),
        Engine::Postgres => (
            "ALTER TABLE audit DISABLE TRIGGER audit_stays",
            "ALTER TABLE audit ENABLE TRIGGER audit_stays",
        ),
    };
    for text in [off, text, on] {
        raw_sql(AssertSqlSafe(text.to_owned())).execute(&mut *connection).await.unwrap();
    }
}

pub(crate) async fn what_was_done_behind_its_back_is_found(url: StoreUrl) {
    let store = open(&url).await;
    for detail in ["1", "2", "3", "4"] {
        note(&store, None, detail).await;
    }
    let mut behind = behind(&url).await;
    let swap = "UPDATE audit SET sequence = sequence + 100 WHERE sequence = 4";
    let back = "UPDATE audit SET sequence = 4 WHERE sequence = 104";
    let early = "UPDATE audit_tip SET sequence = 3, \
                 checksum = (SELECT checksum FROM audit WHERE sequence = 3)";
    let right = "UPDATE audit_tip SET sequence = 4, \
                 checksum = (SELECT checksum FROM audit WHERE sequence = 4)";
    // What is done, where it is found and how, and what undoes it.
    for (text, at, why, undo) in [
        (
            "UPDATE audit SET detail = 'x' WHERE sequence = 2",
            2,
            AuditFault::Changed,
            "UPDATE audit SET detail = '2' WHERE sequence = 2",
        ),
        (
            "UPDATE audit SET tenant = 0 WHERE sequence = 1",
            1,
            AuditFault::Changed,
            "UPDATE audit SET tenant = NULL WHERE sequence = 1",
        ),
        (
            "UPDATE audit SET actor = 'an', action = 'atest' WHERE sequence = 3",
            3,
            AuditFault::Changed,
            "UPDATE audit SET actor = 'ana', action = 'test' WHERE sequence = 3",
        ),
        (swap, 4, AuditFault::Missing, back),
        (early, 4, AuditFault::Tip, right),
        (
            "DELETE FROM audit_tip",
            4,
            AuditFault::Tip,
            "INSERT INTO audit_tip SELECT 1, sequence, checksum FROM audit WHERE sequence = 4",
        ),
        ("DELETE FROM audit WHERE sequence = 4", 4, AuditFault::Cut, early),
        ("DELETE FROM audit WHERE sequence = 2", 2, AuditFault::Missing, ""),
    ] {
        tamper(&url, &mut behind, text).await;
        let broken = store.audit_verify().await.unwrap().unwrap_err();
        assert_eq!((broken.at, broken.why), (at, why), "L1: {text}");
        tamper(&url, &mut behind, undo).await;
        if !undo.is_empty() {
            assert!(store.audit_verify().await.unwrap().is_ok(), "L1: {undo}");
        }
    }
}
