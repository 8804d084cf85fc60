//! A folder into which feeds and exports are dropped: `DIR/report.csv`, or `DIR/TENANT/report.csv`.
//!
//! A file is read once it has stayed the same for one look: whoever copies it there is done by then. What it is
//! stays as it is: nothing is moved or removed. The same content is read once, under whatever name it comes again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use exward_store::StoreError;
use exward_store::store::NewJob;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{IMPORT, Workshop};
use crate::keeping::TENANT_DEFAULT;
use crate::output;

/// Files of one look.
const FILES_MAX: usize = 1_000;

/// Size and last change of files at the last look, and whether they were read.
type Looks = BTreeMap<PathBuf, (u64, Option<Timestamp>, bool)>;

/// What was seen at the last look.
static SEEN: Mutex<Looks> = Mutex::new(BTreeMap::new());

impl Workshop {
    /// Puts a job for each new file.
    pub(super) async fn look_at_folder(&self) -> Result<(), StoreError> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let settled = tokio::task::spawn_blocking(move || settled(&folder)).await;
        for dropped in settled.unwrap_or_default() {
            self.put(&dropped).await?;
            let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, _, is_read)) = seen.get_mut(&dropped.path) {
                *is_read = true;
            }
        }
        Ok(())
    }

    async fn put(&self, dropped: &Dropped) -> Result<(), StoreError> {
        let name = dropped.path.display().to_string();
        let Some(tenant) = self.store.tenant(&dropped.tenant).await? else {
            let tenant = &dropped.tenant;
            let told = format!("{name} is not read: there is no tenant `{tenant}`");
            output::warn(&crate::plain::line(&told));
            return Ok(());
        };
        let now = self.now();
        let payload = json!({ "path": name, "at": now.to_string() }).to_string();
        let job = NewJob {
            tenant: Some(tenant.id),
            kind: IMPORT,
            payload: &payload,
            once_key: None,
            due_at: now,
            made_by: "watched folder",
        };
        self.store.put_dropped(tenant.id, &dropped.digest, &name, &job, now).await?;
        Ok(())
    }
}

/// A file that is whole.
struct Dropped {
    path: PathBuf,
    tenant: String,
    digest: [u8; 32],
}

/// Files that are the same as at the last look and were not read yet.
fn settled(folder: &Path) -> Vec<Dropped> {
    let mut files = files(folder, TENANT_DEFAULT);
    for dir in entries(folder).into_iter().filter(|it| it.is_dir()) {
        if let Some(tenant) = dir.file_name().and_then(|it| it.to_str()) {
            files.extend(self::files(&dir, tenant));
        }
    }
    files.truncate(FILES_MAX);
    let mut before = std::mem::take(&mut *SEEN.lock().unwrap_or_else(PoisonError::into_inner));
    let mut now = Looks::new();
    let mut settled = Vec::new();
    for (path, tenant) in files {
        let Ok(about) = fs::metadata(&path) else { continue };
        let look = (about.len(), about.modified().ok().and_then(|it| it.try_into().ok()));
        let (is_same, was_read) = match before.remove(&path) {
            Some((size, changed, was_read)) => ((size, changed) == look, was_read),
            None => (false, false),
        };
        if is_same
            && !was_read
            && let Ok(digest) = digest(&path)
        {
            settled.push(Dropped { path: path.clone(), tenant, digest });
        }
        now.insert(path, (look.0, look.1, is_same && was_read));
    }
    *SEEN.lock().unwrap_or_else(PoisonError::into_inner) = now;
    settled
}

/// The files of a folder, by name, without hidden ones.
fn files(dir: &Path, tenant: &str) -> Vec<(PathBuf, String)> {
    let files = entries(dir).into_iter().filter(|it| it.is_file());
    files.map(|it| (it, tenant.to_owned())).collect()
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let shown = read.filter(|it| !it.file_name().to_string_lossy().starts_with('.'));
    let mut paths: Vec<PathBuf> = shown.map(|it| it.path()).collect();
    paths.sort();
    paths
}

fn digest(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let (mut hash, mut block) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(block.get(..read).unwrap_or_default()),
        }
    }
}
