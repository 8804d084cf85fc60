//! Every JSON kind: recognised by its keys, read into evidence, and never a panic.

use exward_core::evidence::Claim;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

#[track_caller]
fn check_kind(json: &Value, want: Option<JsonKind>) {
    assert_eq!(recognise(json), want, "{json}");
}

#[test]
fn records_are_recognised_by_their_keys() {
    let shodan = json!({"ip_str": "192.0.2.1", "port": 443, "data": ""});
    check_kind(&shodan, Some(JsonKind::Shodan));
    let module = json!({"status": "success", "protocol": "http"});
    check_kind(&json!({"ip": "192.0.2.1", "data": {"http": module}}), Some(JsonKind::Zgrab2));
    check_kind(&json!({"domain": "x", "data": {"http": module}}), Some(JsonKind::Zgrab2));
    let httpx = json!({"url": "https://a", "input": "a", "status_code": 200});
    check_kind(&httpx, Some(JsonKind::Httpx));
    check_kind(&json!({"template-id": "t", "host": "https://a"}), Some(JsonKind::Nuclei));
    check_kind(&json!({"target": "https://a", "plugins": {}}), Some(JsonKind::WhatWeb));
    let event = json!({"target": {"ip": "192.0.2.1"}, "result": {"data": {}}});
    check_kind(&event, Some(JsonKind::BinaryEdge));
    let flat = json!({"source.ip": "192.0.2.1", "classification.type": "x"});
    check_kind(&flat, Some(JsonKind::IntelMq));
    let nested = json!({"source": {"ip": "192.0.2.1"}, "time": {"source": "x"}});
    check_kind(&nested, Some(JsonKind::IntelMq));
}

#[test]
fn other_json_is_nobodys() {
    for json in [
        json!({}),
        json!([]),
        json!("x"),
        json!({"ip": "192.0.2.1"}),
        json!({"ip": "192.0.2.1", "data": {}}),
        json!({"source": "x", "time": {"source": "x"}}),
        json!({"url": "https://a", "input": "a"}),
    ] {
        check_kind(&json, None);
    }
}

#[test]
fn schemas_and_mappings_are_no_feeds() {
    let schema = json!({"target": {"ip": "string"}, "result": {"data": {"iocs": ["string"]}}});
    assert_eq!(not_a_feed(&schema).as_deref(), Some("a schema, not records"));
    check_kind(&schema, None);
    let json_schema = json!({"$schema": "https://json-schema.org/draft/2020-12/schema"});
    assert_eq!(not_a_feed(&json_schema).as_deref(), Some("a schema, not records"));
    let mapping = json!({"scan_exchange": {"optional_fields": [], "required_fields": []}});
    assert_eq!(not_a_feed(&mapping).as_deref(), Some("an IntelMQ field mapping, not events"));
    assert_eq!(not_a_feed(&json!({"source.ip": "192.0.2.1"})), None);
    assert_eq!(not_a_feed(&json!({})), None);
}

/// One line of text for one record; answers of servers are left to the tests of `answer`.
fn read(kind: JsonKind, json: &Value) -> Result<String, String> {
    let record = record(kind, json, None)?;
    let pieces: Vec<_> =
        record.evidence.iter().map(|piece| format!("{} {}", piece.kind, piece.value)).collect();
    Ok(format!("{}: {}", record.target, pieces.join(", ")))
}

#[track_caller]
fn check_error(kind: JsonKind, json: &Value, want: &str) {
    assert_eq!(read(kind, json), Err(want.to_owned()), "{kind} {json}");
}

#[test]
fn wrong_types_are_reasons() {
    use JsonKind::*;
    check_error(Shodan, &json!([]), "not a JSON object");
    check_error(Shodan, &json!({"port": 443}), "no `ip_str`");
    check_error(Shodan, &json!({"ip_str": "192.0.2.1"}), "no `port`");
    check_error(Shodan, &json!({"ip_str": 7, "port": 1}), "`ip_str` is not a text");
    let shodan = |name: &str, value: Value| {
        let mut map = Map::new();
        map.insert("ip_str".to_owned(), json!("192.0.2.1"));
        map.insert("port".to_owned(), json!(443));
        map.insert(name.to_owned(), value);
        Value::Object(map)
    };
    check_error(Shodan, &shodan("timestamp", json!("soon")), "`timestamp` is not a time");
    check_error(Shodan, &shodan("vulns", json!(7)), "`vulns` is not a list");
    check_error(Shodan, &shodan("http", json!("x")), "`http` is not an object");
    check_error(Zgrab2, &json!({"data": {}}), "neither `ip` nor `domain`");
    check_error(Zgrab2, &json!({"ip": "x", "data": {"http": 1}}), "`http` is not an object");
    check_error(Httpx, &json!({"url": "https://"}), "no target");
    check_error(Nuclei, &json!({"template-id": "x"}), "no target");
    check_error(WhatWeb, &json!({"target": "https://a"}), "no `plugins`");
    check_error(BinaryEdge, &json!({"target": {"ip": "x"}}), "no `result`");
    check_error(IntelMq, &json!({"source.ip": ["x"]}), "`source.ip` is not a text");
}

