//! A made-up estate: four servers of Contoso, of which one is late.

mod around;
mod course;
mod doings;
mod estate;

use askama::Template;
use jiff::civil::{Date, date};
use jiff::{Span as Time, Timestamp};

use crate::page::activity::{Activity, Audited, Delivery, Job};
use crate::page::badge::Badge;
use crate::page::campaign::{Campaign, Campaigns, Line, Row as CampaignRow};
use crate::page::catalog::{Answer, CatalogPage, Exploited, Newest, Withdrawn};
use crate::page::chart::curve::{Curve, burn_down};
use crate::page::chart::spark::spark;
use crate::page::chart::stacked::{Layer, stacked};
use crate::page::chart::timeline::{Bar, Lane, Mark, timeline};
use crate::page::chart::waves::{Seat, Wave, waves};
use crate::page::estate::{Estate, Filter, Hunted, Row, Tally};
use crate::page::hunt::{HuntPage, Row as HuntRow};
use crate::page::layout::{Flash, Frame, News, Role, Section, Tenant, Trouble, Who};
use crate::page::people::{Choice, Made, People, Person, Token};
use crate::page::report::{Accepted as ReportAccepted, Report, Row as ReportRow};
use crate::page::rollouts::Row as RunRow;
use crate::page::rollouts::{
    Approval, Change, Hold, Line as RolloutLine, Rollout, Rollouts, Run, Stage,
};
use crate::page::server::{Accepted, Evidence, Export, Finding, Hunt, Server, Sighting, Span};
use crate::page::show::{Count, Reach, Shown, When};
use crate::page::sign_in::{Password, SetUp, SignIn, TenantLine, Tenants};

/// Of every form.
pub(super) const FORM_KEY: &str = "k3y0fth1s5e5510n";

/// Where texts of others come from: themselves, or something hostile in their place.
type Text<'a> = &'a dyn Fn(&str) -> String;

pub(super) fn plain_text(text: &str) -> String {
    text.to_owned()
}

fn at(day: i8, hour: i8, minute: i8) -> When {
    When(date(2026, 8, day).at(hour, minute, 0, 0).in_tz("UTC").unwrap().timestamp())
}

fn stamp(day: i8, hour: i8) -> Timestamp {
    at(day, hour, 0).0
}

fn days(count: usize) -> Vec<Date> {
    date(2026, 6, 9).series(Time::new().days(1)).take(count).collect()
}

pub(super) fn frame(text: Text<'_>, role: Role, here: Section) -> Frame {
    Frame {
        here,
        tenant: Some(Tenant::named(&text("Contoso"))),
        others: ["Fabrikam", "Northwind Traders"].map(|it| Tenant::named(&text(it))).into(),
        who: Some(Who { name: Shown::of(&text("kim")), role }),
        form_key: FORM_KEY.to_owned(),
        tlp: "TLP:AMBER".to_owned(),
        catalog_as_of: date(2026, 8, 12),
        today: date(2026, 8, 20),
        flash: None,
        trouble: None,
    }
}

/// Nobody is signed in.
pub(super) fn outside() -> Frame {
    let frame = frame(&plain_text, Role::Viewer, Section::Elsewhere);
    Frame { tenant: None, others: vec![], who: None, ..frame }
}

fn hunted(verdict: &str, from: i8, to: i8) -> Option<Hunted> {
    let reach = Reach { from: at(from, 0, 0), to: at(to, 23, 0) };
    Some(Hunted { verdict: Badge::hunted(verdict), is_settled: false, reach: Some(reach) })
}

fn news(text: Text<'_>) -> Vec<News> {
    let sentence = "Jun26SU is out: 3 of 412 servers of Exchange 2019 and SE are already there";
    let href = Some("/t/contoso/campaigns/Jun26SU".to_owned());
    vec![News { since: date(2026, 6, 10), sentence: Shown::of(&text(sentence)), href }]
}

fn tallies() -> Vec<Tally> {
    let tally =
        |name, servers| Tally { name, verdict: Badge::verdict(name), servers: Count(servers) };
    vec![tally("vulnerable", 1), tally("possibly", 1), tally("mitigated", 1), tally("patched", 2)]
}

