//! Whom a run refuses. Nothing reaches anybody, the faces of the lab included.

use std::process::Stdio;

use super::estate::{Lab, PATCHED, VULNERABLE, targets_of};
use crate::run::{Ran, command};

/// A scope with these lines added, in the directory of the test.
fn scope(lab: &Lab, name: &'static str, lines: &str) -> &'static str {
    let text =
        "owner = \"Contoso Ltd\"\npurpose = \"monthly check\"\ncontact = \"it@contoso.com\"\n";
    lab.write(name, format!("{text}{lines}"));
    name
}

fn lab() -> Lab {
    let lab = Lab::healthy(&[PATCHED, VULNERABLE]);
    lab.hosts_file();
    lab
}

/// Runs `exward check` in the directory of the test. Makes sure that it reaches nobody and begins no run; gives the
/// exit code and what it says.
#[track_caller]
fn refused(lab: &Lab, args: &[&str]) -> String {
    let mut command = command(&[&["check", "--format", "json", "--run", "run"], args].concat());
    let Ran { code, out, err } =
        command.current_dir(lab.files.path()).stdin(Stdio::null()).output().unwrap().into();
    assert_eq!(lab.counters().connections(), 0, "{args:?} sent something");
    assert!(!lab.files.path().join("run").exists(), "{args:?} began a run");
    format!("exit {code}\n{out}{err}")
}

/// Many hosts, with a face of the lab among them: none of them may be asked.
fn many(lab: &Lab, net: &str, count: usize) -> &'static str {
    let host = |it: usize| format!("{net}.{}.{}\n", it / 200, it % 200);
    let text: String = (0..count).map(host).chain(lab.targets().into_iter().take(1)).collect();
    lab.write("many.txt", text);
    "many.txt"
}

