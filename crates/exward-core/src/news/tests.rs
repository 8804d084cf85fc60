//! A made-up catalog, and when what of it is news to whom.

use jiff::civil::date;

use super::*;
use crate::catalog::{Entitlement, Facts, Moves, Withdrawal};

fn release(product: Product, cu: Cu, update: &str, build: &str, released: &str) -> Release {
    let kind = match update {
        "" => Kind::Cu,
        it if it.contains("HU") => Kind::Hu,
        _ => Kind::Su,
    };
    Release {
        product,
        cu,
        update: (!update.is_empty()).then(|| update.to_owned()),
        kind,
        released: released.parse().ok(),
        build: build.parse().unwrap(),
        kb: None,
        cumulative: true,
        entitlement: Entitlement::Public,
        note: String::new(),
        source: "test".to_owned(),
    }
}

fn catalog() -> Catalog {
    Catalog::new(facts())
}

fn facts() -> Facts {
    use Product::{E2019, Se};
    Facts {
        as_of: date(2026, 6, 20),
        releases: vec![
            release(Product::E2016, Cu::Cu(23), "Apr25SU", "15.1.2507.55", "2025-04-08"),
            release(E2019, Cu::Cu(13), "", "15.2.1258.12", "2023-05-03"),
            release(E2019, Cu::Cu(14), "Jun26SU", "15.2.1544.41", "2026-06-09"),
            release(E2019, Cu::Cu(15), "", "15.2.1748.10", "2025-02-10"),
            release(E2019, Cu::Cu(15), "Jun26SU", "15.2.1748.50", "2026-06-09"),
            release(E2019, Cu::Cu(15), "Jul26HU", "15.2.1748.60", "2026-06-19"),
            release(Se, Cu::Cu(1), "", "15.2.2600.10", "2026-06-15"),
        ],
        advisories: vec![],
        lifecycles: vec![],
        overrides: vec![],
        defaults: vec![],
        disagreements: vec![],
        moves: Moves::default(),
    }
}

/// Catalogs by the day that they tell of and the day on which they came.
#[track_caller]
fn check(used: &[(Date, Date)], today: Date, want: &[&str]) {
    let used: Vec<Used> = used
        .iter()
        .map(|(as_of, came)| Used { as_of: *as_of, since: came.in_tz("UTC").unwrap().timestamp() })
        .collect();
    let catalog = catalog();
    let news = news(&catalog, &used, today);
    let told: Vec<String> = news.iter().map(|(came, it)| format!("{came} {}", it.name)).collect();
    assert_eq!(told, want, "N1");
}

#[test]
fn an_update_is_news_from_when_it_could_be_known() {
    let (may, june) = (date(2026, 5, 20), date(2026, 6, 20));
    let came = date(2026, 6, 21);
    let both = ["2026-06-21 Exchange SE CU1", "2026-06-21 Jun26SU"];
    check(&[], june, &[]);
    check(&[(june, came)], came, &[]);
    check(&[(may, may), (june, came)], came, &both);
    check(&[(may, may), (june, came)], date(2026, 7, 20), &both);
    check(&[(may, may), (june, came)], date(2026, 7, 21), &[]);
    // A further catalog without a newer update dates nothing anew.
    check(&[(may, may), (june, came), (date(2026, 6, 25), date(2026, 6, 26))], came, &both);
    // A catalog of the day itself may have been made too early, as the first one here.
    let day = date(2026, 6, 9);
    check(&[(day, day), (june, came)], came, &both);
    let both = ["2026-06-21 Exchange SE CU1", "2026-06-09 Jun26SU"];
    check(&[(may, may), (day, day), (june, came)], came, &both);
}

#[test]
fn what_a_former_catalog_could_not_know_is_new() {
    let catalog = catalog();
    let names = |former| -> Vec<String> {
        news_since(&catalog, former).into_iter().map(|it| it.name).collect()
    };
    assert_eq!(names(date(2026, 6, 9)), ["Jun26SU", "Exchange SE CU1"]);
    assert_eq!(names(date(2026, 6, 10)), ["Exchange SE CU1"]);
    assert!(names(date(2026, 6, 16)).is_empty());
}

