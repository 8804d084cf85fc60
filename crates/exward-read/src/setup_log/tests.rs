//! Short logs of our own, in the grammar of the real ones.

use proptest::prelude::*;

use super::*;

/// A log from lines of `depth text`; what begins with a space goes on the line before.
fn log(lines: &str) -> String {
    let mut text = String::new();
    for (second, line) in lines.lines().enumerate() {
        let line = line.trim_start_matches('.');
        match line.split_once(' ') {
            Some((depth @ ("0" | "1" | "2"), said)) => {
                let (minute, second) = (second / 60, second % 60);
                text.push_str(&format!(
                    "[11/24/2026 02:{minute:02}:{second:02}.0123] [{depth}] {said}\r\n"
                ));
            }
            _ => text.push_str(&format!("{line}\r\n")),
        }
    }
    text
}

/// A run of an upgrade that ends in these lines.
fn run(lines: &str) -> String {
    log(&format!(
        "0 Starting Microsoft Exchange Server 2019 Setup\n0 Setup version: 15.2.1748.10.\n\
         0 Command Line Parameter Name='mode', Value='Upgrade'.\n\
         0 The locally installed version is 15.2.1544.4.\n{lines}"
    ))
}

/// The end of a run in which a task failed.
const STOPPED: &str = "1 [ERROR-REFERENCE] Id=Some___1 Component=Some\n\
    1 Setup is stopping now because of one or more critical errors.\n\
    0 The Exchange Server setup operation didn't complete.\n0 End of Setup";

/// Outcome, cause with line and detail, and what else was seen.
fn told(text: &str) -> String {
    let log = read(text.as_bytes());
    let one = |it: &Finding| {
        let detail = it.detail.as_deref().map_or_else(String::new, |it| format!(" ({it})"));
        format!("{}:{}{detail}", it.line, it.cause.name())
    };
    let cause = log.cause.as_ref().map_or_else(|| "unknown".to_owned(), one);
    let others: Vec<String> = log.others.iter().map(one).collect();
    format!("{} {cause} [{}]", log.outcome.name(), others.join(", "))
}

#[track_caller]
fn check(lines: &str, want: &str) {
    assert_eq!(told(&run(lines)), want, "{lines}");
}

#[track_caller]
fn stopped(lines: &str, want: &str) {
    let want = format!("failed {want} []");
    assert_eq!(told(&run(&format!("{lines}\n{STOPPED}"))), want, "{lines}");
}

#[test]
fn a_failed_task_explains_itself() {
    stopped(
        "1 Executing: \n  start-them\n2 Processing object \"Org/Users/SystemMailbox{1}\".\n\
         2 [ERROR] Some DC. The operation failed because UPN value is not unique forest-wide.",
        "8:arbitration-mailbox-upn-conflict (Org/Users/SystemMailbox{1})",
    );
    stopped(
        "1 [ERROR] Couldn't remove product with code 1-2. The source is lost. Error code is 1612.",
        "5:msi-source-missing (1-2)",
    );
    stopped(
        "1 [ERROR] Unable to remove product with code 1-2. Fatal. Error code is 1603. Last error \
         reported by the MSI package is 'Error reading from file: C:\\Windows\\Installer\\x.tmp.'.",
        "5:msi-source-missing (1-2)",
    );
    stopped(
        "1 [ERROR] Unable to install product x.msi. Fatal. Error code is 1603.",
        "5:installer:1603",
    );
    stopped(
        "1 [ERROR] Installing product x.msi failed. Error code is 1618.",
        "5:installer:1618 (x.msi)",
    );
    stopped(
        "2 [ERROR] Service 'MSExchangeTransport' failed to reach status 'Running' on this server.",
        "5:service-not-started (MSExchangeTransport)",
    );
    // The general words come first here, and the reason behind.
    stopped(
        "1 [ERROR] Cannot start service MSExchangeX on computer '.'.\n\
         1 [ERROR] The service cannot be started, either because it is disabled or has no devices",
        "6:service-disabled (MSExchangeX)",
    );
    stopped(
        "1 [ERROR] The group refers to a group \"CN=G,DC=x\" of the wrong group type.",
        "5:well-known-group-wrong-type (CN=G,DC=x)",
    );
}

