//! A rollout as it runs: events for the browser, whose data is the part of the page that `live.js` puts in its place.
//!
//! One task for each rollout asks the journal; whoever follows it gets what it finds (RW4), with their own forms.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use askama::Template as _;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use exward_core::blueprint::BlueprintId;
use exward_store::store::{RolloutsSeen, Tenant};
use futures_util::stream::{self, Stream};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, interval_at, timeout};

use super::look::{Looked, Looks};
use super::seats::{Seat, Seats};
use super::{One, named, seen, show};
use crate::serve::access::{Caller, Kind, Own, secret};
use crate::serve::error::WebError;
use crate::serve::limits::{LIVE_BEAT, LIVE_LOOK, LIVE_SESSION_LOOK};
use crate::serve::state::App;

/// What those who follow a rollout are told.
#[derive(Clone)]
struct Heard {
    looked: Arc<Looked>,
    /// The store does not answer: it is as old as that.
    is_away: bool,
}

/// Which task: what is nobody's may become somebody's, so it matters who asks.
type Key = (BlueprintId, i64, bool);

/// Everything that follows rollouts.
#[derive(Default)]
pub(crate) struct Follow {
    looks: Looks,
    seats: Seats,
    tasks: Arc<Mutex<BTreeMap<Key, watch::Sender<Heard>>>>,
}

/// Those who follow, by what they follow.
fn open(
    tasks: &Mutex<BTreeMap<Key, watch::Sender<Heard>>>,
) -> MutexGuard<'_, BTreeMap<Key, watch::Sender<Heard>>> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Follow {
    /// The rollout as it is now.
    ///
    /// # Errors
    /// [`WebError::NotFound`]: there is none that is seen; or the store's.
    pub(crate) async fn look(
        &self,
        app: &App,
        seen: RolloutsSeen,
        id: BlueprintId,
    ) -> Result<Arc<Looked>, WebError> {
        self.looks.look(app, seen, id).await
    }

    /// What the one task of this rollout finds; begins it where there is none.
    fn hear(&self, app: &App, seen: RolloutsSeen, looked: Arc<Looked>) -> watch::Receiver<Heard> {
        let key = (looked.id, seen.tenant.0, seen.unowned);
        let mut tasks = open(&self.tasks);
        if let Some(task) = tasks.get(&key) {
            return task.subscribe();
        }
        let (tell, heard) = watch::channel(Heard { looked, is_away: false });
        tasks.insert(key, tell.clone());
        drop(tasks);
        let task = Task { tasks: Arc::clone(&self.tasks), key, tell };
        tokio::spawn(listen(app.clone(), seen, task));
        heard
    }
}

/// The one task of a rollout. However it ends, it is off the list then, and those who still follow are told that
/// nothing more comes.
struct Task {
    tasks: Arc<Mutex<BTreeMap<Key, watch::Sender<Heard>>>>,
    key: Key,
    tell: watch::Sender<Heard>,
}

impl Drop for Task {
    fn drop(&mut self) {
        let mut tasks = open(&self.tasks);
        // Somebody may have begun another one since.
        if tasks.get(&self.key).is_some_and(|it| it.same_channel(&self.tell)) {
            tasks.remove(&self.key);
        }
    }
}

impl Task {
    /// Whether nobody follows any more; then it is off the list, and who comes now begins a new task.
    fn is_alone(&self) -> bool {
        let mut tasks = open(&self.tasks);
        let is_alone = self.tell.receiver_count() == 0;
        if is_alone {
            tasks.remove(&self.key);
        }
        is_alone
    }
}

/// Asks the journal again and again, until nobody follows or the server stops.
async fn listen(app: App, seen: RolloutsSeen, task: Task) {
    let mut ending = app.ending.clone();
    let id = task.key.0;
    // An ending that nobody can say any more is one, too.
    while timeout(LIVE_LOOK, ending.wait_for(|it| *it)).await.is_err() {
        if task.is_alone() {
            return;
        }
        match app.rollouts.look(&app, seen, id).await {
            Ok(looked) => {
                task.tell.send_if_modified(|heard| {
                    let is_new = heard.is_away || heard.looked.mark != looked.mark;
                    *heard = Heard { looked, is_away: false };
                    is_new
                });
            }
            // It has become somebody else's.
            Err(WebError::NotFound) => return,
            Err(_) => {
                task.tell.send_if_modified(|heard| !std::mem::replace(&mut heard.is_away, true));
            }
        }
    }
}

/// Somebody who follows a rollout.
struct Follower {
    app: App,
    caller: Caller,
    tenant: Tenant,
    heard: watch::Receiver<Heard>,
    ending: watch::Receiver<bool>,
    session: Interval,
    is_first: bool,
    is_over: bool,
    _seat: Seat,
}

/// `GET /t/{tenant}/rollouts/{rollout}/live`.
pub(crate) async fn follow(
    State(app): State<App>,
    caller: Caller,
    Own(tenant): Own,
    Path(one): Path<One>,
) -> Result<Response, WebError> {
    let Kind::Session { person, .. } = caller.kind else { return Err(WebError::SignIn) };
    let seen = seen(&caller, &tenant);
    let id = named(&app, seen, &one.rollout).await?;
    let looked = app.rollouts.look(&app, seen, id).await?;
    let seat = app.rollouts.seats.take(person)?;
    let heard = app.rollouts.hear(&app, seen, looked);
    let begin = Instant::now().checked_add(LIVE_SESSION_LOOK).unwrap_or_else(Instant::now);
    let follower = Follower {
        ending: app.ending.clone(),
        app,
        caller,
        tenant,
        heard,
        session: interval_at(begin, LIVE_SESSION_LOOK),
        is_first: true,
        is_over: false,
        _seat: seat,
    };
    let beat = KeepAlive::new().interval(LIVE_BEAT);
    let mut response = Sse::new(events(follower)).keep_alive(beat).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that collects an answer before it passes it on would pass on nothing.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

fn events(follower: Follower) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(follower, |mut it| async move {
        let event = it.next().await?;
        Some((Ok(event), it))
    })
}

impl Follower {
    /// The next event; `None`: there are no more, and the browser may come again.
    async fn next(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.is_first) {
            return self.part();
        }
        if self.is_over {
            return None;
        }
        loop {
            let is_new = tokio::select! {
                changed = self.heard.changed() => {
                    changed.ok()?;
                    true
                }
                // An ending that nobody can say any more is one, too.
                () = async { drop(self.ending.wait_for(|it| *it).await) } => return None,
                _ = self.session.tick() => false,
            };
            if is_new {
                return self.part();
            }
            if !self.is_signed_in().await {
                self.is_over = true;
                // A name and data, or the browser would not hear it.
                return Some(Event::default().event("end").data("signed out"));
            }
        }
    }

    /// The part of the page, with the forms of who follows.
    fn part(&mut self) -> Option<Event> {
        let heard = self.heard.borrow_and_update().clone();
        let who = show::Viewer::of(&self.tenant, &self.caller);
        let run = show::run(&who, &heard.looked, self.app.now(), heard.is_away);
        let text = run.render().ok()?;
        Some(Event::default().data(text.replace('\r', "")))
    }

    /// Whether the session holds still, with the same role. A store that is away is no reason to end.
    async fn is_signed_in(&self) -> bool {
        let Kind::Session { cookie, .. } = &self.caller.kind else { return false };
        match self.app.store.look_session(&secret::digest(cookie), self.app.now()).await {
            Ok(Some(it)) => (it.role, it.tenant) == (self.caller.role, self.caller.tenant),
            Ok(None) => false,
            Err(_) => true,
        }
    }
}

#[cfg(test)]
mod tests;
