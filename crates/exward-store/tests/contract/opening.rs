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