#[test]
fn what_is_not_known_has_no_cause() {
    // Each is half of a known error.
    for error in [
        "Something new.",
        "Object reference not set to an instance of an object.",
        "There are no more endpoints available from the endpoint mapper. (0x800706D9)",
        "Process execution failed with exit code 50.",
        "Upgrade of Configuration.xml was unsuccessful, because.",
        "The operation couldn't be performed because object 'EX01' couldn't be found on 'DC1'.",
        "Error code is 4711.",
        "The object exists.",
    ] {
        stopped(&format!("1 [ERROR] {error}"), "unknown");
    }
    let log = read(run(&format!("1 [ERROR] Something new.\n{STOPPED}")).as_bytes());
    assert_eq!(log.last_error, Some((5, "Something new.".to_owned())));
    assert_eq!(log.title(), "unknown failure");
}

#[test]
fn the_script_of_an_error_is_not_what_it_said() {
    let quoted = |message| {
        format!(
            "1 [ERROR] The following error was generated when \"$error.Clear();\n\
             .  Write-ExchangeSetupLog -Error \"Unable to set shared config DC.\"\n\
             .  appcmd.exe add module\n.\" was run: \"{message}\n.  at X.Y()\"."
        )
    };
    stopped(&quoted("System.Exception: Something new."), "unknown");
    stopped(
        &quoted("X.TaskException: Process execution failed with exit code 50."),
        "5:virtual-directory-mismatch",
    );
}

#[test]
fn a_task_that_setup_went_on_from_is_no_cause() {
    let text = run(&format!(
        "1 Executing (non-critical): \n2 [ERROR] Access to the path 'C:\\x' is denied.\n\
         1 Executing: \n2 [ERROR] Something new.\n{STOPPED}"
    ));
    assert_eq!(told(&text), "failed unknown [6:file-access-denied (C:\\x)]", "U1");
}

#[test]
fn the_rule_that_explains_most_is_the_cause() {
    let end = "0 Exchange Server installation failed during prereq check.\n0 End of Setup";
    check(
        &format!(
            "1 Failed [Rule:RebootPending] [Message:A reboot is pending.]\n\
             1 Failed [Rule:GlobalUpdateRequired] [Message:No Enterprise Admin.]\n\
             1 Failed [Rule:CannotAccessAD] [Message:Not there.]\n{end}"
        ),
        "failed 7:prerequisite:CannotAccessAD [5:prerequisite:RebootPending, \
         6:prerequisite:GlobalUpdateRequired]",
    );
    check(
        &format!(
            "1 Failed [Rule:ProcessNeedsToBeClosedOnUpgrade] [Message:Setup can't go on because the \
             mmc (42) has open files.]\n\
             1 Failed [Rule:DelegatedMailboxFirstInstall] [Message:Not you.]\n\
             1 Failed [Rule:DelegatedCafeFirstInstall] [Message:Not you.]\n{end}"
        ),
        "failed 6:prerequisite:not-organization-management (DelegatedMailboxFirstInstall) \
         [5:prerequisite:ProcessNeedsToBeClosedOnUpgrade (mmc (42))]",
    );
    // A rule that nobody knows is named; one that is known says more.
    check(
        &format!("1 Failed [Rule:BrandNew] [Message:New.]\n{end}"),
        "failed 5:prerequisite:BrandNew []",
    );
    check(
        "1 Failed [Rule:BrandNew] [Message:New.]\n1 Failed [Rule:MSDTCStopped] [Message:X.]\n0 End of Setup",
        "failed 6:prerequisite:MSDTCStopped [5:prerequisite:BrandNew]",
    );
    // Told by its help page only; a recommendation is none.
    check(
        "1 [REQUIRED] Install it.\n1 Help URL: http://x/ms.exch.setupreadiness.UcmaRedistMsi.aspx\n\
         1 [RECOMENDED] Nice.\n1 Help URL: http://x/ms.exch.setupreadiness.NoConnectorToStar.aspx\n\
         0 End of Setup",
        "failed 6:prerequisite:UcmaRedistMsi []",
    );
    // What setup does to come back to its state is not why it failed.
    check(
        "1 Failed [Rule:SchemaUpdateRequired] [Message:Not you.]\n\
         0 [ERROR] Insufficient access rights to perform the operation.\n\
         0 The Exchange Server setup operation didn't complete.",
        "failed 5:insufficient-rights-schema (SchemaUpdateRequired) [6:insufficient-rights]",
    );
}

