//! What the program carries is whole, dated and found.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::*;

#[test]
fn every_bundled_rule_can_be_run() {
    let mut refused = Vec::new();
    rules(&mut refused);
    assert_eq!(refused, []);
}

#[test]
fn every_row_of_the_lists_is_read_and_none_stands_twice() {
    assert_eq!(load_facts().1, Vec::<String>::new());
    let mut counts: BTreeMap<FactKind, usize> = BTreeMap::new();
    for fact in facts().all() {
        let count = counts.entry(fact.kind).or_default();
        *count = count.saturating_add(1);
    }
    insta::assert_snapshot!(format!("{counts:?}"), @"{Address: 91, Domain: 18, Hash: 238, ShellHash: 3, ShellName: 38, OrdinaryName: 28}");
}

#[test]
fn every_row_says_when_and_no_address_is_private() {
    let private = [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "::/3",
        "2001:db8::/32",
        "fc00::/6",
    ];
    let private = private.map(|it| it.parse::<IpNet>().unwrap());
    for fact in facts().all() {
        let date =
            if fact.date.len() == 7 { format!("{}-01", fact.date) } else { fact.date.clone() };
        let date = date.parse::<jiff::civil::Date>();
        assert!(date.is_ok_and(|it| (2019..2030).contains(&it.year())), "{fact:?}");
        if fact.kind == FactKind::Address {
            let address: IpAddr = fact.value.parse().unwrap();
            assert!(!private.iter().any(|it| it.contains(&address)), "{fact:?}");
        }
    }
}

#[track_caller]
fn check(row: &str, want: &str) {
    let text = format!("value,kind,what,source,date\n{row}\n");
    let refused = Facts::load(std::iter::once(("x.csv", text.as_str()))).1;
    assert_eq!(refused.concat(), want, "{row}");
}

#[test]
fn a_row_that_cannot_be_true_is_refused() {
    check("8.8.8.8,address,w,s,2021-03", "");
    check("8.8.8,address,w,s,2021-03", "x.csv, line 2: `8.8.8` is not what its kind says");
    check("abc,sha256,w,s,2021-03", "x.csv, line 2: `abc` is not what its kind says");
    check("x.txt,shell-name,w,s,2021-03", "x.csv, line 2: `x.txt` is not what its kind says");
    check("8.8.8.8,adress,w,s,2021-03", "x.csv, line 2: `adress` is no kind of fact");
    let cells =
        "x.csv, line 2: a row has five cells that hold something: value,kind,what,source,date";
    check("8.8.8.8,address,w,s,", cells);
    check("8.8.8.8,address,w,,2021-03", cells);
    check(
        "8.8.8.8,address,w,s,2021-03\n8.8.8.8,address,v,s,2022-03",
        "`8.8.8.8` stands in two rows",
    );
}

#[test]
fn a_value_is_found_however_it_is_written() {
    let facts = facts();
    let what = |it: Option<&Fact>| it.map_or("-", |it| it.what.as_str()).to_owned();
    assert_eq!(what(facts.address("::ffff:141.94.147.168")), "FIN7 SSH backdoor");
    assert_eq!(what(facts.address("8.8.8.8")), "-");
    assert_eq!(what(facts.address("mozillaupdate.com")), "-");
    assert_eq!(what(facts.domain("Cdn.MozillaUpdate.com.")), "FIN7 loader");
    assert_eq!(what(facts.domain("notmozillaupdate.com")), "-");
    assert_eq!(what(facts.domain("141.94.147.168")), "-");
    assert_eq!(what(facts.shell_name("REDIRSUITESERVERPROXY.ASPX")), "web shell after ProxyLogon");
    assert_eq!(what(facts.shell_name("RedirSuiteServiceProxy.aspx")), "-");
    assert_eq!(what(facts.shell_name("help.aspx")), "-");
    assert_eq!(what(facts.shell_name_here("Help.aspx")), "web shell after ProxyLogon");
    let hash = "893CD3583B49CB706B3E55ECB2ED0757B977A21F5C72E041392D1256F31166E2";
    assert_eq!(what(facts.hash(hash)), "web shell SIMPLESEESHARP");
}

#[test]
fn the_disguise_comes_off_and_the_order_is_that_of_the_names() {
    let names: Vec<String> = files("facts").into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["fin7.csv", "march2021.csv", "shell_names.csv", "webshell_traits.csv"]);
    let loud = b"RedirSuiteServerProxy";
    assert!(memchr::memmem::find(PACKED, loud).is_none());
}
