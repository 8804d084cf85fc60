//! The estate: which face stands at which address, drawn from a seed.
//!
//! # Invariants
//! * **L1 loopback and distinct.** Every face has an address of its own inside 127.0.0.0/8, from
//!   127.1.0.1 upward; the last part is never 0 or 255.
//! * **L3 the same for ever.** Catalog, seed, number, profile and port decide everything. More faces
//!   with the same seed leave the first ones as they were.
//! * **L4 possible.** A face's product, build, Windows and TLS go together, and its build is listed;
//!   a preview never occurs.

use std::net::Ipv4Addr;

use exward_core::build::Build;
use exward_core::catalog::{Catalog, Line, Published};
use exward_core::product::Product;

use crate::behaviour::{Behaviour, Kind};
use crate::profile::Profile;
use crate::seed::Dice;
use crate::tls::TlsAge;

/// Most faces of one estate: each needs a listening socket.
pub const SERVERS_MAX: usize = 100_000;

/// Day of the security updates from which 2013, 2016 and 2019 send `X-OWA-Version` before anybody
/// has logged on.
const HEADER_SINCE: jiff::civil::Date = jiff::civil::date(2021, 7, 13);

/// Share of healthy faces that begin a DAG.
const DAG_SHARE: f64 = 0.1;

/// Most faces of a DAG. Microsoft allows 16 members; two to four are what is met.
const DAG_FACES_MAX: usize = 4;

/// Front ends behind a balanced address: two, so that whoever asks twice can have met both.
const BALANCED: usize = 2;

/// First words of made-up names.
const WORDS: [&str; 16] = [
    "alder", "amber", "birch", "cedar", "copper", "delta", "fern", "garnet", "hazel", "ivory",
    "juniper", "larch", "maple", "opal", "rowan", "willow",
];

/// What a face speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// HTTP over TLS.
    Https,
    /// SMTP with STARTTLS.
    Smtp,
    /// IMAP with STARTTLS.
    Imap,
    /// POP with STLS.
    Pop,
}

impl Service {
    /// What stands before `host:port` of a target; empty for HTTPS.
    #[must_use]
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Https => "",
            Self::Smtp => "smtp://",
            Self::Imap => "imap://",
            Self::Pop => "pop3://",
        }
    }
}

/// One simulated Exchange server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its Windows name: `EX00017A`.
    pub host: String,
    /// Its product.
    pub product: Product,
    /// Its build.
    pub build: Build,
    /// The build of its CU, which its page paths and its manifest show.
    pub base: Build,
    /// True if it sends `X-OWA-Version` before anybody has logged on.
    pub sends_version: bool,
}

impl Server {
    /// A server of this line and build.
    #[must_use]
    pub fn new(catalog: &Catalog, line: &Line, build: Build, host: String) -> Self {
        let released = catalog.release(build).and_then(|it| it.released);
        let recent = released.is_some_and(|it| it >= Published::on(HEADER_SINCE));
        let always = line.product.has_rollups() || line.product == Product::Se;
        let sends_version = always || recent;
        Self { host, product: line.product, build, base: line.base, sends_version }
    }
}

/// One address of the estate and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// Where it listens.
    pub address: Ipv4Addr,
    /// Its port.
    pub port: u16,
    /// Its public name, under `.lab.test`.
    pub name: String,
    /// How it behaves.
    pub behaviour: Behaviour,
    /// What it speaks.
    pub service: Service,
    /// How old its TLS is.
    pub tls: TlsAge,
    /// Version of its IIS, which follows from its Windows: `10.0`.
    pub iis: &'static str,
    /// Name of the DAG that it belongs to, if any.
    pub dag: Option<String>,
    /// The Exchange servers behind it: one, several if balanced, none if it is no Exchange.
    pub servers: Vec<Server>,
    /// What a spoofed header claims: the newest SE; `None` if the catalog lists none.
    pub claimed: Option<Build>,
}

