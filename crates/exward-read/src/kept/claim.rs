//! Claims by name, and the keys that stand beside each.

use std::borrow::Cow;

use exward_core::evidence::Claim;
use exward_core::product::ProductRange;

use super::form::{Override, Piece, needed, parsed, shown};
use super::tls::Tls;
use super::{Wrong, names};
use crate::document::quoted;

/// Puts a claim into a piece. A new claim does not compile until it has a name here, and a test fails until
/// [`read`] knows that name.
pub(super) fn write<'a>(claim: &'a Claim, piece: &mut Piece<'a>) {
    piece.claim = name(claim).into();
    match claim {
        Claim::Version(seen) => piece.build = Some(shown(seen)),
        Claim::AtLeast(build) => piece.build = Some(shown(build)),
        Claim::Products(range) | Claim::Host(range) => {
            piece.from = Some(range.at_least.name().into());
            piece.to = Some(range.at_most.name().into());
        }
        Claim::NotExchange(text)
        | Claim::Imitation(text)
        | Claim::Doubt(text)
        | Claim::Name(text)
        | Claim::ReportedCve(text) => piece.text = Some(text.into()),
        Claim::Config(item, state) => {
            piece.item = Some(item.name().into());
            piece.state = Some(state.name().into());
        }
        Claim::Override(found) => piece.found = Some(Override::of(found)),
        Claim::Tls(facts) => piece.tls = Some(Box::new(Tls::of(facts))),
        Claim::Fits
        | Claim::ExchangeOnline
        | Claim::ForeignTitle
        | Claim::OverridesRead
        | Claim::ReportedWebShell
        | Claim::Shown => {}
    }
}

/// The name of a claim; empty for what is only shown.
const fn name(claim: &Claim) -> &'static str {
    match claim {
        Claim::Version(_) => "version",
        Claim::AtLeast(_) => "at-least",
        Claim::Products(_) => "products",
        Claim::Host(_) => "host",
        Claim::Fits => "fits",
        Claim::ExchangeOnline => "exchange-online",
        Claim::NotExchange(_) => "not-exchange",
        Claim::Imitation(_) => "imitation",
        Claim::Doubt(_) => "doubt",
        Claim::ForeignTitle => "foreign-title",
        Claim::Config(..) => "config",
        Claim::OverridesRead => "overrides-read",
        Claim::Override(_) => "override",
        Claim::Name(_) => "name",
        Claim::ReportedCve(_) => "reported-cve",
        Claim::ReportedWebShell => "reported-web-shell",
        Claim::Tls(_) => "tls",
        Claim::Shown => "",
    }
}

/// Takes the claim out of a piece, and with it every key that belongs to it.
pub(super) fn read(piece: &mut Piece<'_>) -> Result<Claim, Wrong> {
    let name = std::mem::take(&mut piece.claim);
    Ok(match &*name {
        "version" => Claim::Version(parsed("build", &needed("build", &mut piece.build)?)?),
        "at-least" => Claim::AtLeast(parsed("build", &needed("build", &mut piece.build)?)?),
        "products" => Claim::Products(range(piece)?),
        "host" => Claim::Host(range(piece)?),
        "fits" => Claim::Fits,
        "exchange-online" => Claim::ExchangeOnline,
        "not-exchange" => Claim::NotExchange(text(piece)?),
        "imitation" => Claim::Imitation(text(piece)?),
        "doubt" => Claim::Doubt(text(piece)?),
        "foreign-title" => Claim::ForeignTitle,
        "config" => {
            let (item, state) =
                (needed("item", &mut piece.item)?, needed("state", &mut piece.state)?);
            let item = names::item(&item).ok_or_else(|| Wrong::value("item", &item))?;
            Claim::Config(item, names::state(&state).ok_or_else(|| Wrong::value("state", &state))?)
        }
        "overrides-read" => Claim::OverridesRead,
        "override" => Claim::Override(needed("override", &mut piece.found)?.into_override()?),
        "name" => Claim::Name(text(piece)?),
        "reported-cve" => Claim::ReportedCve(text(piece)?),
        "reported-web-shell" => Claim::ReportedWebShell,
        "tls" => Claim::Tls(Box::new(needed("tls", &mut piece.tls)?.into_facts()?)),
        "" => Claim::Shown,
        unknown => return Err(Wrong::Claim(quoted(unknown))),
    })
}

fn text(piece: &mut Piece<'_>) -> Result<String, Wrong> {
    needed("text", &mut piece.text).map(Cow::into_owned)
}

fn range(piece: &mut Piece<'_>) -> Result<ProductRange, Wrong> {
    let (from, to) = (needed("from", &mut piece.from)?, needed("to", &mut piece.to)?);
    Ok(ProductRange { at_least: parsed("from", &from)?, at_most: parsed("to", &to)? })
}
