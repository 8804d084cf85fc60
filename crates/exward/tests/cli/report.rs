//! `exward report` on a store that `exward check --store` has filled.

use exward_store::store::Accepting;
use exward_store::{Store, StoreUrl};

use crate::run::{Ran, exward};

const NOW: &str = "2026-11-24T12:00:00Z";

/// A folder with a store in it.
struct Filled(tempfile::TempDir);

impl Filled {
    /// Two servers are vulnerable in October; one is patched in November.
    fn new() -> Self {
        let it = Self(tempfile::tempdir().unwrap());
        it.feed(
            "2026-10-01",
            &[("192.0.2.1", "=1+1", "15.2.1544.14"), ("192.0.2.2", "b", "15.2.1544.14")],
        );
        it.feed(
            "2026-11-20",
            &[("192.0.2.1", "=1+1", "15.2.2562.56"), ("192.0.2.2", "b", "15.2.1544.14")],
        );
        it
    }

    fn store(&self) -> String {
        self.0.path().join("exward.db").display().to_string()
    }

    fn feed(&self, day: &str, rows: &[(&str, &str, &str)]) {
        let mut text =
            "\"timestamp\",\"ip\",\"port\",\"hostname\",\"tag\",\"version\"\n".to_owned();
        for (ip, name, build) in rows {
            text +=
                &format!("\"{day} 06:00:00\",\"{ip}\",443,\"{name}\",\"exchange\",\"{build}\"\n");
        }
        let file = self.0.path().join(format!("{day}.csv"));
        std::fs::write(&file, text).unwrap();
        let (file, store) = (file.display().to_string(), self.store());
        let ran = exward(&["check", "--from", &file, "--store", &store, "--now", NOW]);
        assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    }

    #[track_caller]
    fn report(&self, args: &[&str], want: i32) -> Ran {
        let store = self.store();
        let ran = exward(&[&["report", "--store", &store, "--now", NOW], args].concat());
        assert_eq!(ran.code, want, "{args:?}\n{}{}", ran.out, ran.err);
        ran
    }

    /// Somebody lives with a CVE until the end of the year.
    fn accept(&self) {
        let url = StoreUrl::from(self.0.path().join("exward.db").as_path());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::open(&url).await.unwrap();
            let tenant = store.tenant("default").await.unwrap().unwrap().id;
            let servers = store.servers(tenant, &Default::default(), None, 9).await.unwrap();
            let accepting = Accepting {
                server: servers.rows.first().unwrap().id,
                cve: "CVE-2026-1".into(),
                until: "2026-12-31T00:00:00Z".parse().unwrap(),
                by: "kim".into(),
                why: "=it is replaced".into(),
            };
            let at = "2026-11-21T00:00:00Z".parse().unwrap();
            store.accept(tenant, &accepting, at).await.unwrap();
            store.close().await;
        });
    }
}

/// Rows of CSV by heading.
fn rows(ran: &Ran) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(ran.out.as_bytes());
    reader.deserialize().map(|it| it.unwrap()).collect()
}

#[test]
fn a_table_says_how_everything_stands_and_is_known() {
    let filled = Filled::new();
    filled.accept();
    let rows = rows(&filled.report(&["--format", "csv"], 0));
    let shown: Vec<_> = rows
        .iter()
        .map(|it| ["target", "verdict", "build", "last_seen", "hunt", "tlp"].map(|key| &*it[key]))
        .collect();
    assert_eq!(
        shown,
        [
            [
                "192.0.2.2:443",
                "vulnerable",
                "15.2.1544.14",
                "2026-11-20T06:00:00Z",
                "never",
                "TLP:AMBER"
            ],
            [
                "192.0.2.1:443",
                "patched",
                "15.2.2562.56",
                "2026-11-20T06:00:00Z",
                "never",
                "TLP:AMBER"
            ],
        ]
    );
    assert_eq!(rows[0]["accepted"], "CVE-2026-1 until 2026-12-31T00:00:00Z by kim");
    assert!(rows[0]["known_by"].contains("feed"), "{}", rows[0]["known_by"]);
    assert_eq!(rows[1]["accepted"], "");
    assert!(rows[1].values().all(|it| !it.starts_with('=')), "{:?}", rows[1]);
}

