//! What the estate shows to whoever asks from outside: the faces of [`crate::serve`], with the build that
//! each server has at that moment.

use std::net::Ipv4Addr;
use std::sync::Arc;

use exward_core::catalog::Catalog;
use exward_core::fleet::ServerName;

use super::{Fleet, SharedFleet};
use crate::behaviour::Behaviour;
use crate::estate::{Estate, Face, Server, Service, addresses};
use crate::tls::TlsAge;

/// An estate whose faces change with its servers.
#[derive(Clone, Debug)]
pub struct Live {
    fleet: SharedFleet,
    catalog: Arc<Catalog>,
}

impl Live {
    /// This estate, told apart by this catalog.
    #[must_use]
    pub const fn new(fleet: SharedFleet, catalog: Arc<Catalog>) -> Self {
        Self { fleet, catalog }
    }

    /// One face for every server, by name.
    #[must_use]
    pub fn faces(&self, port: u16) -> Estate {
        let fleet = self.fleet.lock();
        let named = addresses().zip(fleet.servers());
        let faces = named.filter_map(|(address, name)| self.face(&fleet, address, name, port));
        Estate { faces: faces.collect() }
    }

    /// The face as it is now; `None` if its server does not answer.
    #[must_use]
    pub(crate) fn as_it_is(&self, face: &Face) -> Option<Face> {
        let host = ServerName::new(&face.servers.first()?.host);
        let fleet = self.fleet.lock();
        let answers = fleet.answers(&host);
        let now = self.face(&fleet, face.address, &host, face.port)?;
        answers.then_some(now)
    }

    fn face(&self, fleet: &Fleet, address: Ipv4Addr, name: &ServerName, port: u16) -> Option<Face> {
        let build = fleet.truth(name)?.build?;
        let line = self.catalog.line_of(build)?;
        Some(Face {
            address,
            port,
            name: format!("{}.lab.test", name.as_str().to_ascii_lowercase()),
            behaviour: Behaviour::Healthy,
            service: Service::Https,
            tls: TlsAge::Modern,
            iis: "10.0",
            dag: fleet.dag_of(name),
            servers: vec![Server::new(&self.catalog, line, build, name.to_string())],
            claimed: None,
        })
    }
}