fn rows(text: Text<'_>) -> Vec<Row> {
    let row = |id, target: &str, verdict, release: &str, build: &str, open, kev, next: &str| Row {
        id,
        target: Shown::of(&text(target)),
        name: Some(Shown::of(&text(&format!("{target}.contoso.example")))),
        site: Some(Shown::of(&text("Berlin"))),
        verdict: Badge::verdict(verdict),
        release: Shown::of(&text(release)),
        build: Some(Shown::of(&text(build))),
        open: Count(open),
        kev_open: Count(kev),
        mitigation: (kev > 0).then(|| Shown::of(&text("automatic mitigation on; applied: M2"))),
        hunted: None,
        next_step: Shown::of(&text(next)),
        last_seen: at(20, 6, 12),
    };
    let mut rows = vec![
        row(
            2,
            "EX02",
            "vulnerable",
            "Exchange 2019 CU15 Apr25HU",
            "15.2.1748.24",
            9,
            2,
            "apply Jun26SU, then run Setup /PrepareAllDomains",
        ),
        row(
            9,
            "mail.contoso.example",
            "possibly",
            "Exchange 2016 CU23",
            "15.1.2507.0",
            4,
            1,
            "look from inside: the build cannot be told from outside",
        ),
        row(
            3,
            "EX03",
            "mitigated",
            "Exchange SE RTM Feb26SU",
            "15.2.2562.29",
            1,
            0,
            "apply Jun26SU when the window opens",
        ),
        row(1, "EX01", "patched", "Exchange SE RTM Jul26SU", "15.2.2562.41", 0, 0, "nothing"),
        row(
            4,
            "EX04",
            "patched",
            "Exchange SE RTM Jul26SU",
            "15.2.2562.41",
            0,
            0,
            "hunt: nobody looked at its logs",
        ),
    ];
    rows[0].hunted = hunted("attempted", 1, 18);
    rows[2].hunted = hunted("nothing-found", 1, 18);
    rows[3].hunted = hunted("nothing-found", 1, 19);
    rows
}

/// Every page by name, with something on it.
pub(super) fn pages(text: Text<'_>, role: Role) -> Vec<(&'static str, String)> {
    let mut pages = vec![
        ("estate", estate::estate(text, role).render().unwrap()),
        ("server", estate::server(text, role).render().unwrap()),
        ("hunt", estate::hunt(text, role).render().unwrap()),
        ("campaigns", course::campaigns(text, role).render().unwrap()),
        ("campaign", course::campaign(text, role).render().unwrap()),
        ("rollouts", course::rollouts(text, role).render().unwrap()),
        ("rollout", course::rollout(text, role, Stage::Running).render().unwrap()),
        ("rollout-planned", course::rollout(text, role, Stage::Planned).render().unwrap()),
        ("rollout-paused", course::rollout(text, role, Stage::Paused).render().unwrap()),
        ("catalog", around::catalog(text, role).render().unwrap()),
        ("activity", around::activity(text, role).render().unwrap()),
        ("runs", doings::runs(text, role).render().unwrap()),
        ("schedules", doings::schedules(text, role).render().unwrap()),
        ("webhooks", doings::webhooks(text, role).render().unwrap()),
        ("people", around::people(text, role).render().unwrap()),
        ("report", course::report(text).render().unwrap()),
    ];
    let stages = [
        ("rollout-approved", Stage::Approved),
        ("rollout-halted", Stage::Halted),
        ("rollout-aborted", Stage::Aborted),
        ("rollout-finished", Stage::Finished),
    ];
    pages.extend(stages.map(|(name, stage)| {
        let mut page = course::rollout(text, role, stage);
        if stage == Stage::Halted {
            page.run.halted = Some(Shown::of(&text("two servers of wave 3 failed")));
        }
        (name, page.render().unwrap())
    }));
    pages.extend(around::doors(text, role));
    pages
}

/// Pages with nothing on them, while the store is away.
pub(super) fn empty_pages(role: Role) -> Vec<(&'static str, String)> {
    let text: Text<'_> = &plain_text;
    let mut estate = estate::estate(text, role);
    (estate.total, estate.rows, estate.after) = (Count(0), vec![], None);
    let mut none = estate::estate(text, role);
    (none.rows, none.filter.verdict, none.after) = (vec![], "patched".to_owned(), None);
    none.frame.trouble = Some(Trouble { since: at(20, 6, 0), seen: Some(at(20, 5, 58)) });
    let mut server = estate::server(text, role);
    (server.findings, server.hunts, server.sightings, server.history) =
        (vec![], vec![], vec![], None);
    server.hunted = None;
    server.as_of = Some(at(9, 0, 0));
    let mut hunt = estate::hunt(text, role);
    (hunt.rows, hunt.picture, hunt.after) = (vec![], None, None);
    let mut campaign = course::campaign(text, role);
    (campaign.curve, campaign.rows, campaign.stuck) = (None, vec![], vec![]);
    let mut catalog = around::catalog(text, role);
    catalog.answer = Some(Answer::Nothing("15.9 is no build".into()));
    let mut report = course::report(text);
    (report.trend, report.accepted, report.rows) = (None, vec![], vec![]);
    let rollouts = Rollouts { lines: vec![], ..course::rollouts(text, role) };
    let mut activity = around::activity(text, role);
    (activity.jobs, activity.dead, activity.audit) = (vec![], vec![], vec![]);
    vec![
        ("estate-empty", estate.render().unwrap()),
        ("estate-none", none.render().unwrap()),
        ("server-empty", server.render().unwrap()),
        ("catalog-nothing", catalog.render().unwrap()),
        ("hunt-empty", hunt.render().unwrap()),
        ("campaign-empty", campaign.render().unwrap()),
        ("rollouts-empty", rollouts.render().unwrap()),
        ("activity-empty", activity.render().unwrap()),
        ("report-empty", report.render().unwrap()),
    ]
}
