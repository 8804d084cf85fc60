//! What `exward explain BUILD --to …` prints, whole.

use super::*;

fn shown(from: &str, to: &str) -> String {
    let catalog = exward_read::catalog::built_in().unwrap();
    answer(&catalog, from, to).unwrap()
}

/// The sample of the documents: in place to SE, or on its CU with and without ESU. Sources are left out
/// here; the next tests show them.
#[test]
fn from_2019_cu14() {
    let answer = shown("15.2.1544.9", "latest");
    let lines = answer.lines().filter(|it| !it.trim_start().starts_with("Source: "));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    15.2.1544.9 (2019 CU14 Mar24SU) to the newest update that it can get to.
    Way 1 (best): 2 moves, about 270 minutes in all: 180 + 45 to install, 3 restarts of 15
      1. in-place upgrade to SE RTM (15.2.2562.17), KB5047155, 2025-07-01: 180 minutes, a restart before and one after it
         Setup overwrites customised files and wipes mitigations below the site (URL Rewrite rules): the SU and the mitigations belong into the same change, before the server is back in service. There is no way back from a CU.
         Needs pending restart: no (no-pending-restart)
           If not: restart Windows; if the restart stays pending find out which program asks for it and never delete the registry keys (a blueprint does it: restart)
         Needs unfinished setup: no (no-unfinished-setup)
           If not: finish or repair the setup that stopped half-way: run setup of the CU that is installed again
         Needs complete installer cache: yes (installer-cache)
           If not: put the missing packages back with FixInstallerCache from the medium of the CU that is installed
         Needs validity of the certificates: more than 7 days from today (certificates)
           If not: renew the certificate that expires (Auth certificate, IIS back end); an expired one stops setup, or OWA and ECP afterwards
         Needs Windows Server: 2019, 2022 or 2025 (windows)
           If not: Windows cannot be upgraded in place under Exchange: a new server
         Needs .NET Framework release: at least 528040 (dotnet-48)
           If not: install .NET Framework 4.8 and go straight on to the CU (a blueprint does it: install-prerequisite dotnet-48)
         Needs .NET Framework release: below 533320, where Windows Server is 2019 (dotnet-not-481)
           If not: go back to .NET Framework 4.8: 4.8.1 is not supported on Windows Server 2019
         Needs Visual C++ 2012 redistributable: yes (vc-2012)
           If not: install the Visual C++ 2012 redistributable (x64) (a blueprint does it: install-prerequisite vc-2012)
         Needs Visual C++ 2013 redistributable: yes (vc-2013)
           If not: install the Visual C++ 2013 redistributable (x64) (a blueprint does it: install-prerequisite vc-2013)
         Needs IIS URL Rewrite module: yes (url-rewrite)
           If not: install IIS URL Rewrite 2.1 (a blueprint does it: install-prerequisite url-rewrite)
         Needs free disk space (MB): at least 200 (free-disk)
           If not: make room: 200 MB on the system drive, 30 GB on the drive that Exchange is on
         Needs domain controller in the same site: yes (dc-in-site)
           If not: use a domain controller of the server's own site (setup /DomainController)
         Needs schema version (rangeUpper): at least 17003 (schema)
           If not: run setup /PrepareSchema of the CU as Schema and Enterprise Admin and wait for replication
         Needs domain version (MESO objectVersion): at least 13243 (domains)
           If not: run setup /PrepareAllDomains of the CU and wait for replication
         Needs organisation version (objectVersion): at least 16763 (organization)
           If not: run setup /PrepareAD of the CU as Enterprise Admin and wait for replication
         Needs oldest Exchange in the organisation: at least 2016 (no-2013)
           If not: remove the last Exchange 2013 from the organisation: setup of SE refuses to stand beside it
         Needs licence for Exchange SE: yes (se-licence)
           If not: buy the licences or the Software Assurance that Exchange SE asks for, or say that you have them
         Not made where SSL offloading is yes: setup turns Extended Protection on, which does not work with SSL offloading: clients can no longer sign in (ssl-offloading)
           Remedy: change the load balancer to SSL bridging with the same certificate, or run setup with /DoNotEnableEP and know that CVE-2024-21410 stays open
         Known problem: setup turns Extended Protection on: what ends TLS with another certificate before the server (load balancer, inspection, hybrid agent) stops working (extended-protection)
           Remedy: check with ExchangeExtendedProtectionManagement before; /DoNotEnableEP_FEEWS leaves EWS out for the hybrid agent
      2. SU to Oct26SU (15.2.2562.56), 2026-10-13: 45 minutes, 1 restart after it
         Of this build: SU label inferred; KB, exact name and release date NOT verified
         SUs are cumulative within their CU: the newest is enough.
         Needs as above: no-pending-restart, no-unfinished-setup, installer-cache, certificates
    Way 2: 1 move, about 60 minutes in all: 45 to install, 1 restart of 15
      1. SU to Oct26SU (15.2.1544.50), 2026-10-13: 45 minutes, 1 restart after it
         Of this build: SU label inferred; KB, exact name and release date NOT verified; ESU Period 2
         Needs entitlement to ESU updates: yes (esu)
           If not: these updates are for customers of the Extended Security Update programme only
         Needs as above: no-pending-restart, no-unfinished-setup, installer-cache, certificates
    Way 3: 1 move, about 60 minutes in all: 45 to install, 1 restart of 15
      1. SU to Oct25SU (15.2.1544.36), KB5066368, 2025-10-14: 45 minutes, 1 restart after it
         Needs as above: no-pending-restart, no-unfinished-setup, installer-cache, certificates
    Prerequisites, leaving service and returning to it take their minutes on top.
    Not taken: CU to 2019 CU15: SUs of CU14 are as new, without a CU
    Catalog as of 2026-10-15.
    ");
}

