//! A folder as a whole: what one file alone does not tell.

use proptest::prelude::*;

use super::*;
use crate::Reading;
use crate::folder::Folder;

const SERVICE: &str = "System.ServiceProcess.ServiceController";

fn object(type_name: &str, properties: &[(&str, &str)]) -> String {
    let property = |(name, value): &(&str, &str)| format!("<S N=\"{name}\">{value}</S>");
    let properties: String = properties.iter().map(property).collect();
    format!("<Obj><TN><T>{type_name}</T></TN><Props>{properties}</Props></Obj>")
}

fn folder(files: &[(&str, String)]) -> Reading {
    let mut folder = Folder::default();
    for (name, inside) in files {
        folder.add(name, format!("<Objs>{inside}</Objs>").as_bytes());
    }
    folder.finish()
}

/// What the one record of a folder says.
fn said(files: &[(&str, String)]) -> Vec<String> {
    let reading = folder(files);
    assert_eq!(reading.skipped, []);
    assert_eq!(reading.records.len(), 1);
    let mut evidence = reading.records.into_iter().flat_map(|it| it.evidence);
    evidence.by_ref().map(|it| format!("{} | {}", it.kind, it.value)).collect()
}

#[test]
fn a_server_is_known_by_its_own_properties() {
    let setup = object(
        "Deserialized.System.Diagnostics.FileVersionInfo",
        &[("FileName", "C:\\Exchange\\bin\\EXSETUP.EXE"), ("FileVersion", "15.02.1118.025")],
    );
    let other = object(
        "System.Diagnostics.FileVersionInfo",
        &[("FileName", "C:\\bin\\other.exe"), ("FileVersion", "15.02.0001.001")],
    );
    let server = object(
        "Microsoft.Exchange.Data.Directory.Management.ExchangeServer",
        &[
            ("Name", "EX1"),
            ("AdminDisplayVersion", "Version 15.2 (Build 1118.7)"),
            ("ServerRole", "Mailbox"),
            ("MitigationsEnabled", "True"),
            ("MitigationsApplied", "M1"),
        ],
    );
    let mailbox = object(
        "Microsoft.Exchange.Data.Directory.Management.MailboxServer",
        &[("Name", "EX1"), ("DatabaseAvailabilityGroup", "DAG1")],
    );
    let files = [("b.xml", server), ("a.xml", setup), ("c.xml", other), ("d.xml", mailbox)];
    let want = [
        "exsetup | 15.02.1118.025",
        "server-name | EX1",
        "admin-display-version | Version 15.2 (Build 1118.7)",
        "server-fact | role=Mailbox",
        "mitigation | automatic mitigation on; applied: M1; blocked: none",
        "server-fact | dag=DAG1",
    ];
    assert_eq!(said(&files), want);
    let mut other_order = files.clone();
    other_order.reverse();
    assert_eq!(said(&other_order), want, "A8");
    assert_eq!(folder(&files).records[0].target, "EX1");
}

#[test]
fn an_absent_module_makes_an_old_file_harmless() {
    let dll = object(
        "System.Diagnostics.FileVersionInfo",
        &[
            ("OriginalFilename", "cachtokn.dll"),
            ("FileVersion", "10.0.17763.0 (rs1)"),
            ("ProductVersion", "10.0.17763.0"),
            ("FileBuildPart", "17763"),
        ],
    );
    let modules = |name: &str| {
        format!(
            "<Obj><MS><Obj N=\"ModuleList\"><LST><Obj><MS><S N=\"Name\">{name}</S></MS></Obj>\
             </LST></Obj></MS></Obj>"
        )
    };
    let with = |name: &str| said(&[("a.xml", dll.clone()), ("b.xml", modules(name))]);
    assert_eq!(with("UriCacheModule"), ["config | token-cache-module: the module is not loaded"]);
    let old =
        "config | token-cache-module: cachtokn.dll 10.0.17763.0 is older than 10.0.17763.4968";
    assert_eq!(with("TokenCacheModule"), [old]);
    // A list without any module is a failed export, not a server without modules (N2).
    let empty = "<Obj><MS><Obj N=\"ModuleList\"><LST /></Obj></MS></Obj>".to_owned();
    assert_eq!(said(&[("a.xml", dll.clone()), ("b.xml", empty)]), [old]);
}

