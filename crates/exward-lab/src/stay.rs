//! Serving an estate from a program without a runtime of its own, until somebody wants it to end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::estate::Estate;
use crate::fleet::Live;
use crate::serve::{LabError, Options, Running, serve_live};

/// How often it is looked whether the lab is to end.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Serves, calls `ready` when all faces listen, and stays until `wants_stop` or an error of `ready`. Gives what
/// had reached the faces: connections and requests.
///
/// # Errors
/// `Err(Ok(_))` is what `ready` gave; `Err(Err(_))` is why the estate could not be served.
pub fn serve_until<E>(
    estate: Arc<Estate>,
    live: Option<Live>,
    options: Options,
    ready: impl FnOnce(&Running) -> Result<(), E>,
    wants_stop: impl Fn() -> bool,
) -> Result<(u64, u64), Result<E, LabError>> {
    let started = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let start = |source: io::Error| Err(LabError::Start { source });
    started.map_err(start)?.block_on(async {
        let running = serve_live(estate, live, options).await.map_err(Err)?;
        ready(&running).map_err(Ok)?;
        while !wants_stop() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let counters = running.counters();
        let counted = (counters.connections(), counters.requests());
        running.stop().await;
        Ok(counted)
    })
}
