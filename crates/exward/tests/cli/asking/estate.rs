//! A simulated estate inside the test, its counters, and the command line that asks it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use exward_core::build::Build;
use exward_core::catalog::Catalog;
use exward_lab::behaviour::Behaviour;
use exward_lab::dns::{self, Zone};
use exward_lab::estate::{Estate, Face, Server, Service};
use exward_lab::profile::Profile;
use exward_lab::serve::{Counters, FaceCounts, Options, Running, serve};
use exward_lab::tls::TlsAge;
use tokio::runtime::Runtime;

use crate::run::{Ran, exward};

/// An SE that has every update.
pub(super) const PATCHED: &str = "15.2.2562.56";
/// A 2019 that lacks many, and says so in its first answer.
pub(super) const VULNERABLE: &str = "15.2.1544.14";

/// Longest wait for something that takes milliseconds: a busy machine must not fail a test.
const WAIT_MAX: Duration = Duration::from_secs(60);

pub(super) static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| exward_read::catalog::built_in().unwrap());

/// A port number that no other lab on this machine has: its owner holds it on 127.0.0.1, where no face stands.
pub(super) struct Port(TcpListener);

impl Port {
    pub(super) fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub(super) fn number(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }
}

/// An estate that is served until this is dropped, and a directory for its files.
pub(super) struct Lab {
    pub(super) estate: Arc<Estate>,
    pub(super) files: tempfile::TempDir,
    names: Option<dns::Running>,
    running: Running,
    runtime: Runtime,
    _port: Port,
}

impl Lab {
    pub(super) fn of(faces: Vec<Face>, port: Port) -> Self {
        // Many labs at once have more sockets than the usual limit of 1024.
        rlimit::increase_nofile_limit(u64::MAX).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let estate = Arc::new(Estate { faces });
        let running =
            runtime.block_on(serve(Arc::clone(&estate), Options::default())).ok().unwrap();
        let files = tempfile::tempdir().unwrap();
        Self { estate, files, names: None, running, runtime, _port: port }
    }

    /// Faces drawn from a seed.
    pub(super) fn drawn(profile: &Profile, seed: u64, faces: usize) -> Self {
        let port = Port::new();
        let estate = Estate::new(&CATALOG, seed, faces, profile, port.number());
        Self::of(estate.faces, port)
    }

    /// Healthy faces from 127.1.0.1 upward, one for each build.
    pub(super) fn healthy(builds: &[&str]) -> Self {
        let port = Port::new();
        let faces = (1..).zip(builds).map(|(last, build)| face(last, build, port.number()));
        let faces = faces.collect();
        Self::of(faces, port)
    }

    /// Serves these names, too.
    pub(super) fn with_names(mut self, zone: Zone) -> Self {
        let served = self.runtime.block_on(dns::serve(zone, "127.0.0.1:0".parse().unwrap()));
        self.names = Some(served.unwrap());
        self
    }

    /// The lab's name server.
    pub(super) fn dns(&self) -> SocketAddr {
        self.names.as_ref().unwrap().address()
    }

    /// Questions that reached the name server.
    pub(super) fn names_asked(&self) -> u64 {
        self.names.as_ref().unwrap().queries()
    }

    pub(super) fn port(&self) -> u16 {
        self.estate.faces[0].port
    }

    pub(super) fn targets(&self) -> Vec<String> {
        self.running.hosts().collect()
    }

    pub(super) fn counters(&self) -> &Counters {
        self.running.counters()
    }

    /// What reached each face, in the order of the estate.
    pub(super) fn counts(&self) -> Vec<FaceCounts> {
        let of = |face: &Face| self.counters().face(face.address).unwrap();
        self.estate.faces.iter().map(of).collect()
    }

    /// A file of the test, as an argument.
    pub(super) fn path(&self, name: &str) -> String {
        self.files.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file of the test; gives it as an argument.
    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// All faces, one a line.
    pub(super) fn hosts_file(&self) -> String {
        self.write("hosts.txt", self.targets().join("\n"))
    }

    /// `exward check --allow-loopback --format json` with these arguments.
    pub(super) fn check(&self, args: &[&str]) -> Ran {
        exward(&[&["check", "--allow-loopback", "--format", "json"], args].concat())
    }

    /// Waits for what must come.
    #[track_caller]
    pub(super) fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        let looks = async {
            let mut look = tokio::time::interval(Duration::from_millis(2));
            while !is_so() {
                look.tick().await;
                assert!(began.elapsed() < WAIT_MAX, "never came: {what}");
            }
        };
        self.runtime.block_on(looks);
    }
}

/// A healthy face at 127.1.0.`last` with a server of this build.
pub(super) fn face(last: u8, build: &str, port: u16) -> Face {
    let build: Build = build.parse().unwrap();
    let line = CATALOG.line_of(build).unwrap();
    let server = Server::new(&CATALOG, line, build, format!("EX{last:05}A"));
    Face {
        address: Ipv4Addr::new(127, 1, 0, last),
        port,
        name: format!("mail{last}.lab.test"),
        behaviour: Behaviour::Healthy,
        service: Service::Https,
        tls: TlsAge::Modern,
        iis: "10.0",
        dag: None,
        servers: vec![server],
        claimed: None,
    }
}

/// The `target`s of all results, in their order.
#[track_caller]
pub(super) fn targets_of(ran: &Ran) -> Vec<String> {
    let of_check = |it: &serde_json::Value| it["schema"] == "exward.check/1";
    let all = crate::run::json(ran);
    all.iter().filter(|it| of_check(it)).map(|it| it["target"].as_str().unwrap().into()).collect()
}

/// The numbers of the targets that have an answer in a run file. A line without an end does not count.
pub(super) fn kept(run: impl Into<PathBuf>) -> Vec<usize> {
    let text = std::fs::read(run.into()).unwrap_or_default();
    let lines = text.split_inclusive(|it| *it == b'\n').skip(1).filter(|it| it.ends_with(b"\n"));
    let entry = |it: &[u8]| serde_json::from_slice::<serde_json::Value>(it).unwrap();
    lines.map(|it| usize::try_from(entry(it)["n"].as_u64().unwrap()).unwrap()).collect()
}
