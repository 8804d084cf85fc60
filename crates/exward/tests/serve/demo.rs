//! The demo, from its first line to Ctrl-C.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::http::Browser;
use crate::server::program;

/// The demo's process: ended with the test, whatever happens.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[test]
fn the_demo_ends_with_pages_that_show_its_story() {
    let mut demo = program(&["demo", "--port", "29643"]);
    let mut demo = Running(demo.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut told: Vec<String> = Vec::new();
    let link = loop {
        let line = lines.next().unwrap_or_else(|| panic!("{}", told.join("\n")));
        match line.strip_prefix("http://").and_then(|it| it.split_once('/')) {
            Some((address, path)) => break (address.to_owned(), format!("/{path}")),
            None => told.push(line),
        }
    };
    let (address, path) = link;
    assert!(told.iter().any(|it| it.contains("everything in them is SIMULATED")));

    let mut browser = Browser::new(&address);
    let looked = browser.ask("HEAD", &path, "", "");
    assert_eq!((looked.status, browser.cookie.as_str()), (200, ""), "a look lets nobody in");
    let entered = browser.get(&path);
    assert_eq!((entered.status, entered.header("location")), (303, "/"), "{}", entered.body);
    assert_eq!(Browser::new(&address).get(&path).status, 404, "W10");
    assert_eq!(browser.get("/").header("location"), "/t/default/");
    let servers = browser.get("/api/v1/tenants/default/servers").json();
    let servers = servers["servers"].as_array().unwrap();
    let with = |verdict: &str| servers.iter().filter(|it| it["verdict"] == verdict).count();
    assert_eq!((servers.len(), with("vulnerable"), with("patched")), (9, 1, 8), "{servers:?}");
    let estate = browser.get("/t/default/");
    let worst = servers.iter().find(|it| it["verdict"] == "vulnerable").unwrap();
    let worst = worst["target"].as_str().unwrap();
    assert!(estate.body.contains(worst), "{}", estate.body);
    let rollouts = browser.get("/t/default/rollouts");
    assert_eq!(rollouts.status, 200, "{}", rollouts.body);
    assert!(rollouts.body.contains("/t/default/rollouts/"), "{}", rollouts.body);

    let pid = demo.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(lines.last().as_deref(), Some("exward has stopped"));
    assert_eq!(demo.0.wait().unwrap().code(), Some(0));
}