#[test]
fn a_check_that_was_made_again_counts_anew() {
    check(
        "1 Failed [Rule:RebootPending] [Message:A reboot is pending.]\n\
         1 Finished [Analysis:Prereq] [Duration:00:00:01]\n\
         0 The Exchange Server setup operation completed successfully.",
        "completed unknown []",
    );
}

#[test]
fn setup_from_the_wrong_place_is_told() {
    let bin = "0 Command Line Parameter Name='sourcedir', Value='D:\\Exchange Server\\V15\\Bin\\'.";
    let text = run(&format!("{bin}\n1 [ERROR] Something new.\n{STOPPED}"));
    assert_eq!(told(&text), "failed 5:setup-run-from-bin (D:\\Exchange Server\\V15\\Bin\\) []");
    let same = "0 The locally installed version is 15.2.1748.10.";
    let done = "0 The Exchange Server setup operation completed successfully.";
    check(&format!("{same}\n{done}"), "completed unknown [5:same-build (15.2.1748.10)]");
    assert!(read(run(&format!("{same}\n{done}")).as_bytes()).is_idle());
    assert!(!read(run(done).as_bytes()).is_idle());
    // The second attempt at an upgrade: the files are there already.
    let backup = "0 The backup copy of the previously installed version is '15.2.1544.4'.";
    check(&format!("{backup}\n{same}\n{done}"), "completed unknown []");
}

#[test]
fn head_and_end_of_a_run_are_read() {
    let text = run("0 End of Setup");
    let log = read(text.as_bytes());
    assert_eq!((log.kind, log.outcome), (Kind::Setup, Outcome::Unfinished));
    assert_eq!(log.product, Some(Product::E2019));
    assert_eq!(log.build.map(|it| it.to_string()).as_deref(), Some("15.2.1748.10"));
    assert_eq!(log.from.map(|it| it.to_string()).as_deref(), Some("2026-11-24T02:00:00"));
    assert_eq!(log.to.map(|it| it.to_string()).as_deref(), Some("2026-11-24T02:00:04"));
    let se = text.replace("2019 Setup", "Subscription Edition Setup");
    assert_eq!(read(se.as_bytes()).product, Some(Product::Se));
    // UTF-16 as PowerShell writes it reads the same.
    let utf16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&utf16), log);
    // A log whose beginning was cut away.
    let (_, cut) = text.split_once('\n').unwrap();
    assert_eq!(read(cut.as_bytes()).build, log.build);
}

#[test]
fn other_files_are_told_apart() {
    for text in ["", "\n\n", "Entry DN: CN=x\nAdd error on entry", "{\"a\": 1}", "[1] [2] x"] {
        let log = read(text.as_bytes());
        assert_eq!((log.kind, log.title()), (Kind::Other, "not a setup log"), "{text:?}");
        assert_eq!(log.cause_name().as_deref(), Some("not-a-setup-log"));
    }
}

#[track_caller]
fn check_installer(lines: &str, want: &str) {
    let text = format!(
        "=== Verbose logging started: 24/11/2026  02:00:00  Build type: SHIP ===\r\n\
         MSI (s) (A0:B0) [02:00:01:123]: Product: Microsoft Exchange Server 2019 CU14\r\n{lines}\r\n"
    );
    let log = read(text.as_bytes());
    assert_eq!((log.kind, log.product), (Kind::Installer, Some(Product::E2019)));
    assert_eq!(told(&text), want, "{lines}");
}

