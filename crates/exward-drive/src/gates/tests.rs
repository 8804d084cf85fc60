//! X1, X2 and X3 over random DAGs: nobody may leave who would break one, counted here in another way.

use std::collections::BTreeSet;

use exward_core::fleet::{Dag, DagName, Observed, Witness};
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

fn name(at: usize) -> ServerName {
    ServerName::new(&format!("EX{at}"))
}

fn seen<T>(value: T) -> Observed<T> {
    Observed { value, at: Timestamp::UNIX_EPOCH, source: "test".into() }
}

/// Mostly sound, so that many may leave.
fn a_copy() -> impl Strategy<Value = (CopyState, bool, bool, u32)> {
    let states = prop_oneof![
        9 => Just(CopyState::Healthy),
        1 => Just(CopyState::Suspended),
        1 => Just(CopyState::Failed),
    ];
    (states, prop::bool::weighted(0.3), prop::bool::weighted(0.1), 0..12_u32)
}

fn a_dag() -> impl Strategy<Value = DagState> {
    (2..7_usize)
        .prop_flat_map(|count| {
            let witness = prop::option::weighted(0.8, prop::option::weighted(0.9, any::<bool>()));
            let service =
                prop_oneof![19 => Just(Some(true)), 1 => Just(Some(false)), 1 => Just(None)];
            let service = prop::collection::vec(service, count);
            let copies = prop::collection::vec(prop::collection::vec(a_copy(), count), 1..4);
            (witness, service, copies)
        })
        .prop_map(|(witness, service, databases)| {
            let copies = databases.into_iter().enumerate().flat_map(|(database, copies)| {
                copies.into_iter().enumerate().map(
                    move |(at, (state, lagged, activation_suspended, queue))| DatabaseCopy {
                        database: DatabaseName::new(&format!("DB{database}")),
                        server: name(at),
                        state,
                        copy_queue_len: queue,
                        replay_queue_len: queue,
                        index_healthy: None,
                        lagged,
                        activation_suspended,
                    },
                )
            });
            let healthy = |it: Option<bool>| Witness { host: name(99), healthy: it.map(seen) };
            let members: BTreeSet<ServerName> = (0..service.len()).map(name).collect();
            let in_service =
                service.into_iter().enumerate().map(|(at, it)| (name(at), it)).collect();
            let dag = Dag {
                name: DagName::new("DAG"),
                members,
                witness: witness.map(healthy),
                primary_active_manager: None,
                copies: Some(seen(copies.collect())),
            };
            DagState { dag, in_service }
        })
}

proptest! {
    #[test]
    fn nobody_leaves_who_would_break_the_dag(state in a_dag()) {
        let gates = Gates { single_copy_allowed: true, ..Gates::default() };
        let leaver = name(0);
        prop_assume!(may_leave(&state, &leaver, &gates).is_ok());
        let count = state.dag.members.len();
        let out = (1..count).filter(|at| state.in_service[&name(*at)] != Some(true)).count();
        prop_assert_eq!(out, 0, "X3: another member is out: {:?}", state);
        // An even number of members asks the witness, if there is one.
        let asked = if count % 2 == 0 { state.dag.witness.as_ref() } else { None };
        let well = asked.is_some_and(|it| it.healthy.as_ref().is_some_and(|it| it.value));
        let (up, all) = (count - 1 + usize::from(well), count + usize::from(asked.is_some()));
        prop_assert!(up > all - up, "X1: {} of {} votes are no quorum", up, all);
        for copy in state.dag.copies.iter().flat_map(|it| &it.value) {
            let heirs = state.dag.copies.iter().flat_map(|it| &it.value).filter(|it| {
                it.database == copy.database && it.server != leaver && it.state == CopyState::Healthy
                    && !(it.lagged || it.activation_suspended) && it.copy_queue_len < 11
            });
            prop_assert!(heirs.count() > 0, "X2: nobody can take over {}", copy.database);
        }
    }
}

#[test]
fn a_half_is_no_quorum() {
    // Two members and no witness: the one that stays is half of all votes.
    let dag = Dag {
        name: DagName::new("DAG"),
        members: [name(0), name(1)].into(),
        witness: None,
        primary_active_manager: None,
        copies: Some(seen(Vec::new())),
    };
    let in_service = [(name(0), Some(true)), (name(1), Some(true))].into();
    let gates = Gates { single_copy_allowed: true, ..Gates::default() };
    let got = may_leave(&DagState { dag, in_service }, &name(0), &gates);
    assert_eq!(got, Err("DAG would keep 1 of 2 votes".to_owned()), "X1");
}
