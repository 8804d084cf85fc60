//! What a sound estate must get: nobody waits without need.

use super::estate::{estate, name, policy};
use super::graph::catalog;
use super::shown::planned;
use crate::fleet::Inventory;

/// `count` DAGs of four members, with a database for each, in a pool and a site.
fn sound(count: usize) -> Inventory {
    let mut text = String::new();
    for dag in 0..count {
        for member in 0..4 {
            text += &format!("D{dag}M{member} DAG{dag} 15.2.2562.20 pool=P{dag} site=S{member}\n");
        }
        for member in 0..4 {
            let next = (member + 1) % 4;
            text += &format!("DB{dag}{member}: D{dag}M{member} mounted, D{dag}M{next} healthy\n");
        }
    }
    estate(&text)
}

#[test]
fn a_sound_estate_takes_as_many_waves_as_its_largest_dag() {
    let (blueprint, report) = planned(&policy(), &catalog(), &sound(5));
    assert_eq!(report.held.len(), 0, "{:?}", report.held);
    assert_eq!(blueprint.waves.iter().map(|it| it.updates.len()).collect::<Vec<_>>(), [5; 4]);
    assert_eq!(blueprint.recipes.len(), 1, "servers share recipes");
}

#[test]
fn a_server_in_trouble_holds_only_its_own_dag() {
    let mut estate = sound(3);
    estate.servers.get_mut(&name("D1M2")).unwrap().build = None;
    let (blueprint, report) = planned(&policy(), &catalog(), &estate);
    assert_eq!(report.held.keys().map(|it| it.as_str()).collect::<Vec<_>>(), ["D1M2"]);
    assert_eq!(blueprint.updates().count(), 11);
    estate.servers.get_mut(&name("D1M2")).unwrap().facts.clear();
    let (blueprint, report) = planned(&policy(), &catalog(), &estate);
    let held: Vec<_> = report.held.keys().map(|it| it.as_str()).collect();
    assert_eq!(held, ["D1M0", "D1M1", "D1M2", "D1M3"]);
    assert_eq!(blueprint.updates().count(), 8);
}
