//! Where a test has its store: a new file, or a new database.

use std::process::{Command, Stdio};

use exward_store::{Store, StoreUrl};
use tokio::runtime::{Builder, Runtime};

/// Gone, with everything in it, when this is dropped.
pub(crate) struct Place {
    /// For files beside the store as well.
    pub(crate) folder: tempfile::TempDir,
    pub(crate) url: String,
    /// The server of the database, and its name.
    database: Option<(String, String)>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("a store.db").display().to_string();
        Self { folder, url, database: None }
    }

    /// A new database of this name on the server for tests.
    pub(crate) fn postgres(name: &str) -> Self {
        let server = std::env::var("EXWARD_TEST_POSTGRES").unwrap();
        let name = format!("exward_{name}_{}", std::process::id());
        psql(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        psql(&server, &format!("CREATE DATABASE {name}"));
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        let folder = tempfile::tempdir().unwrap();
        Self { folder, url, database: Some((server, name)) }
    }

    /// A database that somebody else makes, and removes.
    pub(crate) fn at(url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, url: url.to_owned(), database: None }
    }

    /// A file beside the store.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Opens it in this process.
    pub(crate) fn open(&self) -> Opened {
        Opened::of(&self.url)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.database {
            psql(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn psql(server: &str, text: &str) {
    let ran = Command::new("psql")
        .args([server, "-qc", text])
        .env("PGOPTIONS", "-c client_min_messages=warning")
        .stdin(Stdio::null())
        .status();
    assert!(ran.unwrap().success(), "{text}");
}

/// A store of this process, asked from code that is not async. Closed when it is dropped.
pub(crate) struct Opened {
    pub(crate) store: Store,
    runtime: Runtime,
}

impl Opened {
    pub(crate) fn of(url: &str) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let url: StoreUrl = url.parse().unwrap();
        let store = runtime.block_on(Store::open(&url)).unwrap();
        Self { store, runtime }
    }

    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.runtime.block_on(self.store.close());
    }
}