#[test]
fn a_banner_of_another_service_is_no_exchange_unless_something_hints_at_it() {
    let banner = |data: &str, product: &str| {
        let mut json = json!({"ip_str": "192.0.2.1", "port": 389, "data": data});
        json["product"] = product.into();
        json
    };
    let not_exchange = |json: &Value| {
        let record = record(JsonKind::Shodan, json, None).unwrap();
        let claims = record.evidence.into_iter().map(|it| it.claim);
        claims.filter(|it| matches!(it, Claim::NotExchange(_))).count()
    };
    assert_eq!(not_exchange(&banner("LDAP:\n  cn=pbx", "")), 1);
    assert_eq!(not_exchange(&banner("VPN (IKE)\nExchange Type: Informational", "")), 1);
    assert_eq!(not_exchange(&banner("LDAP:\n  CN=Microsoft Exchange", "")), 0);
    assert_eq!(not_exchange(&banner("LDAP:", "Microsoft Exchange Server")), 0);
    assert_eq!(not_exchange(&banner("what is this", "")), 0);
    let web = json!({"ip_str": "192.0.2.1", "port": 443, "data": "HTTP/1.1 200 OK\r\n\r\n"});
    assert_eq!(not_exchange(&web), 0);
}

#[test]
fn cves_of_a_record_that_is_not_exchanges_are_left_out() {
    let record = |product: &str| {
        json!({"ip_str": "192.0.2.1", "port": 443, "product": product, "version": "10.0",
               "vulns": {"CVE-2017-7269": {}}})
    };
    assert_eq!(read(JsonKind::Shodan, &record("Microsoft IIS")).unwrap(), "192.0.2.1:443: ");
    assert_eq!(
        read(JsonKind::Shodan, &record("Microsoft Exchange smtpd")).unwrap(),
        "192.0.2.1:443: feed-finding Microsoft Exchange smtpd, feed-finding CVE-2017-7269"
    );
}

#[test]
fn a_number_is_exchanges_only_in_a_template_about_exchange() {
    let result = |template: &str, number: &str| {
        json!({"template-id": template, "host": "https://a.example.org",
               "extracted-results": [number]})
    };
    let got = |template, number| read(JsonKind::Nuclei, &result(template, number)).unwrap();
    assert_eq!(
        got("ms-exchange-server", "15.2.1544"),
        "a.example.org:443: feed-finding ms-exchange-server, feed-version 15.2.1544"
    );
    assert_eq!(
        got("php-detect", "8.3.1"),
        "a.example.org:443: feed-finding php-detect, feed-finding php-detect: 8.3.1"
    );
}

/// Any JSON, with the names that readers ask for often enough to reach them.
fn json_values() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "\\PC{0,20}",
        Just("2026-11-24 00:00:00".to_owned()),
        Just("15.2.1544.14".to_owned()),
        Just("HTTP/1.1 200 OK\r\nX-OWA-Version: 15.2.1544.14\r\n\r\n<a>".to_owned()),
        Just("https://[2001:db8::1]:443/owa/".to_owned()),
        Just("220 mail.example.org\r\n250-x\r\n250 XRDST".to_owned()),
        Just("exchange;cve-2021-26855".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u16>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 96, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names(), inner, 0..8)
                .prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

fn names() -> impl Strategy<Value = String> {
    const NAMES: &str = "ip_str port data http title html server location redirects components \
        product version cpe23 vulns ssl cert subject CN hostnames ip domain status protocol result \
        response redirect_response_chain request url headers unknown key value body banner ehlo \
        timestamp error input host host_ip header raw_header tech tls subject_cn subject_an failed \
        chain status_code template-id matched-at extracted-results info tags name target plugins \
        http_status Outlook-Web-App string UncommonHeaders HTTPServer Title origin type ts \
        build_version vulnerabilities iocs server_names source.ip source source.port extra.version \
        extra extra.tag tag classification classification.identifier time.source time";
    let known: Vec<String> = NAMES.split_whitespace().map(str::to_owned).collect();
    prop_oneof![9 => prop::sample::select(known), 1 => "\\PC{0,6}"]
}

proptest! {
    /// F4: any JSON is read or refused with a reason.
    #[test]
    fn any_json_reads_or_is_refused(json in json_values()) {
        let _kind = recognise(&json);
        for kind in JSON_KINDS {
            if let Err(why) = record(kind, &json, Some(1)) {
                prop_assert!(!why.is_empty() && why.len() < 200, "F4: {why}");
            }
        }
    }
}
