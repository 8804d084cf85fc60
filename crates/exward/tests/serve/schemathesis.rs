//! schemathesis, a stranger, reads the document of the API and asks all that it allows, and more. It finds no answer
//! that the document does not tell of, and none that is the server's fault.

use std::process::Command;

use crate::server::{Server, program};

/// Requests a second: below what one caller may ask.
const RATE: &str = "18/s";

/// Cases of each route. The rate makes the time: about a minute.
const CASES: &str = "12";

/// What is asked of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

#[test]
#[ignore = "needs schemathesis"]
fn a_stranger_finds_the_api_as_its_document_tells() {
    let schemathesis = std::env::var("EXWARD_SCHEMATHESIS")
        .expect("EXWARD_SCHEMATHESIS is the path of the program schemathesis");
    let server = Server::start(&[]);
    let mut admin = server.admin();
    let store = server.folder.path().join("exward.db").display().to_string();
    let feed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/scan_exchange.csv");
    let keep = ["check", "--from", feed, "--store", &store, "--format", "csv", "--out", "a.csv"];
    let kept = program(&keep).current_dir(server.folder.path()).output().unwrap();
    assert_eq!(kept.status.code(), Some(1), "{}", String::from_utf8_lossy(&kept.stderr));
    let fields = [("name", "stranger"), ("role", "admin"), ("tenant", ""), ("until", "")];
    let made = admin.submit("/people", "/tokens", &fields);
    let token = made.between("<code class=\"secret\">", "</code>");
    // Made-up names of tenants would only be told that there is no such tenant.
    let places = "[parameters]\n\"path.tenant\" = \"default\"\n\"path.id\" = [1, 2, 999]\n";
    std::fs::write(server.folder.path().join("schemathesis.toml"), places).unwrap();
    let ran = Command::new(schemathesis)
        .args(["run", &format!("http://{}/api/v1/openapi.json", server.address)])
        .args(["--header", &format!("Authorization: Bearer {token}"), "--seed", "1"])
        .args(["--checks", CHECKS, "--max-examples", CASES])
        .args(["--rate-limit", RATE, "--phases", "coverage,fuzzing", "--no-color"])
        .current_dir(server.folder.path())
        .output()
        .unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&said));
}
