//! Manners: what reaches a server, question by question.

use exward_lab::behaviour::Behaviour;
use exward_lab::estate::Face;
use exward_lab::serve::FaceCounts;

use super::estate::{Lab, PATCHED, Port, VULNERABLE, face};

/// Most questions without a wish.
const QUESTIONS_MAX: usize = 4;

/// Asks one face, and holds what reached it against what should. A made-up path is shown as such.
#[track_caller]
fn check(face: impl FnOnce(u16) -> Face, wishes: &[&str], connections: u64, want: &[&str]) {
    let port = Port::new();
    let face = face(port.number());
    let lab = Lab::of(vec![face], port);
    let target = &lab.targets()[0];
    let ran = lab.check(&[&["--rate", "0", target], wishes].concat());
    let counts = &lab.counts()[0];
    let shown: Vec<&str> = counts.paths.iter().map(|it| made_up(it).unwrap_or(it)).collect();
    assert_eq!(shown, want, "{wishes:?}: {}{}", ran.out, ran.err);
    assert_eq!(counts.connections, connections, "{want:?}");
}

/// Sixteen hexadecimal digits and nothing else.
fn made_up(question: &str) -> Option<&'static str> {
    let digits = question.strip_prefix("GET /")?.strip_suffix(".htm")?;
    let is_hex = digits.len() == 16 && digits.bytes().all(|it| it.is_ascii_hexdigit());
    is_hex.then_some("GET (made up)")
}

fn patched(port: u16) -> Face {
    face(1, PATCHED, port)
}

fn vulnerable(port: u16) -> Face {
    face(1, VULNERABLE, port)
}

fn stripped(port: u16) -> Face {
    Face { behaviour: Behaviour::HeaderStripped, ..face(1, PATCHED, port) }
}

fn other(port: u16) -> Face {
    Face { behaviour: Behaviour::OtherServer, servers: Vec::new(), ..face(1, PATCHED, port) }
}

const OWA: &str = "GET /owa/";
const AUTODISCOVER: &str = "GET /autodiscover/autodiscover.xml";
const LOGON: &str = "GET /owa/auth/logon.aspx";
const EWS: &str = "GET /EWS/Exchange.asmx";
const CONTROL: &str = "GET (made up)";
const MANIFEST: &str =
    "GET /ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application";

#[test]
fn only_what_decides_is_asked_and_a_wish_adds_its_one_question() {
    check(vulnerable, &[], 1, &[OWA]);
    check(patched, &[], 1, &[OWA, LOGON]); // an all-clear has two witnesses
    check(stripped, &[], 1, &[OWA, AUTODISCOVER, LOGON]);
    check(other, &[], 1, &[OWA, AUTODISCOVER, LOGON, "GET /owa/healthcheck.htm"]);
    check(vulnerable, &["--control"], 1, &[OWA, CONTROL]);
    check(vulnerable, &["--ntlm"], 1, &[OWA, EWS]);
    check(vulnerable, &["--manifest"], 1, &[OWA]); // its header tells the build already
    check(patched, &["--control"], 1, &[OWA, CONTROL, LOGON]);
    // The logon page is cut after its version, which ends its connection; what comes then needs another one.
    check(patched, &["--ntlm"], 2, &[OWA, LOGON, EWS]);
    check(stripped, &["--manifest"], 2, &[OWA, AUTODISCOVER, LOGON, MANIFEST]);
    let all = ["--manifest", "--control", "--ntlm"];
    check(stripped, &all, 2, &[OWA, CONTROL, AUTODISCOVER, LOGON, MANIFEST, EWS]);
}

/// What holds for every face of every estate that was asked without a wish.
#[track_caller]
pub(super) fn check_manners(face: &Face, counts: &FaceCounts) {
    let place = format!("{} {}: {:?}", face.target(), face.behaviour, counts.paths);
    let known = [OWA, AUTODISCOVER, LOGON, "GET /owa/healthcheck.htm", "GET /exchange/logon.asp"];
    let mail = ["EHLO", "STARTTLS", "STLS", "QUIT", "CAPABILITY", "CAPA", "LOGOUT"];
    for question in &counts.paths {
        let is_mail = face.service != exward_lab::estate::Service::Https
            && question.split(' ').any(|word| mail.contains(&word));
        assert!(is_mail || known.contains(&question.as_str()), "`{question}`, {place}");
        assert!(!question.contains(['?', '@']), "`{question}`, {place}");
    }
    // The same questions once more if the face asked for it, or turned a bare address away.
    let again = [(Behaviour::RateLimiting, 3), (Behaviour::NameBound, 2)];
    let visits = again.into_iter().find(|it| it.0 == face.behaviour).map_or(1, |it| it.1);
    assert!(counts.paths.len() <= QUESTIONS_MAX.saturating_mul(visits), "{place}");
}
