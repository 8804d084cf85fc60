//! Everything that a report says, read from the store and judged.
//!
//! # Invariants
//! * **R1 one judge.** Every verdict, also of the trend, comes from kept evidence and the catalog given.
//! * **R2 not readable is said.** Evidence that cannot be read is `unknown`, never well.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use exward_core::alarm::{Heard, speaking};
use exward_core::assess::{VERDICTS, Verdict};
use exward_core::catalog::Catalog;
use exward_core::standing::Standing;
use exward_hunt::HUNT_VERDICTS;
use exward_read::kept;
use exward_store::store::{
    AcceptanceRow, HuntOfServer, HuntRow, IMPRINTS_MAX, ImprintId, SERVERS_MAX, ServerFilter,
    ServerRow, StandingRow, Tenant,
};
use exward_store::{Store, StoreError};
use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::TLP;
use crate::judging::Judge;
use crate::keeping::row;

/// Days of the trend.
const TREND_DAYS: i64 = 90;

/// The moment that is reported.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// As it was asked for; `None`: now.
    pub(super) as_of: Option<Timestamp>,
    pub(super) at: Timestamp,
    /// Its day, UTC.
    pub(super) day: Date,
}

/// What a report says.
pub(super) struct Collected {
    pub(super) tenant: String,
    pub(super) tlp: String,
    pub(super) catalog_as_of: Date,
    pub(super) moment: Moment,
    /// Worst first, then by target.
    pub(super) servers: Vec<Known>,
    /// What holds at the moment, newest first, with the target of its server.
    pub(super) accepted: Vec<(String, AcceptanceRow)>,
    pub(super) trend: Trend,
}

/// A server, with how it is known.
pub(super) struct Known {
    pub(super) row: ServerRow,
    pub(super) standing: StandingRow,
    /// Kinds of the evidence that decides.
    pub(super) known_by: String,
    pub(super) last_seen: Timestamp,
    pub(super) hunt: Option<HuntOfServer>,
}

impl Known {
    /// Whether a hunt asks to act, and nobody has settled that: patched is not clean.
    pub(super) fn is_alarm(&self) -> bool {
        let stands = self.hunt.as_ref().filter(|it| !it.is_settled);
        stands.is_some_and(|hunt| {
            HUNT_VERDICTS.iter().any(|it| it.name() == hunt.verdict && it.alarm() > 0)
        })
    }
}

/// Servers by verdict, day by day.
pub(super) struct Trend {
    pub(super) days: Vec<Date>,
    /// For each verdict a number a day.
    pub(super) counts: BTreeMap<Verdict, Vec<u64>>,
}

/// What the catalog says about an imprint.
struct Judged {
    standing: StandingRow,
    verdict: Verdict,
    known_by: String,
}