#[test]
fn a_scope_holds_what_it_names_until_its_last_day() {
    let lab = lab();
    let target = &lab.targets()[0];
    let of = |args: &[&str]| refused(&lab, &[&["--allow-loopback"], args].concat());
    let narrow = scope(&lab, "narrow.toml", "until = 2026-12-31\nranges = [\"127.2.0.0/16\"]\n");
    insta::assert_snapshot!(of(&["--scope", narrow, "127.1.0.0/24"]), @r"
    exit 2
    exward::usage

      × `127.1.0.0/24` lies outside the scope
      help: take what is outside off the list, or, if its owner agrees, add it to
            `ranges` or `names` of the scope file
    ");
    insta::assert_snapshot!(of(&["--scope", narrow, target]), @r"
    exit 2
    exward::usage

      × `127.1.0.1` lies outside the scope
      help: take what is outside off the list, or, if its owner agrees, add it to
            `ranges` or `names` of the scope file
    ");
    insta::assert_snapshot!(of(&["--scope", narrow, "--from", "hosts.txt"]), @r#"
    exit 4
    {"schema":"exward.skipped/1","file":"hosts.txt","line":1,"why":"`127.1.0.1` lies outside the scope"}
    {"schema":"exward.skipped/1","file":"hosts.txt","line":2,"why":"`127.1.0.2` lies outside the scope"}
    {"schema":"exward.skipped/1","file":"hosts.txt","line":null,"why":"nothing in it could be read"}
    "#);
    let past = scope(&lab, "past.toml", "until = 2026-11-23\nranges = [\"127.0.0.0/8\"]\n");
    insta::assert_snapshot!(of(&["--scope", past, target]), @r"
    exit 2
    exward::usage

      × the scope ended on 2026-11-23, and today is 2026-11-24
      help: ask the owner whether the scope still holds, and write the new day
            into `until`
    ");
    let exclude = "until = 2026-12-31\nranges = [\"127.0.0.0/8\"]\nexclude = [\"127.1.0.0/24\"]\n";
    let exclude = scope(&lab, "exclude.toml", exclude);
    insta::assert_snapshot!(of(&["--scope", exclude, target]), @r"
    exit 2
    exward::usage

      × `127.1.0.1` is excluded by the scope
      help: nothing to do; only the owner takes an entry off `exclude` in the
            scope file
    ");
    insta::assert_snapshot!(of(&["--scope", exclude, "127.1.0.0/28"]), @r"
    exit 2
    exward::usage

      × `127.1.0.0/28` is excluded by the scope
      help: nothing to do; only the owner takes an entry off `exclude` in the
            scope file
    ");
}

#[test]
fn a_scope_must_be_one_and_makes_no_server_where_none_can_be() {
    let lab = lab();
    let target = &lab.targets()[0];
    let of = |args: &[&str]| refused(&lab, &[&["--allow-loopback"], args].concat());
    let whole = scope(&lab, "whole.toml", "until = 2026-12-31\nranges = [\"0.0.0.0/0\"]\n");
    insta::assert_snapshot!(of(&["--scope", whole, "240.0.0.0/28"]), @r"
    exit 2
    exward::usage

      × whole.toml: line 5: `0.0.0.0/0` is wider than any owner's range (/8 in
      │ IPv4, /16 in IPv6); list the ranges you answer for
      help: docs/probing.md shows a scope file
    ");
    let wide = "until = 2026-12-31\nranges = [\"240.0.0.0/8\", \"169.254.0.0/16\"]\n";
    let wide = scope(&lab, "wide.toml", wide);
    insta::assert_snapshot!(of(&["--scope", wide, "240.0.0.0/28"]), @r"
    exit 2
    exward::usage

      × `240.0.0.0/28` is never asked: reserved range (RFC 1112)
      help: no server of yours can be there; name its real address
    ");
    insta::assert_snapshot!(of(&["--scope", wide, "169.254.0.0/28"]), @r"
    exit 2
    exward::usage

      × `169.254.0.0/28` is never asked: link-local range (RFC 3927)
      help: no server of yours can be there; name its real address
    ");
    lab.write("no.toml", "owner = 7");
    insta::assert_snapshot!(of(&["--scope", "no.toml", target]), @r"
    exit 2
    exward::usage

      × no.toml: line 1: invalid type: integer `7`, expected a string
      help: docs/probing.md shows a scope file
    ");
    insta::assert_snapshot!(of(&["--scope", "missing.toml", target]), @r"
    exit 4
    exward::read

      × cannot read missing.toml
      ╰─▶ No such file or directory (os error 2)
      help: does it exist, and may you read it?
    ");
}

#[test]
fn crowds_need_a_scope_or_a_contact() {
    let lab = lab();
    let of = |args: &[&str]| refused(&lab, &[&["--allow-loopback"], args].concat());
    insta::assert_snapshot!(of(&["--from", many(&lab, "9.9", 300)]), @r"
    exit 2
    exward::usage

      × these are more than 256 public hosts, and so many need a scope
      help: write a scope file and give it with `--scope FILE`; docs/probing.md
            has an example
    ");
    insta::assert_snapshot!(of(&["--from", many(&lab, "9.9", 300), "--contact", "it@contoso.com"]), @r"
    exit 2
    exward::usage

      × these are more than 256 public hosts, and so many need a scope
      help: write a scope file and give it with `--scope FILE`; docs/probing.md
            has an example
    ");
    insta::assert_snapshot!(of(&["--from", many(&lab, "10.9", 257)]), @r"
    exit 2
    exward::usage

      × these are more than 256 hosts, and so many need a contact
      help: say whom to ask about this run with `--contact`, a mail address or a
            web page
    ");
    insta::assert_snapshot!(of(&["10.9.0.0/24"]), @r"
    exit 2
    exward::usage

      × `10.9.0.0/24` is a range, and ranges need a scope
      help: write a scope file and give it with `--scope FILE`; docs/probing.md
            has an example
    ");
    insta::assert_snapshot!(of(&["10.9.0.0/24:8443"]), @r"
    exit 2
    exward::usage

      × `10.9.0.0/24:8443` is a range with a port; leave the port out, or name the
      │ service: `smtp://…`
      help: write a host, host:port, or an address
    ");
    insta::assert_snapshot!(of(&["--contact", "nobody", &lab.targets()[0]]), @r"
    exit 2
    exward::usage

      × the contact cannot be used: `nobody` is no contact: it is neither a web
      │ nor a mail address; give `mailto:soc@contoso.com`, or a page such as
      │ `https://contoso.com/scan` that says who asks and how to object
      help: correct `--contact`; a plain mail address will do
    ");
}

#[test]
fn this_machine_and_places_that_do_not_exist_are_refused() {
    let lab = lab();
    let target = &lab.targets()[0];
    insta::assert_snapshot!(refused(&lab, &[target]), @r"
    exit 2
    exward::usage

      × `127.1.0.1` is this machine itself
      help: add `--allow-loopback` if this machine is meant
    ");
    insta::assert_snapshot!(refused(&lab, &[&format!("localhost:{}", lab.port())]), @r"
    exit 2
    exward::usage

      × `localhost` is this machine itself
      help: add `--allow-loopback` if this machine is meant
    ");
    insta::assert_snapshot!(refused(&lab, &["--from", "hosts.txt"]), @r#"
    exit 4
    {"schema":"exward.skipped/1","file":"hosts.txt","line":1,"why":"`127.1.0.1` is this machine itself"}
    {"schema":"exward.skipped/1","file":"hosts.txt","line":2,"why":"`127.1.0.2` is this machine itself"}
    {"schema":"exward.skipped/1","file":"hosts.txt","line":null,"why":"nothing in it could be read"}
    "#);
    let of = |args: &[&str]| refused(&lab, &[&["--allow-loopback", target], args].concat());
    insta::assert_snapshot!(of(&["192.0.2.1"]), @r"
    exit 2
    exward::usage

      × `192.0.2.1` is never asked: documentation range (RFC 5737)
      help: no server of yours can be there; name its real address
    ");
    insta::assert_snapshot!(of(&["mail.example.org"]), @r"
    exit 2
    exward::usage

      × `mail.example.org` is never asked: documentation name (RFC 2606)
      help: no server of yours can be there; name its real address
    ");
    insta::assert_snapshot!(of(&["[2001:db8::1]:443"]), @r"
    exit 2
    exward::usage

      × `2001:db8::1` is never asked: documentation range (RFC 3849)
      help: no server of yours can be there; name its real address
    ");
    insta::assert_snapshot!(of(&["--rate", "0", "10.9.0.1"]), @r"
    exit 2
    exward::usage

      × `10.9.0.1` is not loopback, and `--rate 0` lifts every limit
      help: leave `--rate 0` out, or give a number of new hosts a second; 0 is for
            tests on this machine
    ");
    insta::assert_snapshot!(of(&["--rate", "0", "mail.corp.test"]), @r"
    exit 2
    exward::usage

      × `mail.corp.test` is not loopback, and `--rate 0` lifts every limit
      help: leave `--rate 0` out, or give a number of new hosts a second; 0 is for
            tests on this machine
    ");
}

#[test]
fn what_a_feed_names_is_read_and_never_asked() {
    let lab = lab();
    let mut feed = "\"timestamp\",\"ip\",\"port\",\"tag\",\"version\"\n".to_owned();
    for face in &lab.estate.faces {
        let row = format!(
            "\"2026-11-20 00:00:01\",\"{}\",{},\"exchange\",\"{VULNERABLE}\"\n",
            face.address, face.port
        );
        feed.push_str(&row);
    }
    let feed = lab.write("scan_exchange.csv", feed);
    let ran = lab.check(&["--rate", "0", "--from", &feed]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert_eq!(targets_of(&ran), lab.targets());
    assert_eq!(lab.counters().connections(), 0);
}
