//! The store goes away, and comes back.

use std::io::copy;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::server::Server;

/// Passes connections on to a database while it is open.
struct Wire {
    address: String,
    is_open: Arc<AtomicBool>,
    through: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    fn to(database: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (is_open, through) =
            (Arc::new(AtomicBool::new(true)), Arc::new(Mutex::new(Vec::new())));
        let (open, streams, to) = (Arc::clone(&is_open), Arc::clone(&through), database.to_owned());
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if !open.load(Ordering::SeqCst) {
                    continue;
                }
                let far = TcpStream::connect(&to).unwrap();
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    std::thread::spawn(move || {
                        let _cut = copy(&mut from, &mut to);
                        let _cut = to.shutdown(Shutdown::Both);
                    });
                }
                streams.lock().unwrap().push(near);
            }
        });
        Self { address, is_open, through }
    }

    fn cut(&self) {
        self.is_open.store(false, Ordering::SeqCst);
        for stream in self.through.lock().unwrap().drain(..) {
            // It may be closed already.
            let _cut = stream.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_store_that_is_away_is_said_and_waited_for() {
    let url = std::env::var("EXWARD_TEST_POSTGRES").unwrap();
    let (_, rest) = url.split_once("://").unwrap();
    let (user, rest) = rest.split_once('@').unwrap();
    let (place, _) = rest.split_once('/').unwrap();
    let database = format!("exward_away_{}", std::process::id());
    let run = |text: String| {
        let ran = Command::new("psql").args([&url, "-qc", &text]).stdin(Stdio::null()).status();
        assert!(ran.unwrap().success());
    };
    run(format!("CREATE DATABASE {database}"));
    let wire = Wire::to(place);
    let store = format!("postgres://{user}@{}/{database}", wire.address);
    {
        let server = Server::start_with(&store, &[]);
        let mut admin = server.admin();
        assert_eq!(admin.get("/tenants").status, 200);
        wire.cut();
        let health = admin.get("/healthz");
        assert_eq!((health.status, health.header("retry-after")), (503, "5"), "{}", health.body);
        let page = admin.get("/tenants");
        assert_eq!(page.status, 503, "{}", page.body);
        assert!(page.body.contains("The store is away"), "{}", page.body);
        assert_eq!(admin.get("/sign-in").status, 200, "what needs no store goes on");
        wire.mend();
        assert_eq!(admin.get("/tenants").status, 200, "it is back");
    }
    run(format!("DROP DATABASE {database} WITH (FORCE)"));
}
