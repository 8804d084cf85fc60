//! Each rule with a row that breaks it (S1).

use serde_json::{Value, json};

use super::*;

/// The truth of one face; `more` overrides.
fn truth(more: &Value) -> String {
    let mut all = json!({
        "schema": SCHEMA, "simulated": true, "target": "127.1.0.1:8443", "behaviour": "healthy",
        "kind": "exchange", "product": "2019", "cu": "CU14", "build": "15.2.1544.14",
        "builds": ["15.2.1544.14"], "visible": "exact", "verdict": "vulnerable",
        "unsupported": false,
    });
    merge(&mut all, more);
    all.to_string()
}

/// The right result for that face; `more` overrides.
fn result(more: &Value) -> String {
    let mut all = json!({
        "schema": CHECK_SCHEMA, "target": "127.1.0.1:8443", "verdict": "vulnerable",
        "reasons": ["42 CVEs open"],
        "identity": {
            "product": "2019", "cu": "CU14", "build": "15.2.1544.14", "at_least": "15.2.1544.14",
            "at_most": "15.2.1544.14", "conflicts": [],
        },
    });
    merge(&mut all, more);
    all.to_string()
}

fn merge(all: &mut Value, more: &Value) {
    for (key, value) in more.as_object().unwrap() {
        match (&mut all[key], value) {
            (inner @ Value::Object(_), Value::Object(_)) => merge(inner, value),
            (inner, _) => *inner = value.clone(),
        }
    }
}

/// `want`: `right`, `honest-unknown`, or what the one wrong line says.
#[track_caller]
fn check(face: Value, said: Value, want: &str) {
    let score = score(truth(&face).as_bytes(), result(&said).as_bytes()).unwrap();
    let got = match (score.wrong.first(), score.total()) {
        (Some(it), _) => it.why.as_str(),
        (None, Count { right: 1, honest_unknown: 0, wrong: 0 }) => "right",
        (None, Count { right: 0, honest_unknown: 1, wrong: 0 }) => "honest-unknown",
        (None, other) => panic!("{other:?}"),
    };
    assert_eq!(got, want, "{face} {said}");
    assert_eq!(score.is_clean(), score.wrong.is_empty());
}

/// A range of CU14 from its base to its newest update, without a build.
fn cu14(verdict: &str) -> Value {
    json!({"verdict": verdict, "identity": {
        "build": null, "at_least": "15.2.1544.4", "at_most": "15.2.1544.50"}})
}

/// Nothing known of the identity.
fn nobody(verdict: &str, reasons: &[&str]) -> Value {
    json!({"verdict": verdict, "reasons": reasons, "identity": {
        "product": null, "cu": null, "build": null, "at_least": null, "at_most": null}})
}

#[test]
fn verdicts_are_held_against_the_truth() {
    check(json!({}), json!({}), "right");
    let lie = "false all-clear: called patched, is vulnerable (15.2.1544.14)";
    check(json!({}), json!({"verdict": "patched"}), lie);
    let lie = "false all-clear: called mitigated, is vulnerable (15.2.1544.14)";
    check(json!({}), json!({"verdict": "mitigated"}), lie);
    let lie = "false all-clear: called not-exchange, is vulnerable (15.2.1544.14)";
    check(json!({}), nobody("not-exchange", &["nginx"]), lie);
    let patched = json!({"verdict": "patched"});
    check(patched.clone(), json!({"verdict": "patched"}), "right");
    let alarm = "false alarm: called vulnerable, is patched (15.2.1544.14)";
    check(patched.clone(), json!({}), alarm);
    let alarm = "false alarm: called unsupported, is patched (15.2.1544.14)";
    check(patched, json!({"verdict": "unsupported"}), alarm);
    let alarm = "false alarm: called unsupported, is vulnerable (15.2.1544.14)";
    check(json!({}), json!({"verdict": "unsupported"}), alarm);
    check(json!({"unsupported": true}), json!({"verdict": "unsupported"}), "right");
    check(json!({}), json!({"verdict": "fine"}), "`fine` is no verdict");
    let open = "called possibly, but the build decides: vulnerable";
    check(json!({}), json!({"verdict": "possibly"}), open);
    check(json!({"verdict": "possibly"}), json!({"verdict": "possibly"}), "right");
}

#[test]
fn identities_are_held_against_the_truth() {
    let other = json!({"identity": {"product": "2016"}});
    check(json!({}), other, "called Exchange 2016, is 2019");
    let elsewhere = json!({"identity": {"at_least": "15.2.1748.10", "at_most": "15.2.1748.26"}});
    let left_out = "builds 15.2.1748.10 to 15.2.1748.26 leave out 15.2.1544.14";
    check(json!({}), elsewhere.clone(), left_out);
    let mut conflict = elsewhere;
    merge(&mut conflict, &json!({"identity": {"conflicts": ["header-vs-path: …"]}}));
    check(json!({}), conflict.clone(), left_out);
    merge(&mut conflict, &json!({"verdict": "possibly"}));
    check(json!({}), conflict, "honest-unknown");
}