impl Face {
    /// The target by which it is probed: `127.1.0.1:8443`, `smtp://127.1.0.2:8443`.
    #[must_use]
    pub fn target(&self) -> String {
        format!("{}{}:{}", self.service.scheme(), self.address, self.port)
    }

    /// A number that differs from face to face, for what it makes up.
    #[must_use]
    pub(crate) fn number(&self) -> u64 {
        u64::from(self.address.to_bits())
    }
}

/// A simulated estate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estate {
    /// Its faces, by address.
    pub faces: Vec<Face>,
}

impl Estate {
    /// Draws an estate of `servers` faces, at most [`SERVERS_MAX`]. A catalog without any build gives
    /// faces that are no Exchange.
    #[must_use]
    pub fn new(catalog: &Catalog, seed: u64, servers: usize, profile: &Profile, port: u16) -> Self {
        let mut faces = Vec::new();
        let mut dag: Option<Dag<'_>> = None;
        for (index, address) in (0_u64..).zip(addresses()).take(servers.min(SERVERS_MAX)) {
            let mut draw =
                Draw { catalog, profile, dice: Dice::for_item(seed, index), index, address, port };
            faces.push(draw.face(&mut dag));
        }
        Self { faces }
    }
}

/// 127.1.0.1 and upward, without the addresses that end in 0 or 255 (L1).
pub(crate) fn addresses() -> impl Iterator<Item = Ipv4Addr> {
    let usable = |it: &Ipv4Addr| !matches!(it.octets(), [.., 0 | 255]);
    let first = Ipv4Addr::new(127, 1, 0, 1).to_bits();
    let last = Ipv4Addr::new(127, 255, 255, 254).to_bits();
    (first..=last).map(Ipv4Addr::from_bits).filter(usable)
}

/// A DAG that still takes faces.
struct Dag<'c> {
    name: String,
    line: &'c Line,
    left: usize,
}

/// Draws one face.
struct Draw<'c, 'p> {
    catalog: &'c Catalog,
    profile: &'p Profile,
    dice: Dice,
    index: u64,
    address: Ipv4Addr,
    port: u16,
}

