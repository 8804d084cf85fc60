//! From a visit to evidence, front end by front end.

use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::tls::{Certificate, TlsFacts};
use exward_read::answer::{self, HttpAnswer};
use exward_read::record::host_and_port;

use super::{Answer, Front, NO_ROUTE, Visit};

/// The evidence of one front end, with its name: the address, and what it calls itself.
pub type NamedEvidence = (String, Vec<Evidence>);

impl Visit {
    /// The evidence, one entry for each server behind the target. Never empty.
    #[must_use]
    pub fn front_ends(&self) -> Vec<NamedEvidence> {
        let stamped = |(name, evidence): NamedEvidence| {
            let at = Some(self.at);
            (name, evidence.into_iter().map(|it| it.at_time(at)).collect())
        };
        // An address that this machine has no way to (IPv6, mostly) is no front end of its own as long
        // as another address of the name answers.
        let any_answered = !self.is_silent();
        let (beyond, asked): (Vec<&Front>, Vec<&Front>) =
            self.fronts.iter().partition(|it| any_answered && it.is_out_of_reach());
        let mut all: Vec<NamedEvidence> = asked.into_iter().flat_map(Front::servers).collect();
        if let Some((_, evidence)) = all.first_mut() {
            let note = |it: &Front| format!("{}: {NO_ROUTE}", it.address);
            evidence.extend(
                beyond
                    .into_iter()
                    .map(|it| Evidence::new(EvidenceKind::ServerFact, note(it), Claim::Shown)),
            );
        }
        if let Some(why) = &self.not_asked {
            let evidence = Evidence::new(EvidenceKind::NoAnswer, why.clone(), Claim::Shown);
            all.push((String::new(), vec![evidence]));
        }
        all.into_iter().map(stamped).collect()
    }
}

impl Front {
    /// All evidence of this address as one.
    pub(crate) fn evidence(&self) -> Vec<Evidence> {
        self.servers().into_iter().flat_map(|(_, evidence)| evidence).collect()
    }

    /// One entry for each server that answered at this address: a load balancer may send each question to
    /// another one (trap T18). An answer that names none goes with the one before it.
    fn servers(&self) -> Vec<NamedEvidence> {
        let mut servers: Vec<(Option<&str>, Vec<Evidence>)> = Vec::new();
        for answer in &self.answers {
            let name = answer.front_end();
            let evidence = answer.evidence();
            let known = servers.iter_mut().find(|(known, _)| name.is_some() && *known == name);
            if let Some((_, all)) = known {
                all.extend(evidence);
                continue;
            }
            match servers.last_mut() {
                // One of the two names no server: nothing says that it is another one.
                Some((last, all)) if last.is_none() || name.is_none() => {
                    *last = last.or(name);
                    all.extend(evidence);
                }
                _ => servers.push((name, evidence)),
            }
        }
        if servers.is_empty() {
            servers.push((None, Vec::new()));
        }
        let shared = self.of_connection();
        let with_name = |(name, mut evidence): (Option<&str>, Vec<Evidence>)| {
            evidence.extend(shared.iter().cloned());
            match name {
                Some(name) => (format!("{} {name}", self.address), evidence),
                None => (self.address.to_string(), evidence),
            }
        };
        servers.into_iter().map(with_name).collect()
    }

    /// What belongs to the connection and not to one answer.
    fn of_connection(&self) -> Vec<Evidence> {
        let endpoint = host_and_port(&self.address.to_string(), Some(self.port));
        let mut evidence = Vec::new();
        if let Some(facts) = &self.tls {
            evidence.push(negotiated(facts));
            evidence.extend(facts.certificate.as_ref().map(certificate));
        }
        let refused = self.refused.iter();
        evidence.extend(
            refused.map(|why| Evidence::new(EvidenceKind::NotAsked, why.clone(), Claim::Shown)),
        );
        let failures = self.failures.iter();
        evidence.extend(
            failures.map(|it| Evidence::new(EvidenceKind::NoAnswer, it.why.clone(), Claim::Shown)),
        );
        evidence.into_iter().map(|it| it.at_endpoint(endpoint.clone())).collect()
    }
}

impl Answer {
    /// The name that the front end gives itself, if it does.
    fn front_end(&self) -> Option<&str> {
        let Self::Web { headers, .. } = self else { return None };
        let named = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-feserver"));
        named.map(|(_, value)| value.trim()).filter(|it| !it.is_empty())
    }

    pub(crate) fn evidence(&self) -> Vec<Evidence> {
        match self {
            Self::Web { path, control, status, headers, body } => {
                let answer = HttpAnswer {
                    endpoint: Some(path),
                    status: Some(*status),
                    headers: headers.clone(),
                    body,
                };
                if *control { answer::control(&answer) } else { answer::http(&answer) }
            }
            Self::Mail { greeting, verbs, challenge } => {
                let verbs: Vec<&str> = verbs.iter().map(String::as_str).collect();
                let mut evidence = answer::greeting(greeting);
                evidence.extend(answer::ehlo(&verbs));
                evidence.extend(
                    challenge.as_deref().and_then(|it| answer::ntlm(it).ok()).unwrap_or_default(),
                );
                if evidence.is_empty() {
                    let mut shown: String = greeting.chars().take(100).collect();
                    if shown.trim().is_empty() {
                        "an empty greeting".clone_into(&mut shown);
                    }
                    evidence.push(Evidence::new(EvidenceKind::OtherService, shown, Claim::Shown));
                }
                evidence
            }
        }
    }
}

fn negotiated(facts: &TlsFacts) -> Evidence {
    let mut value = match facts.version {
        Some(version) => format!("{version} {}", facts.suite),
        None => "no handshake".to_owned(),
    };
    if facts.old_hello {
        value.push_str(", after an old-style hello");
    }
    Evidence::new(EvidenceKind::Tls, value.trim().to_owned(), Claim::Tls(Box::new(facts.clone())))
}

fn certificate(it: &Certificate) -> Evidence {
    let names = exward_core::sentence::first_few(&it.names, 4);
    let until =
        it.not_after.map_or_else(String::new, |at| format!(", until {}", at.strftime("%Y-%m-%d")));
    let by = if it.self_signed { "itself".to_owned() } else { it.issuer.clone() };
    let value = format!("{names}; {} {}, {}, by {by}{until}", it.key, it.key_bits, it.signature);
    let value = value.chars().take(300).collect::<String>();
    Evidence::new(EvidenceKind::Certificate, value, Claim::Shown)
}
