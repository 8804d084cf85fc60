//! Standings under a new catalog, and curves over days.

use exward_store::StoreUrl;
use exward_store::store::{ImprintId, ServerFilter, StandingOfDay, StandingRow};

use crate::estate::{Estate, day, is_conflict, seen, standing};

pub(crate) async fn stand_again(url: StoreUrl) {
    let north = Estate::new(&url).await;
    let south = Estate::of_tenant(north.store.clone(), "south").await;
    let store = &north.store;
    north.observe(&[seen("a", 1, "v"), seen("b", 1, "w"), seen("c", 1, "v")]).await;
    south.observe(&[seen("a", 1, "v")]).await;
    let since = "2026-10-01".parse().unwrap();
    let new = StandingRow {
        exposed_since: Some(since),
        product: Some("2019".into()),
        ..standing("v", 1)
    };
    let standings = [(north.imprint("v").await, new.clone())];
    assert_eq!(store.restand(&standings, day(2)).await.unwrap(), 3);
    assert_eq!(store.restand(&standings, day(2)).await.unwrap(), 0);
    assert_eq!(store.restand(&[], day(2)).await.unwrap(), 0);
    let page = store.servers(north.tenant, &ServerFilter::default(), None, 9).await.unwrap();
    let ranks: Vec<i64> = page.rows.iter().map(|it| it.standing.rank).collect();
    assert_eq!(ranks, [1_190, 1_181, 1_181]);
    assert_eq!(page.rows[1].standing, new);

    // What is seen is kept with the standing that it comes with, also where nothing else has changed.
    north.observe(&[seen("a", 2, "v")]).await;
    let a = store.server(north.tenant, north.id("a").await).await.unwrap();
    assert_eq!(a.standing, standing("v", 0));
    assert_eq!(store.restand(&standings, day(3)).await.unwrap(), 1);
}

pub(crate) async fn notes_catalogs(url: StoreUrl) {
    let Estate { store, .. } = Estate::new(&url).await;
    let as_of = "2026-10-15".parse().unwrap();
    assert_eq!(store.catalog_in_force().await.unwrap(), None);
    for (digest, at, new) in
        [(1, 1, true), (1, 2, false), (2, 3, true), (1, 3, true), (1, 9, false), (2, 2, true)]
    {
        let noted = store.note_catalog(&[digest; 32], as_of, &[], day(at)).await.unwrap();
        assert_eq!(noted, new, "{digest} {at}");
        assert_eq!(store.catalog_in_force().await.unwrap(), Some([digest; 32]));
    }
}

pub(crate) async fn follows_a_campaign(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    estate.observe(&[seen("a", 0, "v"), seen("b", 0, "v")]).await;
    estate.observe(&[seen("a", 2, "p"), seen("b", 2, "v.2"), seen("c", 2, "v")]).await;
    estate.observe(&[seen("b", 3, "p"), seen("c", 3, "p")]).await;
    let (v, p) = (estate.imprint("v").await, estate.imprint("p").await);
    let date = |number: i64| day(number).to_zoned(jiff::tz::TimeZone::UTC).date();
    let curve = estate.store.standing_by_day(estate.tenant, date(-1), date(4)).await.unwrap();
    let stands =
        |number, imprint: ImprintId, servers| StandingOfDay { day: date(number), imprint, servers };
    let mut wanted = vec![
        stands(0, v, 2),
        stands(1, v, 2),
        stands(2, v, 2),
        stands(2, p, 1),
        stands(3, p, 3),
        stands(4, p, 3),
    ];
    wanted.sort();
    assert_eq!(curve, wanted);
    is_conflict(estate.store.standing_by_day(estate.tenant, date(0), date(4_000)).await);
}

/// S2, over histories that arrive in any order: the turns that were kept are those of the observations.
/// Besides: intervals never overlap (S1), and what was not reported as late is in one of them.
pub(crate) async fn turns_are_computed_again(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    for seed in 0..6 {
        let one = Estate::of_tenant(estate.store.clone(), &format!("seed-{seed}")).await;
        history(&one, seed).await;
    }
}

async fn history(estate: &Estate, seed: u64) {
    let mut state = seed;
    let mut below = |limit: u64| {
        // SplitMix64 (Steele, Lea and Flood, 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = state;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (it ^ (it >> 31)) % limit
    };
    let mut kept = Vec::new();
    for _ in 0..15 {
        let batch: Vec<_> = (0..below(12))
            .map(|_| {
                let body =
                    format!("{}.{}", ["p", "q", "v"][usize::try_from(below(3)).unwrap()], below(2));
                seen(&format!("s{}", below(4)), i64::try_from(below(25)).unwrap() - 3, &body)
            })
            .collect();
        let observed = estate.observe(&batch).await;
        let counted = observed.new + observed.changed + observed.unchanged + observed.past;
        let counted = usize::try_from(counted).unwrap() + observed.late.len();
        assert_eq!(counted, batch.len(), "seed {seed}");
        if observed.late.is_empty() {
            kept.extend(batch);
        }
    }
    let turns = estate.store.turns(estate.tenant).await.unwrap();
    estate.store.recompute_turns(estate.tenant).await.unwrap();
    assert_eq!(estate.store.turns(estate.tenant).await.unwrap(), turns, "S2, seed {seed}");
    for seen in &kept {
        let server = estate.id(&seen.target).await;
        let spans = estate.store.spans(estate.tenant, server, None).await.unwrap();
        assert!(spans.windows(2).all(|it| it[0].to < it[1].from), "S1, seed {seed}: {spans:?}");
        let holds =
            spans.iter().any(|it| it.from <= seen.at && seen.at <= it.to && it.body == seen.body);
        assert!(holds, "lost, seed {seed}: {seen:?} {spans:?}");
    }
    assert!(!kept.is_empty(), "seed {seed}");
}
