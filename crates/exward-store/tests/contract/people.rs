//! People, sessions, tokens and the first start.

use exward_store::store::{NewPerson, NewToken, PersonId, PersonName, Role, StoreError, TenantId};
use exward_store::{Store, StoreUrl};
use jiff::Timestamp;
use sqlx::query;

use crate::{at, open, tenants};

fn name(text: &str) -> PersonName {
    text.parse().unwrap()
}

pub(crate) async fn add(
    store: &Store,
    who: &str,
    role: Role,
    tenant: Option<TenantId>,
) -> PersonId {
    let new = NewPerson { name: name(who), role, tenant, password: "a hash" };
    store.add_person(&new, "test", at(0)).await.unwrap()
}

async fn begin(store: &Store, person: PersonId, cookie: u8) {
    store.begin_session(person, &[cookie; 32], "form", at(0), at(100)).await.unwrap();
}

async fn is_in(store: &Store, cookie: u8, now: Timestamp) -> bool {
    store.look_session(&[cookie; 32], now).await.unwrap().is_some()
}

pub(crate) async fn names_are_unique_in_any_case(url: StoreUrl) {
    let store = open(&url).await;
    let ana = add(&store, " Ana ", Role::Viewer, None).await;
    let again =
        NewPerson { name: name("ANA"), role: Role::Admin, tenant: None, password: "another" };
    let refused = store.add_person(&again, "test", at(1)).await.unwrap_err();
    assert_eq!(refused.to_string(), "there is a person named ana already");
    let (person, hash) = store.credentials("aNa").await.unwrap().unwrap();
    assert_eq!((person.id, person.name.as_str(), hash.as_str()), (ana, "ana", "a hash"));
    assert!(store.credentials("a\0na").await.unwrap().is_none());
}

pub(crate) async fn sessions_end_with_their_person(url: StoreUrl) {
    let store = open(&url).await;
    add(&store, "root", Role::Admin, None).await;
    let [acme, _] = tenants(&url).await;
    let ana = add(&store, "ana", Role::Approver, Some(acme)).await;
    begin(&store, ana, 1).await;
    let who = store.look_session(&[1; 32], at(99)).await.unwrap().unwrap();
    assert_eq!((who.person, who.role, who.tenant), (ana, Role::Approver, Some(acme)));
    assert_eq!((who.name.as_str(), who.form_key.as_str()), ("ana", "form"));
    assert!(!is_in(&store, 1, at(100)).await, "expired");
    assert!(!is_in(&store, 2, at(1)).await, "another cookie");
    store.set_role(None, ana, Role::Viewer, "root", at(2)).await.unwrap();
    assert!(!is_in(&store, 1, at(2)).await, "P2 role");
    begin(&store, ana, 2).await;
    store.set_password(None, ana, "new", "root", at(3)).await.unwrap();
    assert!(!is_in(&store, 2, at(3)).await, "P2 password");
    begin(&store, ana, 3).await;
    begin(&store, ana, 4).await;
    store.end_session(&[3; 32]).await.unwrap();
    assert!(!is_in(&store, 3, at(3)).await && is_in(&store, 4, at(3)).await, "only one ended");
    store.disable_person(None, ana, "root", at(4)).await.unwrap();
    assert!(!is_in(&store, 4, at(4)).await, "P2 disabled");
    assert!(store.credentials("ana").await.unwrap().is_none());
    let refused = store.begin_session(ana, &[5; 32], "form", at(5), at(9)).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })), "P2 {refused:?}");
    store.enable_person(None, ana, "root", at(6)).await.unwrap();
    begin(&store, ana, 6).await;
    assert_eq!(store.drop_expired(at(100)).await.unwrap(), 1);
}

pub(crate) async fn an_admin_is_left(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, _] = tenants(&url).await;
    let one = add(&store, "one", Role::Admin, None).await;
    let two = add(&store, "two", Role::Admin, None).await;
    add(&store, "three", Role::Admin, Some(acme)).await;
    let (first, second) = tokio::join!(
        store.disable_person(None, one, "two", at(1)),
        store.disable_person(None, two, "one", at(1)),
    );
    assert!(first.is_ok() != second.is_ok(), "P1: {first:?} {second:?}");
    let left = if first.is_ok() { two } else { one };
    let refused = store.set_role(None, left, Role::Approver, "x", at(2)).await.unwrap_err();
    assert!(refused.to_string().ends_with("is the last admin of all tenants"), "P1: {refused}");
    assert_eq!(store.person(None, left).await.unwrap().role, Role::Admin, "P1");
    store.set_password(None, left, "new", "x", at(3)).await.unwrap();
}

