//! Two tenants in one store, each with an estate of its own: what one does is nothing to the other.

use super::estate::{Estate, Runner, database};
use super::{person_of, say};
use crate::events::Events;
use crate::http::Browser;
use crate::server::{Server, program};

/// A tenant whose rollout is approved.
struct Tenant {
    april: Browser,
    page: String,
}

impl Tenant {
    /// Brings the blueprint as an operator, and approves it as the two approvers that are needed.
    fn new(
        server: &Server,
        admin: &mut Browser,
        (id, name): (&str, &str),
        estate: &Estate,
    ) -> Self {
        let mut person =
            |who: &str, role| person_of(id, server, admin, &format!("{who}@{name}"), role);
        let (mut olaf, mut april) = (person("olaf", "operator"), person("april", "approver"));
        let mut adam = person("adam", "approver");
        let list = format!("/t/{name}/rollouts");
        let kept = olaf.submit(&list, &list, &[("blueprint", &estate.blueprint)]);
        assert_eq!(kept.status, 303, "{}", kept.body);
        let page = kept.header("location").to_owned();
        for browser in [&mut april, &mut adam] {
            let until = [("until", "2099-01-01T00:00")];
            let approved = browser.submit(&page, &format!("{page}/approve"), &until);
            assert_eq!(approved.status, 303, "{}", approved.body);
        }
        Self { april, page }
    }

    /// Follows it until somebody works on it.
    fn is_under_way(&self) {
        Events::follow(&self.april, &format!("{}/live", self.page)).until("recorded as it was");
    }

    fn check(&mut self, state: &str) {
        let shown = self.april.get(&self.page);
        assert!(shown.body.contains(&format!(">{state}</span>")), "{state}: {}", shown.body);
    }
}

/// What the command line says of a tenant's rollout: the exit code, and the text.
fn status(store: &str, tenant: &[&str]) -> (i32, String) {
    let ran = program(&[&["rollout", "status", "--store", store][..], tenant].concat());
    let ran = { ran }.output().unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    (ran.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
}

fn side_by_side(store: &str, [ours, theirs]: [&Estate; 2]) {
    assert_ne!(ours.blueprint, theirs.blueprint);
    let server = Server::start_with(store, &[]);
    let mut admin = server.admin();
    assert_eq!(admin.submit("/people", "/tenants", &[("name", "other")]).status, 303);
    let mut first = Tenant::new(&server, &mut admin, ("1", "default"), ours);
    let mut second = Tenant::new(&server, &mut admin, ("2", "other"), theirs);
    // Both at once, and nobody twice.
    let runner = Runner::start(ours, store, "20");
    first.is_under_way();
    let other = Runner::start(theirs, store, "20");
    second.is_under_way();
    assert_eq!(Runner::start(ours, store, "0").end(), 7, "J3: somebody works on it");
    first.check("running");
    // One is paused: the other goes on, and comes to its end.
    assert_eq!(say(&mut first.april, &first.page, "pause-after-step"), 303);
    assert_eq!(runner.end(), 3, "it is paused");
    assert_eq!(other.end(), 0, "all are current");
    first.check("paused");
    second.check("finished");
    // The command line tells them apart.
    let blueprint = |said: &str| said.lines().next().unwrap_or_default().to_owned();
    let (code, paused) = status(store, &["--tenant", "default"]);
    assert!(code == 0 && paused.contains("command: pause-after-step"), "{paused}");
    let (code, finished) = status(store, &["--tenant", "other"]);
    assert!(code == 0 && finished.contains("5 current"), "{finished}");
    assert_ne!(blueprint(&paused), blueprint(&finished), "J4");
    let (code, none) = status(store, &[]);
    assert!(code == 2 && none.contains("no rollout from the command line"), "{none}");
    let (code, unknown) = status(store, &["--tenant", "nobody"]);
    assert!(code == 2 && unknown.contains("there is no tenant `nobody`"), "{unknown}");
    // The first goes on as if nobody else had been there.
    assert_eq!(say(&mut first.april, &first.page, "resume"), 303);
    assert_eq!(Runner::start(ours, store, "0").end(), 0, "all are current");
    first.check("finished");
    // Whatever a backup is restored into tells the same.
    let (backup, other) = (ours.path("backup"), ours.path("other.db"));
    for args in [["backup", &backup, "--store", store], ["restore", &backup, "--store", &other]] {
        let ran = program(&[&["store"], &args[..]].concat()).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }
    for name in ["default", "other"] {
        let tenant = ["--tenant", name];
        assert_eq!(status(&other, &tenant), status(store, &tenant), "B1: {name}");
    }
}

#[test]
fn two_tenants_roll_out_side_by_side() {
    let (ours, theirs) = (Estate::new(33_443), Estate::with_ring(34_443, "rest"));
    let store = ours.path("exward.db");
    side_by_side(&store, [&ours, &theirs]);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn two_tenants_roll_out_side_by_side_on_postgresql() {
    let (ours, theirs) = (Estate::new(35_443), Estate::with_ring(36_443, "rest"));
    side_by_side(&database("tenants"), [&ours, &theirs]);
}
