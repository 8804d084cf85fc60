//! The truth of whole estates, and a careful reader that finds it.

use exward_core::report::ServerReport;
use exward_read::answer::{ehlo, greeting};
use serde_json::json;

use super::*;
use crate::answer::{answer, tests as answers};
use crate::fault::before_tls;
use crate::profile::Profile;
use crate::request::Request;
use crate::score::score;

/// Everything that a face shows to a client that asks by name, with patience, and reads all.
fn seen(face: &Face) -> Vec<Evidence> {
    let silent = matches!(face.behaviour, Behaviour::Dead) || before_tls(face.behaviour).is_some();
    if silent || (face.behaviour.kind() == Kind::None) {
        return Vec::new();
    }
    if face.service != Service::Https {
        let mut evidence = greeting(&crate::mail::greeting(face));
        let (text, _) = crate::mail::reply(face, "EHLO scan.lab.test", false);
        if face.service == Service::Smtp {
            let verbs: Vec<&str> = text.lines().filter_map(|it| it.get(4..)).collect();
            evidence.extend(ehlo(&verbs));
        }
        return evidence;
    }
    let mut evidence = Vec::new();
    for (number, path) in (2..).zip(answers::PATHS) {
        let host = Some(face.name.as_str());
        let request = Request { method: "GET", path, host, ..Request::default() };
        evidence.extend(answers::read_back(path, &answer(face, &request, number).bytes));
    }
    evidence
}

fn line(face: &Face, report: &ServerReport<'_>) -> String {
    let identity = &report.identity;
    let text = |build: Option<Build>| build.map(|it| it.to_string());
    let conflicts: Vec<String> = identity.conflicts.iter().map(ToString::to_string).collect();
    json!({
        "schema": "exward.check/1",
        "target": face.target(),
        "identity": {
            "product": identity.product.map(|it| it.to_string()),
            "cu": identity.cu.map(|it| it.to_string()),
            "build": text(identity.build),
            "at_least": text(identity.at_least),
            "at_most": text(identity.at_most),
            "conflicts": conflicts,
        },
        "verdict": report.judgement.verdict.name(),
        "reasons": report.judgement.reasons,
    })
    .to_string()
}

fn run(catalog: &Catalog, profile: &str, seed: u64, servers: usize) -> crate::score::Score {
    let estate = Estate::new(catalog, seed, servers, &Profile::named(profile).unwrap(), 8443);
    let mut truth = Vec::new();
    write_truth(catalog, &estate, &mut truth).unwrap();
    let mut results = String::new();
    for face in &estate.faces {
        let plain = |candidates: &[_], config: &_| Arc::new(assess(catalog, candidates, config));
        let report = report(catalog, face.target(), seen(face), catalog.as_of(), plain);
        results += &line(face, &report);
        results.push('\n');
    }
    score(truth.as_slice(), results.as_bytes()).unwrap()
}

/// The strongest check of the lab on itself: voices, truth and rules agree. Whoever reads everything
/// and decides as the core does is never wrong.
#[test]
fn a_careful_reader_is_never_wrong() {
    let catalog = exward_read::catalog::built_in().unwrap();
    for (profile, seed) in [("healthy", 1), ("modern", 2), ("mixed", 3), ("hostile", 4)] {
        let score = run(&catalog, profile, seed, 1500);
        assert!(score.is_clean(), "{profile}: {score}");
        let total = score.total();
        assert!(total.right > total.honest_unknown, "{profile}: {score}");
    }
}

#[test]
fn the_truth_is_one_object_a_line() {
    let catalog = exward_read::catalog::built_in().unwrap();
    let profile =
        Profile::parse("[behaviours]\nheader-stripped = 1\n[products]\n2016 = 1").unwrap();
    let estate = Estate::new(&catalog, 3, 1, &profile, 8443);
    let mut truth = Vec::new();
    write_truth(&catalog, &estate, &mut truth).unwrap();
    insta::assert_snapshot!(String::from_utf8(truth).unwrap(), @r#"{"schema":"exward.lab.truth/1","simulated":true,"target":"127.1.0.1:8443","behaviour":"header-stripped","kind":"exchange","product":"2016","cu":"CU3","build":"15.1.544.27","builds":["15.1.544.27"],"visible":"cu","verdict":"unsupported","unsupported":true}"#);
    let mut hosts = Vec::new();
    write_hosts(&estate, &mut hosts).unwrap();
    insta::assert_snapshot!(String::from_utf8(hosts).unwrap(), @r"
    # simulated by exward lab, on loopback alone; faces: 1
    127.1.0.1:8443
    ");
}

#[test]
fn of_several_front_ends_the_worst_counts() {
    let catalog = exward_read::catalog::built_in().unwrap();
    let profile = Profile::parse("[behaviours]\nload-balanced = 1").unwrap();
    let estate = Estate::new(&catalog, 5, 200, &profile, 8443);
    let mut mixed = 0;
    for (face, truth) in estate.faces.iter().zip(truths(&catalog, &estate)) {
        let verdicts = face.servers.iter().map(|it| judge(&catalog, it.build).verdict);
        assert_eq!(truth.verdict, verdicts.max().unwrap().name(), "U2: {truth:?}");
        mixed += usize::from(truth.builds.first() != truth.builds.last());
    }
    assert!(mixed > 10, "U2: no estate in mid-update");
}