#[test]
fn only_accepted_overrides_are_in_force() {
    let setting = |status: &str, component: &str, section: &str| {
        object(
            "Microsoft.Exchange.Data.Directory.SystemConfiguration.ConfigurationSettings\
             .SettingOverride",
            &[
                ("Name", "n"),
                ("ComponentName", component),
                ("SectionName", section),
                ("Parameters", "Enabled=True"),
                ("MinVersion", "15.02.0986.005"),
                ("Server", "EX1.example.org,ex2"),
                ("Status", status),
            ],
        )
    };
    let inside = [
        setting("Accepted", "Cafe", "HttpRequestFiltering"),
        setting("InvalidComponentName", "Caffe", "HttpRequestFiltering"),
        setting("Accepted", "Global", "ExchangeOnpremAsThirdPartyAppId"),
    ];
    let files = [("a.xml", inside.concat())];
    assert_eq!(
        said(&files),
        [
            "setting-override | 3 found",
            "setting-override | Cafe/HttpRequestFiltering Enabled=True",
            "setting-override | Caffe/HttpRequestFiltering Enabled=True: InvalidComponentName, \
             not in force",
            "setting-override | Global/ExchangeOnpremAsThirdPartyAppId Enabled=True",
            "config | hybrid-app: the dedicated app is in use; the clean-up of its credentials is \
             not seen here",
        ]
    );
    let reading = folder(&files);
    let claims = reading.records[0].evidence.iter().map(|it| &it.claim);
    let overrides: Vec<_> = claims
        .filter_map(|it| if let Claim::Override(found) = it { Some(found) } else { None })
        .collect();
    assert_eq!(overrides.len(), 2);
    assert_eq!(overrides[0].servers, ["ex1", "ex2"]);
    assert_eq!(overrides[0].min_version.unwrap().to_string(), "15.2.986.5");
}

#[test]
fn an_empty_export_is_known_by_its_name() {
    let none = "setting-override | none found";
    assert_eq!(said(&[("GetSettingOverride.xml", String::new())]), [none]);
    assert_eq!(said(&[("GetSendConnector.xml", String::new())]), [""; 0]);
    // Cut before its first object: nothing is known (N2).
    let mut cut = Folder::default();
    cut.add("GetSettingOverride.xml", b"<Objs><Obj>");
    let reading = cut.finish();
    assert_eq!(reading.records[0].evidence, []);
    assert_eq!(
        reading.skipped[0].to_string(),
        "line 1: GetSettingOverride.xml: the file ends in the middle: it is cut, or was still \
         being written; the rest is not read"
    );
}

#[test]
fn services_are_one_line() {
    let service = |name: &str, status: &str, start: &str| {
        object(SERVICE, &[("ServiceName", name), ("Status", status), ("StartType", start)])
    };
    let many: String =
        (1..9).map(|it| service(&format!("MSExchange{it}"), "Stopped", "Automatic")).collect();
    let inside = [
        many,
        service("MSExchangePop3", "Stopped", "Manual"),
        service("Spooler", "Stopped", "Automatic"),
        service("MSExchangeMitigation", "Running", "Automatic"),
        "<Obj><Props><S N=\"Role\">Mailbox Server Role</S><B N=\"RequiredServicesRunning\">false\
         </B><Obj N=\"ServicesNotRunning\"><LST><S>W3Svc</S></LST></Obj></Props></Obj>"
            .to_owned(),
    ];
    assert_eq!(
        said(&[("a.xml", inside.concat())]),
        [
            "service | MSExchangeMitigation: Running, Automatic",
            "service | set to start by themselves, but stopped: MSExchange1, MSExchange2, \
             MSExchange3, MSExchange4, MSExchange5 and 3 more",
            "service | Mailbox Server Role misses required services: W3Svc",
        ]
    );
}

