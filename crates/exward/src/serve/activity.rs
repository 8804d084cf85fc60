//! *Activity*: jobs, messages that nobody took, and for admins who did what.

use std::sync::Arc;

use askama::Template as _;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use exward_store::store::{
    AuditRow, Delivery, DeliveryId, DeliveryState, Job, JobFilter, JobId, JobState, Mark, Role,
    Tenant, TenantId, WORK_MARKED,
};
use serde::Deserialize;

use super::access::{Caller, Own};
use super::error::WebError;
use super::live::{self, Followed, Heard, Hub, Told};
use super::shown::Page;
use super::state::App;
use super::views::{form_key, frame, frame_of, news, role};
use super::webhooks::whom;
use crate::page::activity::{self as page, Activity};
use crate::page::badge::Badge;
use crate::page::layout::{Frame, News, Section, Who};
use crate::page::show::{Count, part};
use crate::work::REASSESS;

/// Rows of each list: as many as a mark looks at.
const ROWS: u32 = WORK_MARKED;

/// Where the audit log goes on.
#[derive(Debug, Deserialize)]
pub(crate) struct Place {
    before: Option<i64>,
}

/// A job of a path.
#[derive(Debug, Deserialize)]
pub(crate) struct OfJob {
    pub(crate) job: i64,
}

/// A delivery of a path.
#[derive(Debug, Deserialize)]
pub(crate) struct OfDelivery {
    pub(crate) delivery: i64,
}

/// `GET /t/{tenant}/activity`.
pub(crate) async fn show(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Query(place): Query<Place>,
) -> Result<Response, WebError> {
    let frame = frame(&app, &caller, Section::Activity, Some(&tenant)).await?;
    let what = Following::of(&caller, tenant, &place);
    Ok(Page(what.look(&app, None).await?.page(frame, place.before)).into_response())
}

/// `GET /t/{tenant}/activity/live`.
pub(crate) async fn follow(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Query(place): Query<Place>,
) -> Result<Response, WebError> {
    let what = Following::of(&caller, tenant, &place);
    live::follow(&app, &caller, what).await
}

/// What goes on in a tenant, as far as who asks may see it.
#[derive(Clone)]
pub(crate) struct Following {
    pub(crate) tenant: Tenant,
    /// What others do is for admins.
    pub(crate) with_audit: bool,
    pub(crate) before: Option<i64>,
}

/// See [`Following`].
pub(crate) struct Looked {
    mark: Mark,
    news: Vec<News>,
    jobs: Vec<Job>,
    dead: Vec<Delivery>,
    audit: Vec<AuditRow>,
    is_more: bool,
}

impl Following {
    fn of(caller: &Caller, tenant: Tenant, place: &Place) -> Self {
        Self { tenant, with_audit: caller.role >= Role::Admin, before: place.before }
    }

    /// The newest jobs of the tenant, and before them the newest for all tenants, if it is as new as they are.
    async fn jobs(&self, app: &App) -> Result<Vec<Job>, WebError> {
        let mut jobs =
            app.store.jobs(Some(self.tenant.id), &JobFilter::default(), None, ROWS).await?;
        let judging = JobFilter { kind: Some(REASSESS), ..JobFilter::default() };
        let for_all = app.store.jobs(None, &judging, None, 1).await?;
        jobs.extend(for_all.into_iter().filter(|it| it.tenant.is_none()));
        jobs.sort_by_key(|it| std::cmp::Reverse(it.id));
        Ok(jobs)
    }
}

impl Looked {
    fn page(&self, frame: Frame, here: Option<i64>) -> Activity {
        Activity {
            frame,
            news: self.news.clone(),
            jobs: self.jobs.iter().map(job).collect(),
            dead: self.dead.iter().map(delivery).collect(),
            audit: self.audit.iter().map(audited).collect(),
            here,
            before: self.audit.last().filter(|_| self.is_more).map(|it| it.sequence),
        }
    }
}

impl Followed for Following {
    type Key = (TenantId, bool, Option<i64>);
    type Looked = Looked;

    fn key(&self) -> Self::Key {
        (self.tenant.id, self.with_audit, self.before)
    }

    fn hub(app: &App) -> &Hub<Self> {
        &app.followed.activities
    }