pub(crate) async fn a_tenant_sees_its_own_people(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, other] = tenants(&url).await;
    let root = add(&store, "root", Role::Admin, None).await;
    let ana = add(&store, "ana", Role::Viewer, Some(acme)).await;
    let ole = add(&store, "ole", Role::Viewer, Some(other)).await;
    for foreign in [root, ole] {
        let seen = store.person(Some(acme), foreign).await;
        assert!(matches!(seen, Err(StoreError::NotFound { .. })), "S3");
        let done = store.disable_person(Some(acme), foreign, "x", at(1)).await;
        assert!(matches!(done, Err(StoreError::NotFound { .. })), "S3");
    }
    let seen = async |within, after: Option<&str>, limit| -> Vec<PersonId> {
        let people = store.people(within, after, limit).await.unwrap();
        people.iter().map(|it| it.id).collect()
    };
    assert_eq!(seen(Some(acme), None, 9).await, [ana], "S3");
    assert_eq!(seen(None, None, 2).await, [ana, ole]);
    assert_eq!(seen(None, Some("ole"), 2).await, [root]);
}

pub(crate) async fn tokens_hold_until_they_do_not(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, other] = tenants(&url).await;
    let new =
        NewToken { name: "siem", role: Role::Viewer, tenant: Some(acme), expires_at: Some(at(10)) };
    let id = store.add_token(&new, &[1; 32], "root", at(0)).await.unwrap();
    let token = store.look_token(&[1; 32], at(9)).await.unwrap().unwrap();
    assert_eq!((token.id, token.role, token.tenant), (id, Role::Viewer, Some(acme)));
    assert!(store.look_token(&[1; 32], at(10)).await.unwrap().is_none(), "expired");
    let foreign = store.revoke_token(Some(other), id, "x", at(1)).await;
    assert!(matches!(foreign, Err(StoreError::NotFound { .. })), "S3");
    assert!(store.tokens(Some(other), None, 9).await.unwrap().is_empty(), "S3");
    store.revoke_token(Some(acme), id, "root", at(2)).await.unwrap();
    assert!(store.look_token(&[1; 32], at(3)).await.unwrap().is_none(), "revoked");
    assert_eq!(store.tokens(None, None, 9).await.unwrap()[0].revoked_at, Some(at(2)));
    assert!(store.tokens(None, Some(id), 9).await.unwrap().is_empty());
}

pub(crate) async fn it_is_set_up_once(url: StoreUrl) {
    let store = open(&url).await;
    let first =
        NewPerson { name: name("root"), role: Role::Admin, tenant: None, password: "a hash" };
    store.set_setup_link(&[1; 32], at(10)).await.unwrap();
    store.set_setup_link(&[2; 32], at(10)).await.unwrap();
    assert!(!store.has_setup_link(&[1; 32], at(1)).await.unwrap(), "replaced");
    assert!(!store.has_setup_link(&[2; 32], at(10)).await.unwrap(), "expired");
    assert!(store.has_setup_link(&[2; 32], at(1)).await.unwrap());
    assert!(!store.is_set_up().await.unwrap());
    let (one, two) =
        tokio::join!(store.set_up(&[2; 32], &first, at(1)), store.set_up(&[2; 32], &first, at(1)));
    assert!(one.is_ok() != two.is_ok(), "once: {one:?} {two:?}");
    assert!(store.is_set_up().await.unwrap());
    store.set_setup_link(&[3; 32], at(10)).await.unwrap();
    assert!(store.set_up(&[3; 32], &first, at(1)).await.is_err(), "somebody is there");
}

pub(crate) async fn changes_are_noted_or_not_made(url: StoreUrl) {
    let store = open(&url).await;
    let root = add(&store, "root", Role::Admin, None).await;
    assert!(store.disable_person(None, root, "x", at(1)).await.is_err());
    begin(&store, root, 1).await;
    let log = store.audit(None, None, 9).await.unwrap();
    let actions: Vec<_> = log.iter().map(|it| it.action.as_str()).collect();
    assert_eq!(actions, ["session.begin", "person.add"], "L3");
    // A log that does not end where it should takes nothing more, and nothing is changed without it.
    let mut behind = crate::behind(&url).await;
    query("UPDATE audit_tip SET sequence = 1").execute(&mut behind).await.unwrap();
    let refused = store.set_password(None, root, "new", "root", at(2)).await;
    assert!(matches!(refused, Err(StoreError::Damaged { .. })), "L3 {refused:?}");
    assert_eq!(store.credentials("root").await.unwrap().unwrap().1, "a hash", "L3");
}
