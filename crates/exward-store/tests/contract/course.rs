//! Turns of all tenants at once.

use exward_store::StoreUrl;
use jiff::tz::TimeZone;

use crate::estate::{Estate, day, seen};

pub(crate) async fn turns_are_summed_up_before_a_day(url: StoreUrl) {
    let north = Estate::new(&url).await;
    let south = Estate::of_tenant(north.store.clone(), "south").await;
    north.observe(&[seen("a", 1, "v"), seen("b", 1, "v"), seen("c", 2, "v")]).await;
    south.observe(&[seen("a", 9, "v")]).await;
    north.observe(&[seen("a", 3, "w")]).await;
    north.observe(&[seen("b", 8, "p"), seen("c", 8, "p")]).await;
    let first = day(5).to_zoned(TimeZone::UTC).date();
    let (v, w, p) = (north.imprint("v").await, north.imprint("w").await, north.imprint("p").await);
    let shown = async |within| -> Vec<String> {
        let turns = north.store.turns_since(within, first).await.unwrap();
        let name = |it| {
            if it == v {
                "v"
            } else if it == w {
                "w"
            } else if it == p {
                "p"
            } else {
                "?"
            }
        };
        let shown = turns.iter().map(|(tenant, it)| {
            let whose = if *tenant == north.tenant { "north" } else { "south" };
            format!("{whose} {} {} {}", (it.day - first).get_days(), name(it.imprint), it.delta)
        });
        shown.collect()
    };
    let own = ["north 0 v 2", "north 0 w 1", "north 3 v -2", "north 3 p 2"];
    assert_eq!(shown(Some(north.tenant)).await, own, "S3");
    let all = [&own[..], &["south 4 v 1"]].concat();
    assert_eq!(shown(None).await, all);
}