#[test]
fn what_was_withdrawn_is_not_out() {
    let mut facts = facts();
    let build = facts.releases.last().unwrap().build;
    let (since, why, source) = (date(2026, 6, 18), String::new(), String::new());
    facts.moves.withdrawals.push(Withdrawal { build, since, replaced_by: None, why, source });
    let catalog = Catalog::new(facts);
    let names: Vec<String> = newest(&catalog).into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["Apr25SU", "Jun26SU"]);
}

#[track_caller]
fn check_there(product: Product, cu: Option<Cu>, build: Option<&str>, want: (u64, u64)) {
    let catalog = catalog();
    let updates = newest(&catalog);
    let update = updates.iter().find(|it| it.name == "Jun26SU").unwrap();
    let build = build.map(|it| it.parse().unwrap());
    let Uptake { there, servers } = update.uptake(&[Alike { product, cu, build, servers: 1 }]);
    assert_eq!((there, servers), want, "N2: {product} {cu:?} {build:?}");
}

#[test]
fn a_server_is_there_by_its_own_cu() {
    use Product::{E2016, E2019, Se};
    check_there(E2019, Some(Cu::Cu(14)), Some("15.2.1544.41"), (1, 1));
    check_there(E2019, Some(Cu::Cu(14)), Some("15.2.1544.40"), (0, 1));
    check_there(E2019, Some(Cu::Cu(15)), Some("15.2.1748.60"), (1, 1));
    // A higher build of another CU proves nothing.
    check_there(E2019, Some(Cu::Cu(15)), Some("15.2.1748.10"), (0, 1));
    check_there(E2019, Some(Cu::Cu(13)), Some("15.2.1258.99"), (0, 1));
    check_there(E2019, Some(Cu::Cu(16)), Some("15.2.1900.1"), (1, 1));
    check_there(E2019, Some(Cu::Cu(15)), None, (0, 1));
    check_there(E2019, None, None, (0, 1));
    check_there(Se, Some(Cu::Rtm), Some("15.2.2562.17"), (0, 0));
    check_there(E2016, Some(Cu::Cu(23)), Some("15.1.2507.55"), (0, 0));
}

#[track_caller]
fn check_sentence(name: &str, there: u64, servers: u64, want: &str) {
    let catalog = catalog();
    let updates = newest(&catalog);
    let update = updates.iter().find(|it| it.name == name).unwrap();
    assert_eq!(update.sentence(Uptake { there, servers }), want, "N3");
}

#[test]
fn it_is_said_in_a_sentence() {
    let say = |it: &str| format!("Jun26SU is out: {it}");
    let check = |there, servers, want: &str| check_sentence("Jun26SU", there, servers, &say(want));
    check(3, 412, "3 of 412 servers of Exchange 2019 are already there");
    check(1, 412, "1 of 412 servers of Exchange 2019 is already there");
    check(0, 2, "none of 2 servers of Exchange 2019 is there yet");
    check(2, 2, "all 2 servers of Exchange 2019 are already there");
    check(0, 1, "the server of Exchange 2019 is not there yet");
    check(1, 1, "the server of Exchange 2019 is already there");
    let want = "Exchange SE CU1 is out: none of 9 servers of Exchange SE is there yet";
    check_sentence("Exchange SE CU1", 0, 9, want);
}

#[test]
fn it_names_all_whose_servers_are_counted() {
    let catalog = catalog();
    let mut update = newest(&catalog).into_iter().find(|it| it.name == "Jun26SU").unwrap();
    let more = [Product::E2016, Product::Se].map(|it| release(it, Cu::Cu(23), "x", "15.1.1.1", ""));
    update.releases.extend(&more);
    let want = "Jun26SU is out: 3 of 4 servers of Exchange 2016, 2019 and SE are already there";
    assert_eq!(update.sentence(Uptake { there: 3, servers: 4 }), want, "N3");
}