impl<'c> Draw<'c, '_> {
    fn face(&mut self, dag: &mut Option<Dag<'c>>) -> Face {
        let behaviour = self.dice.weighted(&self.profile.behaviours).unwrap_or(Behaviour::Healthy);
        let mail = self.dice.chance(self.profile.mail) && behaviour.suits_mail();
        let services = [Service::Smtp, Service::Smtp, Service::Imap, Service::Pop];
        let service = self.dice.pick(&services).filter(|_| mail).unwrap_or(&Service::Https);
        let word = self.dice.pick(&WORDS).copied().unwrap_or("lab");
        let line = self.line(behaviour).filter(|_| behaviour.kind() == Kind::Exchange);
        let mut face = Face {
            address: self.address,
            port: self.port,
            name: format!("mail.{word}{:05}.lab.test", self.index),
            behaviour,
            service: *service,
            tls: TlsAge::Modern,
            iis: "10.0",
            dag: None,
            servers: Vec::new(),
            claimed: None,
        };
        if let Some(line) = line {
            let line = self.in_dag(&mut face, dag, line);
            face.servers = self.servers(behaviour, line);
            (face.tls, face.iis) = self.windows(line.product);
        }
        if behaviour == Behaviour::HeaderSpoofed {
            face.claimed = self.catalog.newest_line(Product::Se).map(Line::newest);
        }
        face
    }

    /// A line of a product that can behave so; `None` if the catalog has none.
    fn line(&mut self, behaviour: Behaviour) -> Option<&'c Line> {
        let (oldest, newest) = (behaviour.oldest_product(), behaviour.newest_product());
        let possible = |it: &(Product, f64)| (oldest..=newest).contains(&it.0);
        let products: Vec<_> = self.profile.products.iter().copied().filter(possible).collect();
        let lines = |product| self.catalog.lines(product).collect::<Vec<_>>();
        // A profile of old products alone still plays every behaviour: with one that can.
        let mut lines = self.dice.weighted(&products).map_or_else(|| lines(oldest), lines);
        if behaviour == Behaviour::ModernAuth {
            let recent = |it: &&Line| self.sends_version(it, it.newest());
            lines.retain(recent);
        }
        let newest = lines.last().copied();
        // Many keep up with CUs, many do not.
        if self.dice.chance(0.45) { newest } else { self.dice.pick(&lines).copied() }
    }

    fn sends_version(&self, line: &Line, build: Build) -> bool {
        Server::new(self.catalog, line, build, String::new()).sends_version
    }

    /// A build of a line: its newest, its CU without any update, or any.
    fn build(&mut self, behaviour: Behaviour, line: &Line) -> Build {
        let choice = [(0_u8, 5.0), (1, 2.0), (2, 4.0)];
        let any = self.dice.pick(&line.builds).copied().unwrap_or(line.base);
        match self.dice.weighted(&choice) {
            _ if behaviour == Behaviour::ModernAuth => line.newest(),
            Some(0) => line.newest(),
            Some(1) => line.base,
            _ => any,
        }
    }

    fn servers(&mut self, behaviour: Behaviour, line: &Line) -> Vec<Server> {
        let balanced = behaviour == Behaviour::LoadBalanced;
        let count = if balanced { BALANCED } else { 1 };
        let names = ['A', 'B'].into_iter().take(count);
        let host = |letter| format!("EX{:05}{letter}", self.index);
        let hosts: Vec<String> = names.map(host).collect();
        let server = |host| {
            let build = self.build(behaviour, line);
            Server::new(self.catalog, line, build, host)
        };
        hosts.into_iter().map(server).collect()
    }

    /// Puts a healthy face into a DAG, new or begun, whose members share a CU.
    fn in_dag(&mut self, face: &mut Face, dag: &mut Option<Dag<'c>>, line: &'c Line) -> &'c Line {
        // DAGs came with 2010.
        let suits = face.behaviour == Behaviour::Healthy && face.service == Service::Https;
        if !suits || line.product < Product::E2010 {
            return line;
        }
        if dag.is_none() && self.dice.chance(DAG_SHARE) {
            let left = 2_usize.saturating_add(self.dice.below(DAG_FACES_MAX.saturating_sub(1)));
            *dag = Some(Dag { name: format!("DAG{:05}", self.index), line, left });
        }
        let Some(open) = dag else { return line };
        let (name, line) = (open.name.clone(), open.line);
        open.left = open.left.saturating_sub(1);
        if open.left == 0 {
            *dag = None;
        }
        face.dag = Some(name);
        line
    }

    /// TLS and IIS of a Windows that the product runs on (L4).
    fn windows(&mut self, product: Product) -> (TlsAge, &'static str) {
        use TlsAge::{Modern, Server2012R2, Ssl3, Tls10, Tls10Rc4, Tls10TripleDes, Tls11};
        if self.profile.modern_tls && product >= Product::E2016 {
            return (Modern, "10.0");
        }
        let choices: &[((TlsAge, &'static str), f64)] = match product {
            Product::E2007 | Product::E2003 | Product::E2000 | Product::E55 => &[
                ((Ssl3, "6.0"), 1.0),
                ((Tls10Rc4, "6.0"), 1.0),
                ((Tls10TripleDes, "6.0"), 1.0),
                ((Tls10, "7.5"), 2.0),
            ],
            Product::E2010 => {
                &[((Tls10, "7.5"), 4.0), ((Tls11, "7.5"), 1.0), ((Server2012R2, "7.5"), 1.0)]
            }
            Product::E2013 => &[((Tls10, "7.5"), 1.0), ((Server2012R2, "8.5"), 5.0)],
            Product::E2016 => &[((Server2012R2, "8.5"), 2.0), ((Modern, "10.0"), 3.0)],
            Product::E2019 | Product::Se => &[((Modern, "10.0"), 1.0)],
        };
        let (age, iis) = self.dice.weighted(choices).unwrap_or((Modern, "10.0"));
        (if self.profile.modern_tls { Modern } else { age }, iis)
    }
}

#[cfg(test)]
mod tests;