#[test]
fn what_was_to_be_seen_is_not_missed() {
    let missed = "missed the build 15.2.1544.14, which was to be seen";
    check(json!({}), cu14("possibly"), missed);
    check(json!({}), nobody("unknown", &["no answer within 10 s"]), missed);
    let cu = json!({"visible": "cu"});
    check(cu.clone(), cu14("possibly"), "honest-unknown");
    check(cu.clone(), cu14("vulnerable"), "right");
    let missed = "missed the CU, Exchange 2019 CU14, which was to be seen";
    check(cu, nobody("unknown", &["no build was seen"]), missed);
    check(json!({"visible": "product"}), nobody("unknown", &["no build"]), "honest-unknown");
    check(json!({"visible": "nothing"}), nobody("unknown", &["no build"]), "honest-unknown");
    check(json!({"visible": "nothing"}), nobody("unknown", &[]), "unknown without a reason");
    check(
        json!({"visible": "cu"}),
        {
            let mut it = cu14("possibly");
            merge(&mut it, &json!({"reasons": [" "]}));
            it
        },
        "possibly without a reason",
    );
}

#[test]
fn of_several_front_ends_any_may_be_named_but_none_clears_all() {
    let pair = json!({"behaviour": "load-balanced", "builds": ["15.2.1544.14", "15.2.1544.50"]});
    check(pair.clone(), json!({}), "right");
    let newer = |verdict| {
        json!({"verdict": verdict, "identity": {
            "build": "15.2.1544.50", "at_least": "15.2.1544.50", "at_most": "15.2.1544.50"}})
    };
    check(pair.clone(), newer("vulnerable"), "right");
    check(pair.clone(), newer("possibly"), "honest-unknown");
    let lie = "false all-clear: called patched, is vulnerable (15.2.1544.14)";
    check(pair, newer("patched"), lie);
}

#[test]
fn what_is_no_server_of_ours_is_never_called_one() {
    let none = |behaviour, kind, verdict| {
        json!({"behaviour": behaviour, "kind": kind, "product": null, "cu": null, "build": null,
               "builds": [], "visible": "nothing", "verdict": verdict})
    };
    let honeypot = none("honeypot", "not-exchange", "not-exchange");
    check(honeypot.clone(), nobody("not-exchange", &["it is nginx"]), "right");
    check(honeypot.clone(), nobody("unknown", &["may be an imitation"]), "honest-unknown");
    check(honeypot, json!({}), "called vulnerable, is no Exchange server (not-exchange)");
    let online = none("exchange-online", "exchange-online", "not-exchange");
    check(online.clone(), nobody("not-exchange", &["Exchange Online"]), "right");
    let wrong = "called possibly, is no Exchange server (exchange-online)";
    check(online, nobody("possibly", &["?"]), wrong);
    let dead = none("dead", "none", "unknown");
    check(dead.clone(), nobody("unknown", &["connection refused"]), "right");
    check(dead.clone(), nobody("unknown", &[]), "unknown without a reason");
    let wrong = "called not-exchange, is no Exchange server (none)";
    check(dead, nobody("not-exchange", &["nothing there"]), wrong);
}

#[test]
fn the_score_reads_as_a_table() {
    let second = json!({"target": "smtp://127.1.0.2:8443", "visible": "product"});
    let third = json!({"target": "127.1.0.3:8443", "behaviour": "slow"});
    let truth = [truth(&json!({})), truth(&second), truth(&third)].join("\n");
    let stranger = json!({"target": "mail.example.org"});
    let skipped = r#"{"schema":"exward.skipped/1","file":"-","line":1,"why":"?"}"#.to_owned();
    let twice = json!({"target": "127.1.0.3:8443"});
    let lines = [skipped, result(&json!({})), result(&stranger), result(&twice), result(&twice)];
    let score = score(truth.as_bytes(), lines.join("\n\n").as_bytes()).unwrap();
    assert!(!score.is_clean());
    insta::assert_snapshot!(score, @r"
    Score against a simulated estate
    behaviour            right   honest-unknown   wrong
    healthy                  1                0       1
    slow                     0                0       1
    all                      1                0       2
    wrong: smtp://127.1.0.2:8443 (healthy): no result
    wrong: 127.1.0.3:8443 (slow): 2 results for one target
    not in the truth: mail.example.org
    ");
}

#[track_caller]
fn check_error(truth: &str, results: &str, want: &str) {
    let error = score(truth.as_bytes(), results.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), want);
}

#[test]
fn what_cannot_be_scored_is_an_error() {
    let good = truth(&json!({}));
    let empty = "the truth is empty: give the file that `exward lab serve --truth` wrote";
    check_error("\n", "", empty);
    check_error("{}", "", "line 1 of the truth is not an object of exward.lab.truth/1");
    check_error(&good, "\nx", "line 2 of the results is not an object of exward.check/1");
    let no_build = result(&json!({"identity": {"build": "15.2"}}));
    check_error(&good, &no_build, "line 1 of the results is not an object of exward.check/1");
    let twice = format!("{good}\n{good}");
    check_error(&twice, "", "line 2 of the truth names 127.1.0.1:8443 again");
    let newer = truth(&json!({"schema": "exward.lab.truth/2"}));
    let foreign =
        "line 1 of the truth has the schema `exward.lab.truth/2`, which is not known here";
    check_error(&newer, "", foreign);
    let kind = truth(&json!({"kind": "none"}));
    check_error(&kind, "", "line 1 of the truth has the kind `none`, which is not known here");
}
