//! The examples of planning files that ship with exward.

use exward_read::{inventory, policy};

const POLICY: &str = include_str!("../../../examples/policy.toml");
const INVENTORY: &str = include_str!("../../../examples/inventory.json");

#[test]
fn the_example_of_a_policy_reads() {
    let policy = policy::read(POLICY).unwrap();
    assert_eq!(policy.rings.len(), 2);
    assert_eq!((policy.blackouts.len(), policy.pins.len()), (2, 1));
    assert!(policy.emergency.unwrap().windows_ignored);
}

#[test]
fn the_example_of_an_inventory_reads_without_notes() {
    let (inventory, skipped) = inventory::read(INVENTORY.as_bytes()).unwrap();
    assert_eq!(skipped, []);
    assert_eq!((inventory.servers.len(), inventory.dags.len()), (8, 2));
    assert!(inventory.servers.values().all(|it| it.build.is_some() && it.facts.len() == 16));
    assert!(inventory.dags.values().all(|it| it.copies.is_some()));
    let again = inventory::read(inventory::write(&inventory).as_bytes()).unwrap();
    assert_eq!(again, (inventory, skipped), "N5");
}
