//! The end of the server.
#![cfg(unix)]

use std::io::{Read as _, Write as _};

use crate::http::{Answer, connect};
use crate::server::{Server, program};

#[test]
fn what_is_at_work_may_finish() {
    let server = Server::start(&[]);
    let mut stream = connect(&server.address);
    let browser = server.browser();
    let text = browser.request("POST", "/sign-in", "expect: 100-continue\r\n", "name=a&password=b");
    let (head, body) = text.split_at(text.len() - 5);
    stream.write_all(head.as_bytes()).unwrap();
    // The server asks for the body: the request is at work.
    let mut begun = [0; 25];
    stream.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 100 Continue\r\n\r\n");
    server.tell_to_stop();
    stream.write_all(body.as_bytes()).unwrap();
    assert_eq!(Answer::read(&mut stream).status, 422);
    let (code, said, _folder) = server.wait();
    assert_eq!((code, said.as_str()), (0, "exward has stopped\n"));
}

#[test]
fn the_audit_log_is_checked_from_the_command_line() {
    let server = Server::start(&[]);
    server.admin();
    server.tell_to_stop();
    let (_, _, folder) = server.wait();
    let store = folder.path().join("exward.db");
    let checked = program(&["store", "audit", "verify", "--store"]).arg(&store).output().unwrap();
    let said = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(checked.status.code(), Some(0));
    assert!(said.contains("rows, none changed; the newest is "), "{said}");
    let none =
        program(&["store", "audit", "verify", "--store"]).arg(folder.path().join("no.db")).output();
    assert_eq!(none.unwrap().status.code(), Some(7));
}

#[test]
fn a_backup_comes_back_whole() {
    let server = Server::start(&[]);
    server.admin();
    let path = |name: &str| server.folder.path().join(name).display().to_string();
    let (store, copy, other) = (path("exward.db"), path("backup.jsonl"), path("other.db"));
    let run = |args: &[&str], store: &str| {
        let ran = program(args).args(["--store", store]).output().unwrap();
        let said = String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap();
        (ran.status.code().unwrap(), said)
    };
    // While the server runs.
    let (code, said) = run(&["store", "backup", &copy], &store);
    assert_eq!(code, 0, "{said}");
    assert_eq!(run(&["store", "backup", &copy], &store).0, 6, "an earlier backup was overwritten");
    let (code, said) = run(&["store", "restore", &copy], &other);
    assert_eq!(code, 0, "{said}");
    assert_eq!(run(&["store", "restore", &copy], &other).0, 7, "into one that is not empty");
    let (code, said) = run(&["store", "check"], &other);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("\nperson: 1\n") && said.contains("The store is whole."), "{said}");
}
