//! X5 and X6 of the way back: nothing goes online before services and mitigations are as they were, and
//! all that a member gave up is given back.

use super::*;

#[track_caller]
fn before_going_online(way: &[Step], action: Action, invariant: &str) {
    let place = |wanted| way.iter().position(|it| it.action == wanted);
    let (this, online) = (place(action), place(Action::GoOnline));
    assert!(this.is_some() && this < online, "{invariant}: {action} is not before going online");
}

#[test]
fn the_way_back_restores_what_was_there_before_clients_come() {
    for way in [&BACK_MEMBER[..], &BACK_STANDALONE[..]] {
        before_going_online(way, Action::RestoreServices, "X6");
        before_going_online(way, Action::RestoreMitigations, "X5");
        let last = way.last().map(|it| it.action);
        assert_eq!(last, Some(Action::ProveService), "X6: a way back ends with its proof");
    }
    for action in [Action::ResumeNode, Action::RestoreActivation, Action::ResumeTransport] {
        let given_back = BACK_MEMBER.iter().any(|it| it.action == action);
        assert!(given_back, "X6: {action} is not on the way back");
    }
}