#[test]
fn what_was_known_at_a_time() {
    let filled = Filled::new();
    filled.accept();
    let at = |time| {
        let rows = rows(&filled.report(&["--format", "csv", "--as-of", time], 0));
        rows.into_iter()
            .map(|it| format!("{} {}", it["verdict"], it["last_seen"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(at("2026-09-30T00:00:00Z"), [""; 0]);
    assert_eq!(at("2026-10-31T00:00:00Z"), ["vulnerable 2026-10-01T06:00:00Z"; 2]);
    assert_eq!(
        at("2026-11-20T23:00:00Z"),
        ["vulnerable 2026-11-20T06:00:00Z", "patched 2026-11-20T06:00:00Z"]
    );
    let before = filled.report(&["--as-of", "2026-10-31T00:00:00Z"], 0).out;
    assert!(before.contains("default: 0 of 2 Exchange servers protected"), "{before:.900}");
    assert!(before.contains("Nothing: every open CVE is to be closed."));
}

#[test]
fn the_page_is_a_file_with_state_trend_and_proof() {
    let filled = Filled::new();
    filled.accept();
    let file = filled.0.path().join("report.html");
    let ran = filled.report(&["--out", file.to_str().unwrap()], 0);
    assert_eq!(ran.out, "");
    let html = std::fs::read_to_string(file).unwrap();
    for part in [
        "TLP:AMBER",
        "default: 1 of 2 Exchange servers protected",
        "judged with a catalog as of",
        "Servers by verdict and day",
        "CVE-2026-1",
        "2026-12-31",
        "15.2.1544.14",
        "2 servers were never hunted",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<script"));
}

#[test]
fn exit_codes_say_what_is_wrong() {
    let filled = Filled::new();
    filled.report(&["--tenant", "nobody"], 2);
    filled.report(&["--as-of", "2027-01-01T00:00:00Z"], 2);
    filled.report(&["--catalog", "/does/not/exist"], 5);
    filled.report(&["--out", "/does/not/exist/x"], 6);
    let ran = exward(&["report", "--store", "/does/not/exist.db"]);
    assert_eq!(ran.code, 7, "{}", ran.err);
}

#[test]
fn tenants_are_added_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("exward.db").display().to_string();
    let tenant =
        |args: &[&str]| exward(&[&["store", "tenant"], args, &["--store", &store]].concat());
    assert_eq!(tenant(&["list"]).code, 7, "there is no store");
    assert_eq!(tenant(&["add", "contoso"]).code, 0);
    assert_eq!(tenant(&["add", "contoso"]).code, 2, "it is there");
    assert_eq!(tenant(&["add", "No Name"]).code, 2);
    let listed = tenant(&["list"]);
    assert!(listed.out.starts_with("contoso  "), "{}", listed.out);
    assert_eq!(listed.out.lines().count(), 1);
}

#[test]
fn what_was_forgotten_is_refused_and_what_is_left_stays_the_same() {
    let filled = Filled::new();
    let before = filled.report(&["--format", "csv", "--as-of", "2026-11-10T00:00:00Z"], 0);
    let store = filled.store();
    let ran = exward(&["store", "forget", "--before", "2026-11-10", "--store", &store]);
    assert_eq!((ran.code, &*ran.out), (0, "forgot 0 observations before 2026-11-10\n"));
    let after = filled.report(&["--format", "csv", "--as-of", "2026-11-10T00:00:00Z"], 0);
    assert_eq!(rows(&before), rows(&after), "what a server looked like then is kept");
    let refused = filled.report(&["--format", "csv", "--as-of", "2026-10-15T00:00:00Z"], 2);
    assert!(refused.err.contains("remembers from 2026-11-10"), "{}", refused.err);
    let ran = exward(&["store", "forget", "--before", "2026-11-22", "--store", &store]);
    assert_eq!((ran.code, &*ran.out), (0, "forgot 1 observations before 2026-11-22\n"));
    assert_eq!(rows(&filled.report(&["--format", "csv"], 0)).len(), 2, "the newest ones stay");
}