    async fn look(&self, app: &App, last: Option<Arc<Looked>>) -> Result<Arc<Looked>, WebError> {
        let (store, tenant) = (&app.store, self.tenant.id);
        // Before what it marks: what comes in between is looked at twice, not missed.
        let mark = store.work_mark(tenant).await?;
        if let Some(last) = last.filter(|it| it.mark == mark) {
            return Ok(last);
        }
        let news = news(app, &self.tenant).await?;
        let jobs = self.jobs(app).await?;
        let dead = store.deliveries(tenant, Some(DeliveryState::Dead), None, ROWS).await?;
        let mut audit = Vec::new();
        if self.with_audit {
            audit = store.audit(Some(tenant), self.before, ROWS.saturating_add(1)).await?;
        }
        let shown = usize::try_from(ROWS).unwrap_or(usize::MAX);
        let is_more = audit.len() > shown;
        audit.truncate(shown);
        Ok(Arc::new(Looked { mark, news, jobs, dead, audit, is_more }))
    }

    fn part(&self, app: &App, caller: &Caller, heard: &Heard<Looked>) -> Option<Told> {
        if heard.is_away {
            return Some(Told::Away);
        }
        let frame = Frame {
            who: Some(Who { name: caller.name.as_str().into(), role: role(caller.role) }),
            form_key: form_key(caller),
            ..frame_of(app, Section::Activity, &self.tenant)
        };
        let page = heard.looked.page(frame, self.before);
        page.as_now().render().ok().map(Told::Part)
    }
}

fn count(number: i64) -> Count {
    Count(u64::try_from(number).unwrap_or_default())
}

fn job(job: &Job) -> page::Job {
    // What is done for all tenants is nobody's to end.
    let is_own = job.tenant.is_some();
    let is_open = matches!(job.state, JobState::Waiting | JobState::Running);
    page::Job {
        id: job.id.0,
        kind: job.kind.as_str().into(),
        for_all: job.tenant.is_none(),
        state: Badge::work(job.state.name()),
        done: count(job.done),
        total: job.total.map(count),
        owner: job.owner.as_ref().filter(|_| job.state == JobState::Running).map(Into::into),
        attempts: count(job.attempts),
        due: is_open.then(|| job.due_at.into()),
        reason: job.reason.as_ref().map(Into::into),
        made_by: job.made_by.as_str().into(),
        made_at: job.made_at.into(),
        can_retry: is_own && matches!(job.state, JobState::Failed | JobState::Cancelled),
        can_cancel: is_own && is_open,
    }
}

fn delivery(it: &Delivery) -> page::Delivery {
    page::Delivery {
        id: it.id.0,
        event: it.event.as_str().into(),
        url: whom(&it.url).into(),
        attempts: count(it.attempts),
        reason: it.reason.as_deref().unwrap_or_default().into(),
        ended_at: it.ended_at.unwrap_or(it.made_at).into(),
    }
}

fn audited(row: &AuditRow) -> page::Audited {
    page::Audited {
        sequence: row.sequence,
        at: row.at.into(),
        actor: row.actor.as_str().into(),
        action: row.action.as_str().into(),
        subject: row.subject.as_str().into(),
        detail: row.detail.as_str().into(),
    }
}

/// Back to a page of a tenant.
pub(crate) fn back(tenant: &str, page: &str) -> Response {
    Redirect::to(&format!("/t/{}/{page}", part(tenant))).into_response()
}

/// `POST /t/{tenant}/jobs/{job}/cancel`.
pub(crate) async fn cancel(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfJob>,
) -> Result<Response, WebError> {
    app.store.cancel_job(Some(tenant.id), JobId(of.job), &caller.name, app.now()).await?;
    Ok(back(&tenant.name, "activity"))
}

/// `POST /t/{tenant}/jobs/{job}/retry`.
pub(crate) async fn retry(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfJob>,
) -> Result<Response, WebError> {
    app.store.retry_job(Some(tenant.id), JobId(of.job), &caller.name, app.now()).await?;
    Ok(back(&tenant.name, "activity"))
}

/// `POST /t/{tenant}/deliveries/{delivery}/retry`.
pub(crate) async fn send_again(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfDelivery>,
) -> Result<Response, WebError> {
    let delivery = DeliveryId(of.delivery);
    app.store.retry_delivery(tenant.id, delivery, &caller.name, app.now()).await?;
    Ok(back(&tenant.name, "activity"))
}
