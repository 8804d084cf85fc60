//! The file that a database of SQLite is.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// A name of a file as a URL. Every byte that could mean something else there is escaped: `/a/../b` would
/// become `/b`, which is another file if `a` is a link.
pub(crate) fn url(name: &str, read_only: bool) -> String {
    let mut url = "sqlite:".to_owned();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() {
            url.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url + if read_only { "?mode=ro" } else { "?mode=rw" }
}

/// Creates the file if there is none. SQLite gives its -wal and -shm the same permissions.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    if path.try_exists()? {
        return Ok(());
    }
    open_private(path)?.sync_all()?;
    // The name is safe only when the directory is; Windows has no such call.
    if cfg!(unix)
        && let Some(directory) = path.parent()
    {
        // The parent of a bare name is empty, and stands for where one is.
        let here = Path::new(".");
        let directory = if directory.as_os_str().is_empty() { here } else { directory };
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

/// Opens a file that only its owner may read, and creates it if there is none.
pub(crate) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
