//! Opening and migrating.

use exward_store::{Store, StoreUrl};

use crate::open;

pub(crate) async fn opens_again(url: StoreUrl) {
    open(&url).await.close().await;
    let store = open(&url).await;
    assert_eq!(store.engine(), url.engine());
    store.close().await;
}

pub(crate) async fn is_migrated_by_many_at_once(url: StoreUrl) {
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Store::open(&url).await.map(|_| ()) })
        })
        .collect();
    for one in opening {
        one.await.unwrap().unwrap();
    }
}

#[test]
fn a_file_that_is_none_of_ours_is_named_and_left_alone() {
    for (bytes, want) in [
        (b"text that is long enough to be none of a database".repeat(9), "is damaged: SQLite says"),
        (b"SQLite format 3\0".to_vec(), "is damaged: SQLite says"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("it.db");
        std::fs::write(&path, &bytes).unwrap();
        let opened = crate::runtime().block_on(Store::open(&StoreUrl::Sqlite(path.clone())));
        let said = opened.unwrap_err().to_string();
        assert!(said.contains(want) && said.contains("restore a backup"), "{said}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}
