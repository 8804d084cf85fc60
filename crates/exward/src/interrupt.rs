//! Ctrl-C: finish the server at hand, then stop.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Watches for Ctrl-C from now on. A second Ctrl-C ends the process at once.
pub(crate) fn watch() {
    // A handler can only be set once per process; a second call changes nothing.
    let _already_set = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    });
}

/// True once Ctrl-C was pressed.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// As if Ctrl-C had been pressed: for whoever watches for it in another way.
pub(crate) fn ask() {
    ASKED.store(true, Ordering::SeqCst);
}
