//! Events of every shape come to one.

use proptest::prelude::*;

use super::*;
use crate::Values;

#[track_caller]
fn check(line: &str, field: &str, want: &[&str]) {
    let record = JsonLines.record(line.as_bytes()).unwrap_or_else(|why| panic!("{line}: {why}"));
    let values = match record.values(field) {
        Values::These(values) => values,
        Values::Absent | Values::Unknown => Vec::new(),
    };
    assert_eq!(values, want, "{field} of {line}");
}

const SHAPES: [&str; 7] = [
    // winlogbeat, flat
    r#"{"SourceName":"P","Channel":"Security","Hostname":"EX01","@timestamp":"2021-03-14T01:39:39.830Z","EventID":4688,
        "NewProcessName":"C:\\x.exe","SubjectUserName":"adm","Message":"m"}"#,
    // winlogbeat, nested
    r#"{"@timestamp":"2021-03-14T01:39:39.830Z","message":"m","event":{"code":4688},"winlog":{"channel":"Security",
        "provider_name":"P","computer_name":"EX01","event_data":{"NewProcessName":"C:\\x.exe","SubjectUserName":"adm"}}}"#,
    // evtx_dump
    r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"P","Guid":"g"}},"EventID":
        {"#attributes":{"Qualifiers":1},"#text":4688},"TimeCreated":{"#attributes":{"SystemTime":"2021-03-14T01:39:39.830Z"}},
        "Channel":"Security","Computer":"EX01"},"EventData":{"NewProcessName":"C:\\x.exe","SubjectUserName":"adm"},
        "RenderingInfo":{"Message":"m"}}}"##,
    // chainsaw, with XML attributes as others write them
    r##"{"kind":"individual","document":{"kind":"evtx","data":{"Event":{"System":{"Provider":{"@Name":"P"},"EventID":"4688",
        "TimeCreated":{"@SystemTime":"2021-03-14T01:39:39.830Z"},"Channel":"Security","Computer":"EX01"},"EventData":{"Data":
        [{"@Name":"NewProcessName","#text":"C:\\x.exe"},{"@Name":"SubjectUserName","#text":"adm"}]},"Message":"m"}}}}"##,
    // hayabusa
    r#"{"Timestamp":"2021-03-14 01:39:39.830 +00:00","Computer":"EX01","Channel":"Sec","EventID":4688,"Provider":"P",
        "Details":"Proc: C:\\x.exe ¦ User: adm","msg":"m"}"#,
    // Velociraptor
    r#"{"System":{"Provider":{"Name":"P","Guid":"g"},"EventID":{"Value":4688},"TimeCreated":{"SystemTime":1615685979.83},
        "Channel":"Security","Computer":"EX01"},"EventData":{"NewProcessName":"C:\\x.exe","SubjectUserName":"adm"},"Message":"m"}"#,
    // within something else
    r#"{"preview":false,"result":{"_time":"2021-03-14T01:39:39.830Z","LogName":"Security","EventCode":"4688","SourceName":"P",
        "host":"EX01","Message":"m","Image":"C:\\x.exe","User":"adm"}}"#,
];

#[test]
fn every_shape_says_the_same() {
    for shape in SHAPES {
        check(shape, "EventID", &["4688"]);
        check(shape, "provider_name", &["P"]);
        check(shape, "Image", &["C:\\x.exe"]);
        check(shape, "Message", &["m"]);
        let record = JsonLines.record(shape.as_bytes()).unwrap();
        assert_eq!(record.source(), Source::Events(Channel::Security), "{shape}");
        assert_eq!(record.at().unwrap().to_string(), "2021-03-14T01:39:39.83Z", "{shape}");
        assert_eq!(JsonLines.at(shape.as_bytes()), record.at(), "{shape}");
        assert_eq!(record.user().as_deref(), Some("adm"), "{shape}");
        assert_eq!(record.server().as_deref(), Some("EX01"), "{shape}");
        assert!(
            matches!(record.values("Channel"), Values::These(it) if it.contains(&"Security".into()))
        );
    }
}

