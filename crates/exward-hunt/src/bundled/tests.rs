use super::*;

#[test]
fn every_bundled_rule_can_be_run() {
    let mut refused = Vec::new();
    rules(&mut refused);
    assert_eq!(refused, []);
}

#[test]
fn every_row_of_the_lists_is_read() {
    assert_eq!(load_facts().1, Vec::<String>::new());
}
