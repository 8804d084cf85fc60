//! Somebody who follows: the stream of events, from the first to the end of the session.

use std::convert::Infallible;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{self, Stream};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, interval_at};

use super::seats::Seat;
use super::{Followed, Heard, Told};
use crate::serve::access::{Caller, Kind, secret};
use crate::serve::error::WebError;
use crate::serve::limits::{LIVE_BEAT, LIVE_SESSION_LOOK};
use crate::serve::state::App;

/// See the module.
pub(crate) struct Follower<F: Followed> {
    pub(super) app: App,
    pub(super) caller: Caller,
    pub(super) what: F,
    pub(super) heard: watch::Receiver<Heard<F::Looked>>,
    pub(super) session: Interval,
    pub(super) is_first: bool,
    pub(super) is_over: bool,
    ending: watch::Receiver<bool>,
    _seat: Seat,
}

/// The answer to a browser that follows something: events, the first at once.
///
/// # Errors
/// [`WebError::TooMany`]: no seat is free; [`WebError::NotFound`]: it is not there; or the store's.
pub(crate) async fn follow<F: Followed>(
    app: &App,
    caller: &Caller,
    what: F,
) -> Result<Response, WebError> {
    let begin = Instant::now().checked_add(LIVE_SESSION_LOOK).unwrap_or_else(Instant::now);
    let session = interval_at(begin, LIVE_SESSION_LOOK);
    let follower = Follower::begin(app, caller, what, session).await?;
    let beat = KeepAlive::new().interval(LIVE_BEAT);
    let mut response = Sse::new(events(follower)).keep_alive(beat).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that collects an answer before it passes it on would pass on nothing.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

fn events<F: Followed>(follower: Follower<F>) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(follower, |mut it| async move {
        let event = it.next().await?;
        Some((Ok(event), it))
    })
}

impl<F: Followed> Follower<F> {
    /// Takes a seat, looks, and hears the one task from then on.
    ///
    /// # Errors
    /// As [`follow`].
    pub(super) async fn begin(
        app: &App,
        caller: &Caller,
        what: F,
        session: Interval,
    ) -> Result<Self, WebError> {
        let Kind::Session { person, .. } = caller.kind else { return Err(WebError::SignIn) };
        let seat = app.seats.take(person)?;
        let hub = F::hub(app);
        // Whoever comes has just loaded the page, and must not be shown anything older.
        let looked = what.look(app, hub.last(&what)).await?;
        let heard = hub.hear(app, &what, looked);
        Ok(Self {
            ending: app.ending.clone(),
            app: app.clone(),
            caller: caller.clone(),
            what,
            heard,
            session,
            is_first: true,
            is_over: false,
            _seat: seat,
        })
    }

    /// The next event; `None`: there are no more, and the browser may come again.
    pub(super) async fn next(&mut self) -> Option<Event> {
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
        Some(match self.what.part(&self.app, &self.caller, &heard)? {
            Told::Part(text) => Event::default().data(text.replace('\r', "")),
            Told::Away => Event::default().event("away").data("the store does not answer"),
        })
    }

    /// Whether the session holds still, with the same role. A store that is away is no reason to end.
    pub(super) async fn is_signed_in(&self) -> bool {
        let Kind::Session { cookie, .. } = &self.caller.kind else { return false };
        match self.app.store.look_session(&secret::digest(cookie), self.app.now()).await {
            Ok(Some(it)) => (it.role, it.tenant) == (self.caller.role, self.caller.tenant),
            Ok(None) => false,
            Err(_) => true,
        }
    }
}