/// Trap 7.
#[test]
fn unnamed_values_make_the_message_that_rules_look_for() {
    let line = r##"{"Event":{"System":{"EventID":{"#text":1},"Channel":"MSExchange Management"},"EventData":{"Data":{"#text":
        ["New-MailboxExportRequest","-FilePath \"\\\\localhost\\C$\\x.aspx\"","AUTORITE NT\\Système"]}}}}"##;
    let record = JsonLines.record(line.as_bytes()).unwrap();
    let Values::These(words) = record.words() else { panic!() };
    insta::assert_snapshot!(words.last().unwrap(), @r#"Cmdlet suceeded. Cmdlet New-MailboxExportRequest, parameters -FilePath "\\localhost\C$\x.aspx"."#);
    let Values::These(data) = record.values("Data") else { panic!() };
    assert_eq!((data.len(), data.last()), (5, words.last()));
    assert_eq!(record.cmdlet().as_deref(), Some("New-MailboxExportRequest"));
    assert_eq!(record.user().as_deref(), Some("AUTORITE NT\\Système"));
    assert_eq!(record.path().as_deref(), Some("\\\\localhost\\C$\\x.aspx"));
    let mut text = String::new();
    read_json_document(line.as_bytes(), &mut |_, record| text = record.text().into_owned());
    insta::assert_snapshot!(text, @r#"EventID: 1, Channel: MSExchange Management, Data: New-MailboxExportRequest, Data: -FilePath "\\localhost\C$\x.aspx", Data: AUTORITE NT\Système"#);
    assert_eq!(record.values("Message"), record.values("Data"));
    let export = r#"{"EventID":1,"Channel":"MSExchange Management","Message":"Cmdlet suceeded. Cmdlet Set-X, parameters ."}"#;
    assert_eq!(JsonLines.record(export.as_bytes()).unwrap().cmdlet().as_deref(), Some("Set-X"));
    check(export, "Data", &["Cmdlet suceeded. Cmdlet Set-X, parameters ."]);
}

#[test]
fn who_acted_on_what_is_known() {
    let share = r#"{"EventID":5145,"Channel":"Security","IpAddress":"::ffff:127.0.0.1","SubjectUserName":"EX01$",
        "RelativeTargetName":"inetpub\\x.aspx"}"#;
    let record = JsonLines.record(share.as_bytes()).unwrap();
    assert_eq!(record.actor().as_deref(), Some("127.0.0.1"));
    assert_eq!(record.path().as_deref(), Some("inetpub\\x.aspx"));
    let logon = r#"{"EventID":4624,"IpAddress":"-","SubjectUserName":"-","TargetUserName":"adm"}"#;
    let record = JsonLines.record(logon.as_bytes()).unwrap();
    assert_eq!((record.actor(), record.user().as_deref()), (None, Some("adm")));
}

#[test]
fn documents_are_read_up_to_the_damage() {
    let check = |text: &str, want: &[u64], why: &str| {
        let mut got = Vec::new();
        let (count, skipped) =
            read_json_document(text.as_bytes(), &mut |number, _| got.push(number));
        assert_eq!(got, want, "{text}");
        assert_eq!(count, got.len() as u64);
        let skipped: Vec<String> = skipped.iter().map(ToString::to_string).collect();
        assert_eq!(skipped.join("; "), why, "{text}");
    };
    check(r#"[{"EventID":1}, {"EventID":2}]"#, &[1, 2], "");
    check("{\n\"EventID\":1}\n{\n\"EventID\":2}", &[1, 2], "");
    check(
        r#"[{"EventID":1}, {"a":2}, {"EventID":3"#,
        &[1],
        "line 2: no event: it has neither EventID nor Channel; \
        no JSON from line 1 on: EOF while parsing an object at line 1 column 37",
    );
    check("x", &[], "no JSON from line 1 on: expected value at line 1 column 1");
    check("", &[], "");
}

#[test]
fn what_is_no_event_is_refused() {
    let why = |line: &str| JsonLines.record(line.as_bytes()).map(|_| ()).unwrap_err();
    assert_eq!(why(" "), "");
    assert_eq!(why("{}"), "no event: it has neither EventID nor Channel");
    assert_eq!(why("[1]"), "no JSON object");
    assert!(why(&"[".repeat(10_000)).starts_with("no JSON"));
    assert!(why("{\"EventID\":").starts_with("no JSON"));
}

#[test]
fn what_is_no_event_log_is_named() {
    let check = |bytes: &[u8], why: &str| {
        let (count, skipped) = read_evtx(std::io::Cursor::new(bytes), &mut |_, _| ());
        assert_eq!(count, 0);
        assert!(skipped[0].why.starts_with(why), "{skipped:?}");
    };
    check(b"ElfFile\0", "the file is cut off");
    check(b"something", "no event log that can be read");
}

proptest! {
    #[test]
    fn any_line_is_read_or_refused(line in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        r##"\{"EventID":1,"(Data|Details|Event|#text|@Name|System)":[\[\{\]\}0-9a"#:,]{0,12}\}"##.prop_map(String::into_bytes),
    ]) {
        let _ = JsonLines.at(&line);
        if let Ok(record) = JsonLines.record(&line) {
            drop((record.words(), record.values("Data"), record.path().is_some(), record.actor()));
        }
        drop(read_json_document(&line, &mut |_, _| ()));
    }
}
