//! Names: several addresses behind one, none at all, and what `--discover` finds.

use std::net::{IpAddr, Ipv4Addr};

use exward_lab::dns::Zone;

use super::estate::{Lab, PATCHED, VULNERABLE, targets_of};
use crate::run::{Ran, json};

/// The address of the lab's face with this number.
fn at(last: u8) -> IpAddr {
    Ipv4Addr::new(127, 1, 0, last).into()
}

fn connections(lab: &Lab) -> Vec<u64> {
    lab.counts().iter().map(|it| it.connections).collect()
}

/// Asks with the lab's name server.
fn check(lab: &Lab, args: &[&str]) -> Ran {
    lab.check(&[&["--dns", &lab.dns().to_string()], args].concat())
}

/// The first reason of one result, with the port of this test taken out.
fn reason(lab: &Lab, line: &serde_json::Value) -> String {
    let reason = line["reasons"][0].as_str().unwrap();
    reason.replace(&lab.port().to_string(), "PORT")
}

#[test]
fn the_worst_of_two_addresses_counts() {
    let zone = Zone::new(&["corp.test"]).unwrap();
    let zone = zone.address("mail.corp.test", at(1)).unwrap();
    let zone = zone.address("mail.corp.test", at(2)).unwrap();
    let lab = Lab::healthy(&[PATCHED, VULNERABLE]).with_names(zone);
    let target = format!("mail.corp.test:{}", lab.port());
    let ran = check(&lab, &[&target]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let [line] = &json(&ran)[..] else { panic!("one object for one name: {}", ran.out) };
    assert_eq!((&line["target"], &line["verdict"]), (&target.into(), &"vulnerable".into()));
    let front_ends = line["front_ends"].as_array().unwrap();
    let text: Vec<String> = front_ends.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(text.join("\n").replace(&lab.port().to_string(), "PORT"), @r#"
    {"name":"127.1.0.1 EX00001A","build":"15.2.2562.56","verdict":"patched"}
    {"name":"127.1.0.2 EX00002A","build":"15.2.1544.14","verdict":"vulnerable"}
    "#);
    assert_eq!(connections(&lab), [1, 1]);
}

#[test]
fn a_name_without_address_is_unknown_and_says_why() {
    let zone = Zone::new(&["corp.test"]).unwrap();
    let zone = zone.address("mail.corp.test", at(1)).unwrap();
    let lab = Lab::healthy(&[PATCHED]).with_names(zone);
    let port = lab.port();
    let (missing, there) = (format!("gone.corp.test:{port}"), format!("mail.corp.test:{port}"));
    let ran = check(&lab, &[&missing, &there]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    let lines = json(&ran);
    assert_eq!(lines[0]["verdict"], "unknown");
    insta::assert_snapshot!(reason(&lab, &lines[0]), @"no answer: no such name: gone.corp.test");
    assert_eq!(lines[1]["verdict"], "patched", "the other goes on: {}", lines[1]);
}

#[test]
fn the_rules_hold_for_the_addresses_of_a_name() {
    let zone = Zone::new(&["corp.test"]).unwrap();
    let zone = zone.address("mail.corp.test", at(1)).unwrap();
    let zone = zone.address("mail.corp.test", at(2)).unwrap();
    let zone = zone.address("doc.corp.test", Ipv4Addr::new(192, 0, 2, 1).into()).unwrap();
    let lab = Lab::healthy(&[PATCHED, VULNERABLE]).with_names(zone);
    let target = format!("mail.corp.test:{}", lab.port());
    // Without leave, the machine itself is not asked, whoever answers for the name.
    let dns = lab.dns().to_string();
    let ran = crate::run::exward(&["check", "--format", "json", "--dns", &dns, &target]);
    assert_eq!((ran.code, connections(&lab)), (3, vec![0, 0]), "{}{}", ran.out, ran.err);
    insta::assert_snapshot!(reason(&lab, &json(&ran)[0]), @"2 front ends, the worst counts: 127.1.0.1 was not asked, 127.1.0.2 was not asked");
    // An exclusion holds for an address that a name leads to. What was not seen is not cleared.
    let scope = lab.write(
        "scope.toml",
        "owner = \"Contoso\"\npurpose = \"test\"\ncontact = \"it@contoso.com\"\nuntil = 2026-12-31\n\
         names = [\"*.corp.test\"]\nexclude = [\"127.1.0.2\"]\n",
    );
    let ran = check(&lab, &["--scope", &scope, &target]);
    assert_eq!((ran.code, connections(&lab)), (3, vec![1, 0]), "{}{}", ran.out, ran.err);
    insta::assert_snapshot!(reason(&lab, &json(&ran)[0]), @"2 front ends, the worst counts: 127.1.0.1 EX00001A 15.2.2562.56 patched, 127.1.0.2 was not asked");
    // The refused address comes first here, and must not keep the other one from being asked.
    let scope = lab.write(
        "scope-2.toml",
        "owner = \"Contoso\"\npurpose = \"test\"\ncontact = \"it@contoso.com\"\nuntil = 2026-12-31\n\
         names = [\"*.corp.test\"]\nexclude = [\"127.1.0.1\"]\n",
    );
    let ran = check(&lab, &["--scope", &scope, &target]);
    assert_eq!((ran.code, connections(&lab)), (1, vec![1, 1]), "{}{}", ran.out, ran.err);
    assert_eq!(json(&ran)[0]["verdict"], "vulnerable");
    insta::assert_snapshot!(reason(&lab, &json(&ran)[0]), @"2 front ends, the worst counts: 127.1.0.1 was not asked, 127.1.0.2 EX00002A 15.2.1544.14 vulnerable");
    let ran = check(&lab, &["doc.corp.test"]);
    assert_eq!(ran.code, 3);
    insta::assert_snapshot!(reason(&lab, &json(&ran)[0]), @"not asked: `doc.corp.test (192.0.2.1)` is never asked: documentation range (RFC 5737)");
}

#[test]
fn discovery_asks_what_is_ours_and_shows_the_rest() {
    let lab = Lab::healthy(&[PATCHED, VULNERABLE, VULNERABLE]);
    let port = lab.port();
    let zone = Zone::new(&["corp.test", "elsewhere.test"]).unwrap();
    let zone = zone.srv("_autodiscover._tcp.corp.test", 0, port, "ex1.corp.test").unwrap();
    let zone = zone.srv("_autodiscover._tcp.corp.test", 5, port, "ex2.corp.test").unwrap();
    let zone = zone.srv("_autodiscover._tcp.corp.test", 9, port, "ex3.elsewhere.test").unwrap();
    let zone = zone.mx("corp.test", 10, "corp-test.mail.protection.outlook.com").unwrap();
    let zone = zone.address("ex1.corp.test", at(1)).unwrap();
    let zone = zone.address("ex2.corp.test", at(2)).unwrap();
    let zone = zone.address("ex3.elsewhere.test", at(3)).unwrap();
    let lab = lab.with_names(zone);
    let ran = check(&lab, &["--discover", "corp.test"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert_eq!(targets_of(&ran), [1, 2].map(|it| format!("ex{it}.corp.test:{port}")));
    assert_eq!(connections(&lab), [1, 1, 0], "the one elsewhere is not asked");
    let lines = json(&ran);
    let found = lines[0]["evidence"].as_array().unwrap().iter();
    let found = found.filter(|it| it["kind"] == "discovery").map(|it| it["value"].to_string());
    insta::assert_snapshot!(found.collect::<Vec<_>>().join("\n"), @r#""SRV _autodiscover._tcp of corp.test""#);
    let skipped = lines.iter().filter(|it| it["schema"] == "exward.skipped/1");
    let skipped: Vec<String> = skipped.map(ToString::to_string).collect();
    insta::assert_snapshot!(skipped.join("\n").replace(&port.to_string(), "PORT"), @r#"
    {"schema":"exward.skipped/1","file":"--discover corp.test","line":null,"why":"corp-test.mail.protection.outlook.com: MX of corp.test (preference 10); a cloud gateway (Exchange Online Protection)"}
    {"schema":"exward.skipped/1","file":"--discover corp.test","line":null,"why":"ex3.elsewhere.test: SRV _autodiscover._tcp of corp.test; outside corp.test: give it as a target if it is yours"}
    "#);
}

#[test]
fn a_domain_without_servers_says_so() {
    let lab = Lab::healthy(&[PATCHED]).with_names(Zone::new(&["corp.test"]).unwrap());
    let ran = check(&lab, &["--discover", "corp.test"]);
    assert_eq!((ran.code, connections(&lab)), (4, vec![0]), "{}{}", ran.out, ran.err);
    insta::assert_snapshot!(ran.out, @r#"
    {"schema":"exward.skipped/1","file":"--discover corp.test","line":null,"why":"autodiscover.corp.test: autodiscover name of corp.test; does not exist"}
    {"schema":"exward.skipped/1","file":"--discover corp.test","line":null,"why":"mail.corp.test: mail name of corp.test; does not exist"}
    {"schema":"exward.skipped/1","file":"--discover corp.test","line":null,"why":"owa.corp.test: owa name of corp.test; does not exist"}
    {"schema":"exward.skipped/1","file":"--discover corp.test","line":null,"why":"no server to ask was found"}
    "#);
}

#[test]
fn who_may_not_be_asked_is_not_looked_up() {
    let lab = Lab::healthy(&[PATCHED]).with_names(Zone::new(&["corp.test"]).unwrap());
    let refused = |args: &[&str]| {
        let ran = check(&lab, args);
        assert_eq!((ran.code, lab.names_asked()), (2, 0), "{}{}", ran.out, ran.err);
        ran.err
    };
    let scope = |until: &str, names: &str| {
        let text = "owner = \"Contoso\"\npurpose = \"test\"\ncontact = \"it@contoso.com\"\n";
        lab.write("scope.toml", format!("{text}until = {until}\nnames = [\"{names}\"]\n"))
    };
    let discover = ["--discover", "corp.test"];
    let past = refused(&[&discover[..], &["--scope", &scope("2026-11-23", "corp.test")]].concat());
    assert!(past.contains("the scope ended on 2026-11-23"), "{past}");
    let other =
        refused(&[&discover[..], &["--scope", &scope("2026-12-31", "other.test")]].concat());
    assert!(other.contains("`corp.test` lies outside the scope"), "{other}");
    let nobody = refused(&[&discover[..], &["--contact", "nobody"]].concat());
    assert!(nobody.contains("the contact cannot be used"), "{nobody}");
    let ran = check(&lab, &["--discover", "example.org"]);
    assert_eq!((ran.code, lab.names_asked()), (2, 0), "{}{}", ran.out, ran.err);
    insta::assert_snapshot!(ran.err, @r"
    exward::usage

      × `example.org` is never asked: documentation name (RFC 2606)
      help: no server of yours can be there; name its real address
    ");
}
