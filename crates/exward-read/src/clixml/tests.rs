//! Documents as PowerShell writes them, damaged ones, and hostile ones.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// A document with this inside.
fn objs(inside: &str) -> String {
    format!(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n\
         {inside}\n</Objs>"
    )
}

fn values(inside: &str) -> Vec<Value> {
    let document = read(objs(inside).as_bytes()).unwrap();
    assert_eq!(document.skipped, [], "nothing is left out of `{inside}`");
    document.values
}

/// What was left out.
fn notes(text: &str) -> Vec<String> {
    read(text.as_bytes()).unwrap().skipped.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn check_scalar(inside: &str, want: Value) {
    assert_eq!(values(inside), [want], "{inside}");
}

#[test]
fn a_reason_quotes_at_most_a_line_of_the_document() {
    let long = "x".repeat(100_000);
    for inside in [
        format!("<S>a</{long}>"),
        format!("<Obj><{long}/></Obj>"),
        format!("<S>&#{long};</S>"),
        format!("</Objs><{long}>"),
    ] {
        let notes = notes(&objs(&inside));
        assert!(notes.iter().all(|it| it.len() < 200), "{notes:?}");
        assert!(!notes.is_empty());
    }
}

#[test]
fn plain_values_read() {
    check_scalar("<Nil />", Value::Nil);
    check_scalar("<B>true</B>", Value::Bool(true));
    check_scalar("<I16>-5</I16>", Value::Int(-5));
    check_scalar("<I64>9223372036854775807</I64>", Value::Int(i64::MAX));
    check_scalar("<SB>-128</SB>", Value::Int(-128));
    check_scalar("<By>255</By>", Value::UInt(255));
    check_scalar("<U64>18446744073709551615</U64>", Value::UInt(u64::MAX));
    check_scalar("<Db>0.5</Db>", Value::Double(0.5));
    check_scalar("<D>1.10</D>", Value::Text("1.10".to_owned()));
    check_scalar("<C>228</C>", Value::Text("\u{e4}".to_owned()));
    check_scalar("<S></S>", Value::Text(String::new()));
    check_scalar("<S>a_x000A_b &amp; &#x63;<![CDATA[<d>]]></S>", Value::Text("a\nb & c<d>".into()));
    check_scalar("<TS>PT1M</TS>", Value::Text("PT1M".to_owned()));
    check_scalar("<DT>2021-09-28T10:32:01Z</DT>", Value::DateTime("2021-09-28T10:32:01Z".into()));
    check_scalar("<G>59ce2f71</G>", Value::Guid("59ce2f71".to_owned()));
    check_scalar("<Version>15.2.986.5</Version>", Value::Version("15.2.986.5".to_owned()));
    check_scalar("<BA>AQIDBA==</BA>", Value::Bytes(4));
    check_scalar("<XD>&lt;a/&gt;</XD>", Value::Xml("<a/>".to_owned()));
    check_scalar("<SS>01000000d08c9ddf</SS>", Value::Secret); // X5
    check_scalar("<PR N=\"Record\"><AV>x</AV></PR>", Value::Nil);
    check_scalar("<I32>many</I32>", Value::Text("many".to_owned())); // no number, no loss
}

const SERVICE: &str = r#"
<Obj RefId="0">
  <TN RefId="0"><T>System.ServiceProcess.ServiceController</T><T>System.Object</T></TN>
  <ToString>W3SVC</ToString>
  <Props>
    <S N="ServiceName">W3SVC</S>
    <Obj N="Status" RefId="1">
      <TN RefId="1"><T>System.ServiceProcess.ServiceControllerStatus</T></TN>
      <ToString>Running</ToString><I32>4</I32>
    </Obj>
    <Obj N="Needs" RefId="2"><TN RefId="2"><T>System.Object[]</T></TN>
      <LST><S>HTTP</S><Ref RefId="1" /></LST></Obj>
  </Props>
  <MS><Obj N="Table" RefId="3"><DCT>
    <En><S N="Key">port</S><I32 N="Value">443</I32></En>
  </DCT></Obj><S N="Role_x0020_Name">web</S></MS>
</Obj>
<Obj RefId="4"><TNRef RefId="0" /><Props><S N="ServiceName">WAS</S><Nil N="Status" /></Props></Obj>"#;

#[test]
fn objects_answer_by_name() {
    let values = values(SERVICE);
    let [first, second] = values.as_slice() else { panic!("two objects: {values:?}") };
    assert!(first.is_a("System.ServiceProcess.ServiceController"));
    assert!(second.is_a("System.ServiceProcess.ServiceController"), "by TNRef");
    assert_eq!(first.text(), Some("W3SVC"));
    assert_eq!(first.at(&["status"]).and_then(Value::text), Some("Running"));
    assert_eq!(first.at(&["Status"]).and_then(Value::int), Some(4));
    assert_eq!(first.at(&["Table", "Port"]).and_then(Value::int), Some(443));
    assert_eq!(first.get("Role Name").and_then(Value::text), Some("web"));
    let needs = first.get("Needs").unwrap().items();
    assert_eq!(needs[0].text(), Some("HTTP"));
    assert_eq!(needs[1].text(), Some("Running"), "a reference is the object");
    assert_eq!(second.get("Status"), None, "null counts as absent");
    assert_eq!(second.items().len(), 1, "a list of one may be unrolled");
}

#[test]
fn references_do_not_loop() {
    // To the object around it, to one around that under an id used before, and to nowhere (X2).
    let values = values(
        r#"<Obj RefId="1"><MS><S N="A">old</S></MS></Obj>
           <Obj RefId="1"><MS><Ref N="Me" RefId="1" /><Ref N="No" RefId="9" />
             <Obj N="In" RefId="2"><MS><Ref N="Up" RefId="1" /></MS></Obj></MS></Obj>"#,
    );
    let last = values.last().unwrap();
    for path in [&["Me"][..], &["No"], &["In", "Up"]] {
        assert_eq!(last.at(path), Some(&Value::Unresolved), "{path:?}");
    }
}

#[test]
fn doubling_references_share() {
    // Each object refers twice to the one before: 2^60 if it were copied (X2).
    let mut text = r#"<Obj RefId="0"><S>x</S></Obj>"#.to_owned();
    for id in 1..60 {
        let below = id - 1;
        write!(
            text,
            r#"<Obj RefId="{id}"><LST><Ref RefId="{below}"/><Ref RefId="{below}"/></LST></Obj>"#
        )
        .unwrap();
    }
    let document = read(objs(&text).as_bytes()).unwrap();
    assert_eq!((document.values.len(), document.skipped.as_slice()), (60, &[][..]));
    assert!(!document.unfolds());
}

#[test]
fn what_a_walk_would_meet_is_known_beforehand() {
    // A reference counts as what it names, so a hundred thousand to a long list are refused.
    let list = format!("<Obj RefId=\"0\"><LST>{}</LST></Obj>", "<Nil/>".repeat(10_000));
    let unfolds = |count| {
        let references = "<Ref RefId=\"0\"/>".repeat(count);
        read(objs(&format!("{list}{references}")).as_bytes()).unwrap().unfolds()
    };
    assert!(unfolds(100));
    assert!(!unfolds(100_000));
}

#[test]
fn chains_of_references_are_bounded() {
    // XML depth 3, object depth 100 000 if nobody looked (X3).
    let mut text = r#"<Obj RefId="0"><S>x</S></Obj>"#.to_owned();
    for id in 1..100_000 {
        write!(text, r#"<Obj RefId="{id}"><LST><Ref RefId="{}"/></LST></Obj>"#, id - 1).unwrap();
    }
    let document = read(objs(&text).as_bytes()).unwrap();
    assert_eq!(document.values.len(), 100_000);
    assert!(document.skipped.len() <= crate::limits::CLIXML_NOTES_MAX);
    assert_eq!(document.skipped[0].why, "objects nest deeper than 128");
}

#[test]
fn deep_nesting_stops_reading() {
    let nested = "<Obj><LST>".repeat(100_000);
    assert_eq!(
        notes(&objs(&format!("<S>first</S>{nested}"))),
        ["line 2: elements nest deeper than 128; the rest is not read"]
    );
}

#[track_caller]
fn check_refused(text: &str, want: &str) {
    assert_eq!(read(text.as_bytes()).unwrap_err().to_string(), want, "{text}");
}

#[test]
fn what_is_no_clixml_is_refused() {
    check_refused("", "no XML element in it");
    check_refused("Name,Version\n", "no XML element in it");
    check_refused("<html/>", "not CLIXML: the root element is `html`, not `Objs`");
    check_refused(
        "<!DOCTYPE a [<!ENTITY b \"c\">]>\n<Objs/>",
        "line 1: it has a DTD, which CLIXML never has; refused",
    );
    check_refused(
        "<Objs>\n<S>&lol9;</S></Objs>",
        "line 2: it uses the entity `lol9`, which XML does not define; refused",
    );
}

#[test]
fn damage_costs_only_what_it_hits() {
    let cut = "the file ends in the middle: it is cut, or was still being written; \
               the rest is not read";
    assert_eq!(notes("<Objs><S>a</S><Obj><LST><S>b</S>"), [format!("line 1: {cut}")]);
    assert_eq!(read(b"<Objs><S>a</S><Obj><LST><S>b</S>").unwrap().values.len(), 1, "X1");
    assert_eq!(
        notes("<Objs><S>a</S>\n<Obj></S></Objs>"),
        ["line 2: not well-formed: ill-formed document: expected `</Obj>`, but `</S>` was found; \
          the rest is not read"]
    );
    assert_eq!(
        notes(&objs("<What><S>lost</S></What><S>kept</S>")),
        ["line 2: `What` does not belong there"]
    );
    assert_eq!(
        read(b"<Objs><S>\xFF</S></Objs>").unwrap().skipped[0].why,
        "bytes that are no text in its encoding were replaced"
    );
    assert_eq!(
        notes("<Objs/><Objs/>"),
        ["line 1: not well-formed: a second root element, `Objs`; the rest is not read"]
    );
}

#[test]
fn every_encoding_gives_the_same() {
    let text = objs("<S>\u{e4}\u{1f600}</S>");
    let units = || text.encode_utf16();
    let little: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(units().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain(units().flat_map(u16::to_be_bytes)).collect();
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let want = read(text.as_bytes()).unwrap();
    for bytes in [little, big, marked] {
        assert_eq!(read(&bytes).unwrap(), want);
    }
}

/// Pieces of documents, so that random ones are often nearly right.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<Objs>",
        "</Objs>",
        "<Obj RefId=\"0\">",
        "<Obj RefId=\"1\">",
        "</Obj>",
        "<Ref RefId=\"0\"/>",
        "<TN RefId=\"0\">",
        "</TN>",
        "<T>t</T>",
        "<TNRef RefId=\"0\"/>",
        "<Props>",
        "</Props>",
        "<MS>",
        "</MS>",
        "<LST>",
        "</LST>",
        "<DCT>",
        "</DCT>",
        "<En>",
        "</En>",
        "<S N=\"Key\">k</S>",
        "<I32 N=\"Value\">1</I32>",
        "<S>",
        "</S>",
        "_x000D_",
        "&amp;",
        "<Nil/>",
        "<ToString>x</ToString>",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|it| it.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _document = read(&bytes);
    }

    #[test]
    fn any_pieces_are_survived(text in pieces()) {
        let _document = read(format!("<Objs>{text}").as_bytes());
        let _document = read(text.as_bytes());
    }

    #[test]
    fn a_cut_document_gives_a_prefix(cut in 0..SERVICE.len()) {
        let whole = values(SERVICE);
        let text = objs(SERVICE);
        let start = text.find("<Obj ").unwrap();
        let part = read(text.as_bytes().split_at(start.saturating_add(cut)).0).unwrap();
        prop_assert!(whole.starts_with(&part.values), "X1");
        prop_assert_eq!(part.skipped.len(), 1);
    }
}