#[test]
fn logs_of_windows_installer_are_read() {
    check_installer("MSI (s): MainEngineThread is returning 0", "completed unknown []");
    check_installer("MSI (s): MainEngineThread is returning 3010", "completed unknown []");
    check_installer("MSI (s): working", "unfinished unknown []");
    check_installer("MSI (s): MainEngineThread is returning 1642", "failed 3:installer:1642 []");
    check_installer(
        "MSI (s): MainEngineThread is returning 1612",
        "failed 3:msi-source-missing []",
    );
    check_installer(
        "CustomAction CA_Stop returned actual error code 1603 (note)\nInstallation success or error \
         status: 1603.",
        "failed 3:installer:1603 (CA_Stop) []",
    );
    check_installer(
        "Error 1935. An error occurred\nMSI (s): MainEngineThread is returning 1603",
        "failed 3:installer:1935 []",
    );
    check_installer("MSI (s): MainEngineThread is returning 4711", "failed unknown []");
    // Windows Installer looks for sources that it does not need.
    check_installer(
        "SOURCEMGMT: Failed to resolve source\nMSI (s): MainEngineThread is returning 1603",
        "failed 4:installer:1603 []",
    );
    // Only the last run counts (S1).
    check_installer(
        "MSI (s): MainEngineThread is returning 1603\n=== Logging started: 1/2/2026 ===\n\
         Microsoft Exchange Server 2019\nMSI (s): MainEngineThread is returning 0",
        "completed unknown []",
    );
}

#[test]
fn codes_say_whether_to_try_again() {
    let of = |code| (installer_code(code).claims_success(), installer_code(code).again());
    assert_eq!(of(0), (true, Again::No));
    assert_eq!(of(3010), (true, Again::No));
    assert_eq!(of(1641), (true, Again::No));
    assert_eq!(of(1618), (false, Again::Later));
    assert_eq!(of(1603), (false, Again::AfterRemedy));
    assert_eq!(of(1), (false, Again::AfterRemedy)); // C2
    assert_eq!(installer_code(0x8024_0017), installer_code(-2_145_124_329));
    for code in [0, 1, 1602, 1603, 1612, 1618, 1619, 1635, 1636, 1641, 1642, 1648, 1935, 3010] {
        assert_eq!(installer_code(code).code(), code);
    }
}

/// Lines that a log may have, sharp ones among them.
fn any_lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("1 Failed [Rule:RebootPending] [Message:x]".to_owned()),
        Just("1 Failed [Rule:".to_owned()),
        Just("1 [ERROR] Error code is 1618. product".to_owned()),
        Just("1 [ERROR] The following error was generated when \"x\" was run: \"".to_owned()),
        Just("0 The Exchange Server setup operation completed successfully.".to_owned()),
        Just("0 Setup version: 15.1.2507.6.".to_owned()),
        Just("1 Executing:".to_owned()),
        Just("0 Setup will use the path 'C:\\V15\\bin' for installing".to_owned()),
        Just("1 [ERROR-REFERENCE] Id=1".to_owned()),
        Just("0 CurrentResult main.run:235: 1".to_owned()),
        Just("2 Installing MSI package 'x'".to_owned()),
        Just("1 [REQUIRED] x".to_owned()),
        Just("0 Starting Microsoft Exchange Server 2013 Setup".to_owned()),
        "[ -~\u{e4}\u{20ac}]{0,60}",
    ];
    prop::collection::vec(line, 0..30).prop_map(|lines| lines.join("\n"))
}

fn moved(mut log: SetupLog, by: u64) -> SetupLog {
    for finding in log.cause.iter_mut().chain(&mut log.others) {
        finding.line = finding.line.saturating_add(by);
    }
    if let Some((line, _)) = &mut log.last_error {
        *line = line.saturating_add(by);
    }
    log
}

proptest! {
    #[test]
    fn only_the_last_run_counts(before in any_lines(), last in any_lines()) {
        let (before, last) = (log(&before), run(&last));
        let both = format!("{before}{last}");
        let by = before.lines().count() as u64;
        prop_assert_eq!(read(both.as_bytes()), moved(read(last.as_bytes()), by), "S1");
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400), lines in any_lines()) {
        let mut text = log(&lines).into_bytes();
        text.extend(bytes);
        let bytes = text;
        let read = read(&bytes);
        let lines = text::decode(&bytes).text.lines().count() as u64;
        for it in read.cause.iter().chain(&read.others) {
            prop_assert!((1..=lines).contains(&it.line), "S4");
            prop_assert!(it.excerpt.chars().count() <= crate::limits::VALUE_CHARS_MAX, "S4");
            prop_assert!(!it.remedy().is_empty() && !it.cause.title().is_empty());
        }
        prop_assert!(read.cause.is_none() || read.outcome == Outcome::Failed, "S2");
    }
}