#[test]
fn from_2016_there_is_no_way_to_se() {
    insta::assert_snapshot!(shown("15.1.2507.77", "latest"), @r"
    15.1.2507.77 (2016 CU23 Oct26SU) to the newest update that it can get to.
    No move: 15.1.2507.77 cannot be updated to SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade from 2016 (Exchange Server supportability matrix, Microsoft Learn (July 2026); Upgrade to Exchange Server SE, Microsoft Learn (July 2026)).
    Catalog as of 2026-10-15.
    ");
}

#[test]
fn from_2013() {
    insta::assert_snapshot!(shown("15.0.1497.40", "LATEST"), @r"
    15.0.1497.40 (2013 CU23 Aug22SU) to the newest update that it can get to.
    Way 1 (best): 1 move, about 60 minutes in all: 45 to install, 1 restart of 15
      1. SU to Mar23SU (15.0.1497.48), KB5024296, 2023-03-14: 45 minutes, 1 restart after it
         SUs are cumulative within their CU: the newest is enough.
         Source: Why Exchange Server updates matter and FAQ, Microsoft Learn (July 2026); minutes are exward's own estimate from a playbook's 2 to 3 hours for two nodes with drain and restart
         Needs pending restart: no (no-pending-restart)
           If not: restart Windows; if the restart stays pending find out which program asks for it and never delete the registry keys (a blueprint does it: restart)
           Source: Fix failed Exchange Server updates, Microsoft Learn (February 2025); setup rules RebootPending and PendingRebootWindowsComponents; CSS-Exchange at 2026-04-02
         Needs unfinished setup: no (no-unfinished-setup)
           If not: finish or repair the setup that stopped half-way: run setup of the CU that is installed again
           Source: setup rule InstallWatermark; CSS-Exchange at 2026-04-02
         Needs complete installer cache: yes (installer-cache)
           If not: put the missing packages back with FixInstallerCache from the medium of the CU that is installed
           Source: Fix failed Exchange Server updates, Microsoft Learn (February 2025) (1603, 1612); CSS-Exchange at 2026-04-02 FixInstallerCache
         Needs validity of the certificates: more than 7 days from today (certificates)
           If not: renew the certificate that expires (Auth certificate, IIS back end); an expired one stops setup, or OWA and ECP afterwards
           Source: Fix failed Exchange Server updates, Microsoft Learn (February 2025); CSS-Exchange Emerging Issues (July 2021, November 2023); the margin of 7 days is exward's own
    Prerequisites, leaving service and returning to it take their minutes on top.
    Not taken: SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade. More than one step: setup of SE refuses an organisation that still has 2013 or older.
    Catalog as of 2026-10-15.
    ");
}

#[test]
fn where_nothing_is_to_do_or_known() {
    let all = ["15.2.2562.56", "15.2.2562.60", "15.20.1.1", "15.2.196.0"];
    insta::assert_snapshot!(all.map(|it| shown(it, "latest")).join("\n"), @r"
    15.2.2562.56 (SE RTM Oct26SU) to the newest update that it can get to.
    No move: 15.2.2562.56 is already there.
    Catalog as of 2026-10-15.

    15.2.2562.60 to the newest update that it can get to.
    No move: 15.2.2562.60 is newer than the catalog, which knows up to 2026-10-15.
    Catalog as of 2026-10-15.

    15.20.1.1 to the newest update that it can get to.
    No move: 15.20.1.1 is not in the catalog, so no move from it is known.
    Catalog as of 2026-10-15.

    15.2.196.0 to the newest update that it can get to.
    No way is allowed from 15.2.196.0.
    Not taken: from the preview 15.2.196.0: no rule of the catalog begins at a preview
    Catalog as of 2026-10-15.
    ");
}

#[test]
fn to_a_build() {
    let all = [
        ("15.2.1544.13", "15.2.1544.14"),
        ("15.2.1544.9", "15.2.1544.13"),
        ("15.2.1544.14", "15.2.1544.9"),
    ];
    insta::assert_snapshot!(all.map(|(from, to)| shown(from, to)).join("\n"), @r"
    15.2.1544.13 (2019 CU14 Nov24SU) to 15.2.1544.14. It was withdrawn on 2024-11-14: transport rules and DLP rules stop after a while, in the worst case mail flow does (Exchange Team Blog (2024-11-14) as reported by The Register (2024-11-15) and heise.de/-10181670).
    Way 1 (best): 1 move, about 60 minutes in all: 45 to install, 1 restart of 15
      1. SU to Nov24SUv2 (15.2.1544.14), KB5049233, 2024-11-27: 45 minutes, 1 restart after it
         SUs are cumulative within their CU: the newest is enough.
         Source: Why Exchange Server updates matter and FAQ, Microsoft Learn (July 2026); minutes are exward's own estimate from a playbook's 2 to 3 hours for two nodes with drain and restart
         Needs pending restart: no (no-pending-restart)
           If not: restart Windows; if the restart stays pending find out which program asks for it and never delete the registry keys (a blueprint does it: restart)
           Source: Fix failed Exchange Server updates, Microsoft Learn (February 2025); setup rules RebootPending and PendingRebootWindowsComponents; CSS-Exchange at 2026-04-02
         Needs unfinished setup: no (no-unfinished-setup)
           If not: finish or repair the setup that stopped half-way: run setup of the CU that is installed again
           Source: setup rule InstallWatermark; CSS-Exchange at 2026-04-02
         Needs complete installer cache: yes (installer-cache)
           If not: put the missing packages back with FixInstallerCache from the medium of the CU that is installed
           Source: Fix failed Exchange Server updates, Microsoft Learn (February 2025) (1603, 1612); CSS-Exchange at 2026-04-02 FixInstallerCache
         Needs validity of the certificates: more than 7 days from today (certificates)
           If not: renew the certificate that expires (Auth certificate, IIS back end); an expired one stops setup, or OWA and ECP afterwards
           Source: Fix failed Exchange Server updates, Microsoft Learn (February 2025); CSS-Exchange Emerging Issues (July 2021, November 2023); the margin of 7 days is exward's own
         Known problem: calendar files (.ics) and time zones can raise exceptions after Nov24SUv2 (nov24-v2-calendar)
           Remedy: prefer a later SU
           Source: heise.de/-10181670 (2024-11-28)
    Prerequisites, leaving service and returning to it take their minutes on top.
    Catalog as of 2026-10-15.

    15.2.1544.9 (2019 CU14 Mar24SU) to 15.2.1544.13.
    No way is allowed from 15.2.1544.9.
    Not taken: build 15.2.1544.13: it was withdrawn on 2024-11-14: transport rules and DLP rules stop after a while, in the worst case mail flow does; 15.2.1544.14 takes its place
    Catalog as of 2026-10-15.

    15.2.1544.14 (2019 CU14 Nov24SUv2) to 15.2.1544.9.
    No move: 15.2.1544.9 is older than 15.2.1544.14; an update never goes backwards.
    Catalog as of 2026-10-15.
    ");
}

#[test]
fn a_catalog_without_the_graph_says_so() {
    let texts = exward_read::catalog::built_in_texts();
    let without: [Option<&str>; 13] =
        std::array::from_fn(|at| texts.get(at).copied().filter(|_| at < 9));
    let catalog = exward_read::catalog::read_present(without).unwrap();
    insta::assert_snapshot!(answer(&catalog, "15.2.1544.9", "latest").unwrap(), @r"
    15.2.1544.9 (2019 CU14 Mar24SU) to the newest update that it can get to.
    No move: the catalog has no update graph (moves.csv), so no move is known.
    Catalog as of 2026-10-15.
    ");
}

#[test]
fn only_builds_have_a_way() {
    let catalog = exward_read::catalog::built_in().unwrap();
    for (from, to) in [("CVE-2021-34473", "latest"), ("15.2.1544", "latest"), ("15.2.1544.9", "SE")]
    {
        let error = answer(&catalog, from, to).unwrap_err();
        assert!(matches!(error, CommandError::Usage { .. }), "{from} to {to}: {error}");
    }
}
