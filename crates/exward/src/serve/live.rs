//! Parts of pages that stay fresh: events for the browser, whose data is the part of the page that `live.js` puts in
//! its place. The page says the same when it is loaded.
//!
//! # Invariants
//! * **LV1 one reader.** However many follow the same thing, one task asks the store for it, and it ends when nobody
//!   follows any more.
//! * **LV2 as signed in.** Whoever follows gets what the page would show them; with the session the stream ends.
//! * **LV3 bounded.** A person and all people have so many seats; a look rests for a while that grows with its cost.

mod follower;
mod seats;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::time::{Instant, timeout};

pub(crate) use follower::follow;
pub(crate) use seats::Seats;

use super::access::Caller;
use super::error::WebError;
use super::limits::{LIVE_LOOK, LIVE_REST};
use super::state::App;
use super::{activity, rollouts, views};

/// Something that can be followed.
pub(crate) trait Followed: Clone + Send + Sync + 'static {
    /// What tells it from others: whoever follows the same hears the same task.
    type Key: Ord + Clone + Send + Sync + 'static;
    /// What is found there.
    type Looked: Send + Sync + 'static;

    fn key(&self) -> Self::Key;

    /// Where those who follow such things are.
    fn hub(app: &App) -> &Hub<Self>;

    /// As it is now; `last` itself while nothing is new.
    ///
    /// # Errors
    /// [`WebError::NotFound`]: it is not there any more, and nobody hears more of it; or the store's.
    fn look(
        &self,
        app: &App,
        last: Option<Arc<Self::Looked>>,
    ) -> impl Future<Output = Result<Arc<Self::Looked>, WebError>> + Send;

    /// Whether both show the same.
    fn is_same(a: &Arc<Self::Looked>, b: &Arc<Self::Looked>) -> bool {
        Arc::ptr_eq(a, b)
    }

    /// The part of the page for whoever asks; `None`: it cannot be made.
    fn part(&self, app: &App, caller: &Caller, heard: &Heard<Self::Looked>) -> Option<Told>;
}

/// What a browser is told.
pub(crate) enum Told {
    /// HTML that takes the place of the part.
    Part(String),
    /// What it shows may be old.
    Away,
}

/// All that is followed.
#[derive(Default)]
pub(crate) struct Hubs {
    pub(crate) rollouts: Hub<rollouts::live::Following>,
    pub(crate) estates: Hub<views::estate::Following>,
    pub(crate) activities: Hub<activity::Following>,
}

/// What those who follow are told.
pub(crate) struct Heard<T> {
    pub(crate) looked: Arc<T>,
    /// The store does not answer: it is as old as that.
    pub(crate) is_away: bool,
}

impl<T> Clone for Heard<T> {
    fn clone(&self) -> Self {
        Self { looked: Arc::clone(&self.looked), is_away: self.is_away }
    }
}

/// The tasks by what they look at, each with whom it tells.
type Tasks<F> = BTreeMap<<F as Followed>::Key, watch::Sender<Heard<<F as Followed>::Looked>>>;

/// All that is followed of one kind.
pub(crate) struct Hub<F: Followed>(Arc<Mutex<Tasks<F>>>);

impl<F: Followed> Default for Hub<F> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<F: Followed> Clone for Hub<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<F: Followed> Hub<F> {
    fn open(&self) -> MutexGuard<'_, Tasks<F>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the one task has found that looks at this.
    fn last(&self, what: &F) -> Option<Arc<F::Looked>> {
        self.open().get(&what.key()).map(|it| Arc::clone(&it.borrow().looked))
    }

    /// What the one task finds, which knows now what somebody has looked up; begins it where there is none.
    fn hear(
        &self,
        app: &App,
        what: &F,
        looked: Arc<F::Looked>,
    ) -> watch::Receiver<Heard<F::Looked>> {
        let mut tasks = self.open();
        if let Some(tell) = tasks.get(&what.key()) {
            tell_looked::<F>(tell, looked);
            return tell.subscribe();
        }
        let (tell, heard) = watch::channel(Heard { looked, is_away: false });
        tasks.insert(what.key(), tell.clone());
        drop(tasks);
        let task = Task { hub: self.clone(), what: what.clone(), tell };
        tokio::spawn(listen(app.clone(), task));
        heard
    }
}

/// The one task. However it ends, it is off the list then, and those who still follow are told that nothing more
/// comes.
struct Task<F: Followed> {
    hub: Hub<F>,
    what: F,
    tell: watch::Sender<Heard<F::Looked>>,
}

impl<F: Followed> Drop for Task<F> {
    fn drop(&mut self) {
        let (mut tasks, key) = (self.hub.open(), self.what.key());
        // Somebody may have begun another one since.
        if tasks.get(&key).is_some_and(|it| it.same_channel(&self.tell)) {
            tasks.remove(&key);
        }
    }
}

impl<F: Followed> Task<F> {
    /// Whether nobody follows any more; then it is off the list, and who comes now begins a new task.
    fn is_alone(&self) -> bool {
        let mut tasks = self.hub.open();
        let is_alone = self.tell.receiver_count() == 0;
        if is_alone {
            tasks.remove(&self.what.key());
        }
        is_alone
    }

    /// Tells what a look has come to. False: it is not there any more.
    fn tell(&self, looked: Result<Arc<F::Looked>, WebError>) -> bool {
        match looked {
            Ok(looked) => tell_looked::<F>(&self.tell, looked),
            Err(WebError::NotFound) => return false,
            Err(_) => {
                self.tell.send_if_modified(|heard| !std::mem::replace(&mut heard.is_away, true));
            }
        }
        true
    }
}

fn tell_looked<F: Followed>(tell: &watch::Sender<Heard<F::Looked>>, looked: Arc<F::Looked>) {
    tell.send_if_modified(|heard| {
        let is_new = heard.is_away || !F::is_same(&heard.looked, &looked);
        *heard = Heard { looked, is_away: false };
        is_new
    });
}

/// Looks again and again, until nobody follows or the server stops.
async fn listen<F: Followed>(app: App, task: Task<F>) {
    let mut ending = app.ending.clone();
    let mut rest = LIVE_LOOK;
    // An ending that nobody can say any more is one, too.
    while timeout(rest, ending.wait_for(|it| *it)).await.is_err() {
        if task.is_alone() {
            return;
        }
        let begin = Instant::now();
        let last = Arc::clone(&task.tell.borrow().looked);
        let looked = task.what.look(&app, Some(last)).await;
        rest = begin.elapsed().saturating_mul(LIVE_REST).max(LIVE_LOOK);
        if !task.tell(looked) {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
