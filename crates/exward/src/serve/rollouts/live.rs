//! A rollout as it runs.

use std::sync::Arc;

use askama::Template as _;
use axum::extract::{Path, State};
use axum::response::Response;
use exward_core::blueprint::BlueprintId;
use exward_store::store::{RolloutsSeen, Tenant};

use super::look::Looked;
use super::{One, named, seen, show};
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::live::{self, Followed, Heard, Hub, Told};
use crate::serve::state::App;

/// A rollout that is followed.
#[derive(Clone)]
pub(crate) struct Following {
    pub(crate) tenant: Tenant,
    pub(crate) seen: RolloutsSeen,
    pub(crate) id: BlueprintId,
}

impl Followed for Following {
    /// What is nobody's may become somebody's, so it matters who asks.
    type Key = (BlueprintId, i64, bool);
    type Looked = Looked;

    fn key(&self) -> Self::Key {
        (self.id, self.seen.tenant.0, self.seen.unowned)
    }

    fn hub(app: &App) -> &Hub<Self> {
        &app.followed.rollouts
    }

    async fn look(&self, app: &App, _: Option<Arc<Looked>>) -> Result<Arc<Looked>, WebError> {
        app.rollouts.look(app, self.seen, self.id).await
    }

    fn is_same(a: &Arc<Looked>, b: &Arc<Looked>) -> bool {
        a.mark == b.mark
    }

    fn part(&self, app: &App, caller: &Caller, heard: &Heard<Looked>) -> Option<Told> {
        let who = show::Viewer::of(&self.tenant, caller);
        let run = show::run(&who, &heard.looked, app.now(), heard.is_away);
        run.render().ok().map(Told::Part)
    }
}

/// `GET /t/{tenant}/rollouts/{rollout}/live`.
pub(crate) async fn follow(
    State(app): State<App>,
    caller: Caller,
    Own(tenant): Own,
    Path(one): Path<One>,
) -> Result<Response, WebError> {
    let seen = seen(&caller, &tenant);
    let id = named(&app, seen, &one.rollout).await?;
    live::follow(&app, &caller, Following { tenant, seen, id }).await
}
