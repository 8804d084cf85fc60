//! To take away: one server, or all of a tenant, in the shapes of `exward check`. All of a tenant are written as
//! they are read, so that a million servers need no more memory than a few hundred.
//!
//! Evidence that cannot be read gives a row of verdict *unknown* (V2): a server is never left out.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use exward_core::catalog::Catalog;
use exward_core::report::ServerReport;
use exward_read::kept;
use exward_store::StoreError;
use exward_store::store::{HuntOfServer, NEWEST_MAX, Newest, ServerId, TenantId};
use futures_util::stream;
use jiff::civil::Date;
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Sender, channel};

use super::frame::TLP;
use super::hunt::{self, Told};
use super::imprints::{dated, not_read};
use super::thinking;
use crate::judging::Judge;
use crate::output::{self, Export, KeptHunt};
use crate::serve::access::Own;
use crate::serve::error::{WebError, chain};
use crate::serve::state::App;

/// Pieces that wait for a client that reads slowly. Each is a page of servers, about 1 MB of JSON.
const WAITING_MAX: usize = 2;

/// Which server.
#[derive(Debug, Deserialize)]
pub(crate) struct One {
    id: i64,
}

/// Shape of the file.
#[derive(Clone, Copy)]
enum Shape {
    Csv,
    Json,
}

/// `GET /t/{tenant}/servers/{id}/check.json`: one line `exward.check/1`.
pub(crate) async fn one(
    State(app): State<App>,
    Own(tenant): Own,
    Path(One { id }): Path<One>,
) -> Result<Response, WebError> {
    let server = app.store.server(tenant.id, ServerId(id)).await?;
    // The page of servers that begins with this one.
    let before = ServerId(server.id.0.saturating_sub(1));
    let found = app.store.newest(tenant.id, before, 1).await?;
    let newest = found.into_iter().find(|it| it.server == server.id).ok_or(WebError::NotFound)?;
    let (catalog, today) = (app.catalog.get(), app.clock.today());
    let made = thinking(move || {
        let mut writer = Writer::new(&catalog, today, Shape::Json);
        writer.server(newest).map(|()| writer.taken())
    });
    let line = made.await?.map_err(|_| WebError::Internal)?;
    Ok((headers(Shape::Json, &format!("server-{id}.json")), line).into_response())
}

/// `GET /t/{tenant}/export.csv`.
pub(crate) async fn csv(State(app): State<App>, Own(tenant): Own) -> Response {
    stream_of(&app, tenant.id, Shape::Csv, "servers.csv")
}

/// `GET /t/{tenant}/export.jsonl`.
pub(crate) async fn json(State(app): State<App>, Own(tenant): Own) -> Response {
    stream_of(&app, tenant.id, Shape::Json, "servers.jsonl")
}

fn headers(shape: Shape, name: &str) -> axum::http::HeaderMap {
    let kind = match shape {
        Shape::Csv => "text/csv; charset=utf-8",
        Shape::Json => "application/json; charset=utf-8",
    };
    let name = format!("attachment; filename=\"exward-{name}\"");
    let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    [(CONTENT_TYPE, HeaderValue::from_static(kind)), (CONTENT_DISPOSITION, name)]
        .into_iter()
        .collect()
}

/// Writes on a thread of its own, and waits there for the client. A client that goes away ends it.
fn stream_of(app: &App, tenant: TenantId, shape: Shape, name: &str) -> Response {
    let (sender, receiver) = channel(WAITING_MAX);
    let (app, handle) = (app.clone(), Handle::current());
    tokio::task::spawn_blocking(move || {
        if let Err(error) = write_all(&app, &handle, tenant, shape, &sender) {
            output::warn(&format!("export: {}", chain(&error)));
            // The answer breaks off, so that nobody takes a part for the whole. A client that is gone sees nothing.
            let _gone = sender.blocking_send(Err(io::Error::other("the export broke off")));
        }
    });
    let pieces = stream::unfold(receiver, |mut it| async move { Some((it.recv().await?, it)) });
    (headers(shape, name), Body::from_stream(pieces)).into_response()
}

fn write_all(
    app: &App,
    handle: &Handle,
    tenant: TenantId,
    shape: Shape,
    sender: &Sender<io::Result<Bytes>>,
) -> Result<(), io::Error> {
    let (catalog, today): (Arc<Catalog>, Date) = (app.catalog.get(), app.clock.today());
    let mut writer = Writer::new(&catalog, today, shape);
    let mut after = ServerId(0);
    loop {
        let page = handle.block_on(app.store.newest(tenant, after, NEWEST_MAX));
        let page = page.map_err(|error: StoreError| io::Error::other(error))?;
        let Some(last) = page.last() else { break };
        after = last.server;
        for newest in page {
            writer.server(newest)?;
        }
        if sender.blocking_send(Ok(writer.taken().into())).is_err() {
            return Ok(());
        }
        if *app.ending.borrow() {
            return Err(io::Error::other("the server stops"));
        }
    }
    writer.export.finish(&mut writer.buffer)?;
    // A client that is gone misses nothing.
    let _gone = sender.blocking_send(Ok(writer.taken().into()));
    Ok(())
}

/// Judges servers and writes them down.
struct Writer<'c> {
    judge: Judge<'c>,
    export: Export<'c>,
    buffer: Vec<u8>,
}

impl<'c> Writer<'c> {
    fn new(catalog: &'c Catalog, today: Date, shape: Shape) -> Self {
        let export = match shape {
            Shape::Csv => Export::csv(TLP),
            Shape::Json => Export::json(catalog, TLP),
        };
        Self { judge: Judge::new(catalog, today), export, buffer: Vec::new() }
    }

    fn server(&mut self, newest: Newest) -> io::Result<()> {
        let mut report = self.report(&newest);
        if let Some(hunt) = &newest.hunt {
            hunt::say(&mut report, hunt);
        }
        let body = newest.hunt_body.unwrap_or_default();
        let told = Told::read(&body);
        let said = newest.hunt.as_ref().map(HuntOfServer::said);
        let hunt = said.as_ref().map(|verdict| KeptHunt {
            verdict,
            next_step: &told.next_step,
            reasons: &told.reasons,
            body: &body,
        });
        self.export.server(&report, hunt.as_ref(), &mut self.buffer)
    }

    fn report(&mut self, newest: &Newest) -> ServerReport<'c> {
        let read = newest.body.as_deref().map(kept::read).unwrap_or(Ok(Vec::new()));
        let target = newest.target.clone();
        let mut report = match read {
            Ok(evidence) => self.judge.one(target, dated(evidence, newest.at)),
            Err(error) => {
                let mut report = self.judge.one(target, Vec::new());
                let (step, why) = not_read(&error);
                (report.judgement.next_step, report.judgement.reasons) = (step, vec![why]);
                report
            }
        };
        // Evidence that cannot be read was seen all the same.
        report.observed_at = report.observed_at.or(newest.at);
        report
    }

    /// What was written since it was taken last.
    fn taken(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }
}