#[test]
fn one_result_of_healthchecker_is_a_record_of_its_own() {
    let result = "<Obj><MS><Obj N=\"HealthCheckerExchangeServer\"><MS>\
                  <S N=\"ServerName\">EX9</S></MS></Obj></MS></Obj>";
    let reading = folder(&[("HealthChecker-EX9.xml", result.to_owned())]);
    let targets: Vec<&str> = reading.records.iter().map(|it| it.target.as_str()).collect();
    assert_eq!(targets, ["EX9"]);
}

#[track_caller]
fn check_all(answers: &[Option<ConfigState>], want: Option<ConfigState>) {
    assert_eq!(all_of(answers.iter().copied()), want, "{answers:?}");
}

#[test]
fn the_worse_answer_counts() {
    let (done, not) = (Some(ConfigState::Done), Some(ConfigState::NotDone));
    check_all(&[], None);
    check_all(&[done, done], done);
    check_all(&[done, None], None);
    check_all(&[done, None, not], not);
}

/// Exports with the right names and shapes, and anything as values.
fn exports() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "FileName",
        "FileVersion",
        "ProductVersion",
        "Name",
        "AdminDisplayVersion",
        "ModuleList",
        "ExtendedProtectionConfiguration",
        "EnableDownloadDomains",
        "ExternalDownloadHostName",
        "InternalUrl",
        "MesoObject",
        "ObjectVersion",
        "DomainDN",
        "Permissions",
        "WellKnownName",
        "ServicesNotRunning",
        "Properties",
        "HealthCheckerExchangeServer",
        "DisplayResults",
    ]);
    let value = prop_oneof![
        "[ -~]{0,20}".prop_map(|it| it.replace(['<', '&'], "")),
        Just("C:\\ExSetup.exe".to_owned()),
        Just("15.2.986.5".to_owned()),
    ];
    let property = (name, value).prop_map(|(name, value)| format!("<S N=\"{name}\">{value}</S>"));
    prop::collection::vec(property, 0..12)
        .prop_map(|it| format!("<Objs><Obj><Props>{}</Props></Obj></Objs>", it.concat()))
}

proptest! {
    #[test]
    fn any_export_is_survived(text in exports(), bytes in prop::collection::vec(any::<u8>(), 0..99)) {
        let mut folder = Folder::default();
        folder.add("a.xml", text.as_bytes());
        folder.add("b.xml", &bytes);
        prop_assert!(!folder.finish().records.is_empty());
        let _reading = crate::healthchecker::vulnerability_report(&bytes);
    }
}

#[test]
fn a_file_of_references_to_references_is_not_judged() {
    let list = format!("<Obj RefId=\"0\"><LST>{}</LST></Obj>", "<Nil/>".repeat(10_000));
    let references = "<Ref RefId=\"0\"/>".repeat(100_000);
    let reading = folder(&[("a.xml", format!("{list}{references}"))]);
    let why = "a.xml: its references repeat too much of it to be judged";
    assert_eq!(reading.skipped.iter().map(ToString::to_string).collect::<Vec<_>>(), [why]);
    assert!(reading.records.iter().all(|it| it.evidence.is_empty()));
}

#[test]
fn many_overrides_are_each_said_once() {
    const OVERRIDE: &str = "Microsoft.Exchange.Data.Directory.SystemConfiguration.\
                            ConfigurationSettings.SettingOverride";
    let one = |at: usize| {
        let name = (at % 20_000).to_string();
        object(OVERRIDE, &[("ComponentName", name.as_str()), ("Status", "Accepted")])
    };
    let all: String = (0..40_000).map(one).collect();
    assert_eq!(said(&[("a.xml", all)]).len(), 1 + 20_000);
}
