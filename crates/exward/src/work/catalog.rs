//! The catalog in force. Another one, built in or in the folder of `--catalog`, has everything judged again.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use exward_core::catalog::Catalog;
use exward_read::catalog::write;
use exward_store::StoreError;
use exward_store::store::NewJob;
use sha2::{Digest as _, Sha256};
use tokio::time::Duration;

use super::{REASSESS, Workshop};
use crate::cli::load;
use crate::output;

/// How often the folder of the catalog is looked at.
const LOOK: Duration = Duration::from_secs(30);

const SECONDS_OF_AN_HOUR: i64 = 3_600;

/// The catalog in force. Cheap to clone; all clones see the newest.
#[derive(Clone)]
pub(crate) struct Current {
    /// Where it is from; `None`: it is built in and never changes.
    dir: Option<PathBuf>,
    now: Arc<RwLock<Arc<Catalog>>>,
}

impl Current {
    /// Begins with this one, from this folder.
    pub(crate) fn new(catalog: Catalog, dir: Option<PathBuf>) -> Self {
        Self { dir, now: Arc::new(RwLock::new(Arc::new(catalog))) }
    }

    /// The one in force.
    pub(crate) fn get(&self) -> Arc<Catalog> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the folder again. A catalog with a mistake in it changes nothing, and is told.
    fn refresh(&self) {
        let Some(dir) = &self.dir else { return };
        match load(Some(dir)) {
            Ok(catalog) => {
                *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(catalog);
            }
            Err(error) => {
                let told = super::told(&error);
                output::warn(&format!("the catalog stays as it was: {told}"));
            }
        }
    }
}

/// What tells catalogs apart: the SHA-256 of all their facts.
pub(super) fn digest(catalog: &Catalog) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (name, text) in write(catalog.facts()) {
        hash.update(name);
        hash.update([0]);
        hash.update(text);
        hash.update([0]);
    }
    hash.finalize().into()
}

impl Workshop {
    /// Puts the job that judges everything again, once for each catalog, whoever sees it first.
    pub(super) async fn look_at_catalog(&self) -> Result<Duration, StoreError> {
        let current = self.catalog.clone();
        let looked = tokio::task::spawn_blocking(move || {
            current.refresh();
            let catalog = current.get();
            (digest(&catalog), catalog.as_of())
        });
        // It ends early only by a panic, which was told.
        let Ok((digest, as_of)) = looked.await else { return Ok(LOOK) };
        let now = self.now();
        let in_force = self.store.catalog_in_force().await?;
        // What is judged is noted when all of it is, so that dying in between repeats the work: within the
        // hour for another catalog, and each day for the same one, since support ends by the day.
        let day = self.clock.today();
        let when = if in_force == Some(digest) {
            day.to_string()
        } else {
            format!("{day} hour {}", now.as_second() / SECONDS_OF_AN_HOUR)
        };
        let key = format!("catalog {} {when}", hex(&digest));
        let payload = format!("{{\"as_of\":\"{as_of}\"}}");
        let job = NewJob {
            tenant: None,
            kind: REASSESS,
            payload: &payload,
            once_key: Some(&key),
            due_at: now,
            made_by: "exward",
        };
        self.store.put_job(&job, now).await?;
        Ok(LOOK)
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|it| format!("{it:02x}")).collect()
}
