//! Site and tags of a server, by which people find it again.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use exward_store::store::ServerId;
use serde::Deserialize;

use super::accept::{One, back};
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::state::App;

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Labels {
    /// Empty: of no known site.
    site: String,
    /// With commas between them.
    tags: String,
}

/// `POST /t/{tenant}/servers/{id}/labels`.
pub(crate) async fn label(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(One { id }): Path<One>,
    Form(given): Form<Labels>,
) -> Result<Response, WebError> {
    let site = Some(given.site.trim()).filter(|it| !it.is_empty());
    let tags = given.tags.split(',').map(str::trim).filter(|it| !it.is_empty());
    let tags: Vec<String> = tags.map(str::to_owned).collect();
    let (labels, now) = ((site, &*tags), app.now());
    app.store.set_labels(tenant.id, ServerId(id), labels, &caller.name, now).await?;
    Ok(back(&tenant, id, "labelled"))
}