/// Collects a report.
///
/// # Errors
/// The store's.
pub(super) async fn of(
    store: &Store,
    tenant: &Tenant,
    catalog: &Catalog,
    moment: Moment,
) -> Result<Collected, StoreError> {
    let judged = judged(store, catalog, moment.day).await?;
    let mut servers = Vec::new();
    let (filter, mut after) = (ServerFilter::default(), None);
    loop {
        let page = store.servers(tenant.id, &filter, after.as_ref(), SERVERS_MAX).await?;
        for row in page.rows {
            servers.extend(known(store, tenant, row, moment, &judged).await?);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    servers.sort_by(|a, b| {
        let key =
            |it: &Known| (Reverse(it.is_alarm()), Reverse(it.standing.rank), it.row.target.clone());
        key(a).cmp(&key(b))
    });
    Ok(Collected {
        tenant: tenant.name.clone(),
        tlp: TLP.to_string(),
        catalog_as_of: catalog.as_of(),
        moment,
        accepted: accepted(store, tenant, moment.at, &servers).await?,
        servers,
        trend: trend(store, tenant, moment, &judged).await?,
    })
}

/// Every imprint, judged once.
async fn judged(
    store: &Store,
    catalog: &Catalog,
    day: Date,
) -> Result<BTreeMap<ImprintId, Judged>, StoreError> {
    let (mut judge, mut all, mut after) = (Judge::new(catalog, day), BTreeMap::new(), ImprintId(0));
    loop {
        let page = store.imprints(after, IMPRINTS_MAX).await?;
        let Some((last, _)) = page.last() else { return Ok(all) };
        after = *last;
        for (id, body) in page {
            // What cannot be read is missing here, and unknown below (R2).
            let Ok(evidence) = kept::read(&body) else { continue };
            let mut kinds: Vec<&str> = evidence.iter().map(|it| it.kind.name()).collect();
            kinds.sort_unstable();
            kinds.dedup();
            let known_by = kinds.join(", ");
            let standing = Standing::of(&judge.one(String::new(), evidence));
            let judged = Judged { verdict: standing.verdict, standing: row(&standing), known_by };
            all.insert(id, judged);
        }
    }
}

/// A server at the moment; `None`: nobody had seen it yet.
async fn known(
    store: &Store,
    tenant: &Tenant,
    row: ServerRow,
    moment: Moment,
    judged: &BTreeMap<ImprintId, Judged>,
) -> Result<Option<Known>, StoreError> {
    let (imprint, last_seen, hunt) = match moment.as_of {
        None => (row.imprint, row.last_seen, row.hunt.clone()),
        Some(at) if row.first_seen > at => return Ok(None),
        Some(at) => {
            let spans = store.spans(tenant.id, row.id, Some(at)).await?;
            let newest = spans.iter().max_by_key(|it| it.from);
            let hunts = store.hunts(tenant.id, row.id).await?;
            let hunt = hunt_at(&hunts, at);
            // An interval that goes on after the moment was cut there; that somebody looked is sure of its begin.
            let seen = newest.map(|it| if it.to < at { it.to } else { it.from });
            let last_seen = seen.unwrap_or(row.first_seen);
            (newest.map(|it| it.imprint), last_seen, hunt)
        }
    };
    let found = imprint.and_then(|it| judged.get(&it));
    let (standing, known_by) = match (found, imprint) {
        (Some(found), _) => (found.standing.clone(), found.known_by.clone()),
        (None, Some(_)) => (unknown(), "evidence that this exward cannot read".to_owned()),
        (None, None) => (unknown(), "its hunt alone".to_owned()),
    };
    Ok(Some(Known { row, standing, known_by, last_seen, hunt }))
}

/// The hunt that spoke for a server at a moment.
fn hunt_at(newest_first: &[HuntRow], at: Timestamp) -> Option<HuntOfServer> {
    let heard: Vec<Heard> = newest_first.iter().map(HuntRow::heard).collect();
    let it = newest_first.get(speaking(&heard, at)?)?;
    let (verdict, is_settled) = (it.verdict.clone(), it.heard().is_settled(at));
    Some(HuntOfServer { verdict, from: it.from, to: it.to, is_settled })
}

fn unknown() -> StandingRow {
    StandingRow { verdict: Verdict::Unknown.name().to_owned(), ..StandingRow::default() }
}

async fn accepted(
    store: &Store,
    tenant: &Tenant,
    at: Timestamp,
    servers: &[Known],
) -> Result<Vec<(String, AcceptanceRow)>, StoreError> {
    let names: BTreeMap<_, _> = servers.iter().map(|it| (it.row.id, &it.row.target)).collect();
    let all = store.acceptances(tenant.id, None).await?.into_iter();
    let holds = all.filter(|it| {
        it.at <= at && it.accepted.until > at && it.revoked_at.is_none_or(|revoked| revoked > at)
    });
    let named = holds.filter_map(|it| {
        let target = names.get(&it.accepted.server)?;
        Some(((*target).clone(), it))
    });
    Ok(named.collect())
}

/// The days before the moment on which anything was known.
async fn trend(
    store: &Store,
    tenant: &Tenant,
    moment: Moment,
    judged: &BTreeMap<ImprintId, Judged>,
) -> Result<Trend, StoreError> {
    let back = Span::new().days(TREND_DAYS.saturating_sub(1));
    let first = moment.day.checked_sub(back).unwrap_or(moment.day);
    let standing = store.standing_by_day(tenant.id, first, moment.day).await?;
    let begin = standing.first().map_or(moment.day, |it| it.day);
    let mut days = Vec::new();
    let mut day = Some(begin).filter(|_| !standing.is_empty());
    while let Some(it) = day.filter(|it| *it <= moment.day) {
        days.push(it);
        day = it.tomorrow().ok();
    }
    let mut counts: BTreeMap<Verdict, Vec<u64>> =
        VERDICTS.into_iter().map(|it| (it, vec![0; days.len()])).collect();
    for it in standing {
        let verdict = judged.get(&it.imprint).map_or(Verdict::Unknown, |it| it.verdict);
        let Ok(index) = days.binary_search(&it.day) else { continue };
        if let Some(count) = counts.get_mut(&verdict).and_then(|it| it.get_mut(index)) {
            *count = count.saturating_add(it.servers);
        }
    }
    Ok(Trend { days, counts })
}
