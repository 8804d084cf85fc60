//! Elements of configuration files, broken ones too.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::Values;

/// Each element with the fields that are asked for; then why reading ended.
fn show(xml: &[u8]) -> String {
    let asked = [
        "Element",
        "Site",
        "App",
        "Location",
        "Name",
        "Path",
        "PhysicalPath",
        "Image",
        "Enabled",
        "Factory",
        "AssemblyPath",
        "dontLog",
        "directory",
    ];
    let mut out = String::new();
    let (_, skipped) = read_config(xml, &mut |line, record| {
        write!(out, "{line}:").unwrap();
        for field in asked {
            if let Values::These(values) = record.values(field) {
                write!(out, " {field}={}", values[0]).unwrap();
            }
        }
        writeln!(out, " file={:?}", record.path()).unwrap();
    });
    skipped.iter().for_each(|it| writeln!(out, "{it}").unwrap());
    out
}

#[test]
fn what_makes_a_server_run_something_is_read() {
    let xml = br#"<?xml version="1.0"?>
<configuration>
  <system.applicationHost><sites>
    <siteDefaults><logFile directory="%SystemDrive%\inetpub\logs\LogFiles" /></siteDefaults>
    <site name="Default Web Site" id="1"><application path="/owa" applicationPool="x">
      <virtualDirectory path="/"
        physicalPath="C:\ProgramData\COM&#49;&amp;x" />
    </application><logFile enabled="false" /></site>
  </sites></system.applicationHost>
  <system.webServer>
    <globalModules><add name="Evil" image="%windir%\System32\inetsrv\evil.dll" /></globalModules>
    <isapiFilters><filter name="f" path="c:\f.dll" enabled="true"/></isapiFilters>
  </system.webServer>
  <location path="Default Web Site"><system.webServer><httpLogging dontLog="true" /><handlers>
    <add name="h" path="*.txt" verb="*" type="X" /></handlers></system.webServer></location>
</configuration>"#;
    insta::assert_snapshot!(show(xml), @r#"
    4: Element=logFile directory=%SystemDrive%\inetpub\logs\LogFiles file=None
    6: Element=virtualDirectory Site=Default Web Site App=/owa Path=/ PhysicalPath=C:\ProgramData\COM1&x file=None
    8: Element=logFile Site=Default Web Site Enabled=false file=None
    11: Element=globalModule Name=Evil Image=%windir%\System32\inetsrv\evil.dll file=Some("%windir%\\System32\\inetsrv\\evil.dll")
    12: Element=isapiFilter Name=f Path=c:\f.dll Enabled=true file=Some("c:\\f.dll")
    14: Element=httpLogging Location=Default Web Site dontLog=true file=None
    15: Element=handler Location=Default Web Site Name=h Path=*.txt file=None
    "#);
}

#[test]
fn transport_agents_are_read_up_to_the_damage() {
    let xml = br#"<configuration><mexRuntime><agentList>
<agent name="A" baseType="b" classFactory="F" assemblyPath="C:\a.dll" enabled="true" />
<agent name="B" <"#;
    insta::assert_snapshot!(show(xml), @r#"
    2: Element=agent Name=A Enabled=true Factory=F AssemblyPath=C:\a.dll file=Some("C:\\a.dll")
    line 3: not well-formed XML: syntax error: tag not closed: `>` not found before end of input; what comes after it was not looked at
    "#);
    let entities = show(b"<!DOCTYPE x [<!ENTITY a \"b\">]><x/>");
    assert_eq!(entities, "line 1: a document type, which no configuration has\n");
    assert_eq!(show("<a>".repeat(1000).as_bytes()), "line 1: nested deeper than 100\n");
}

proptest! {
    #[test]
    fn any_document_is_read_or_refused(xml in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        "<configuration>[<>/a&\"= ]{0,40}<modules><add name=\"&#x0;[a&;\"/>]{0,20}".prop_map(String::into_bytes),
    ]) {
        drop(show(&xml));
    }
}
