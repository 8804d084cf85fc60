//! What ASP.NET leaves when it compiled a page: it stays when the page is gone.
//!
//! `<name>.aspx.<hash>.compiled` below `Temporary ASP.NET Files` names the page and its path.
//! Source: OTRF Security-Datasets (ProxyLogon), where the leftover is all that is left of the shell.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::place::{Place, file_name, is_server_script, is_stranger, place};

/// Elements that are read before the file counts as no leftover.
const ELEMENTS_MAX: usize = 16;
/// Digits of the hash in the name.
const HASH_DIGITS: std::ops::RangeInclusive<usize> = 6..=16;

/// A page that was compiled, and so was called at least once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The page's virtual path, `/owa/auth/x.aspx`; only its name if the file does not say.
    pub page: String,
    /// Where that is.
    pub place: Place,
    /// Whether only Microsoft's pages, or none, stand there and this is none of them.
    pub is_stranger: bool,
}

/// Reads a leftover; `None` if the name is none of one.
#[must_use]
pub fn compiled_leftover(path: &str, bytes: &[u8]) -> Option<Leftover> {
    let name = file_name(path);
    let stem = name.strip_suffix(".compiled")?;
    let (page, hash) = stem.rsplit_once('.')?;
    let is_hash =
        HASH_DIGITS.contains(&hash.len()) && hash.bytes().all(|it| it.is_ascii_hexdigit());
    if !is_hash || !is_server_script(page) {
        return None;
    }
    let page = virtual_path(bytes).unwrap_or_else(|| page.to_owned());
    Some(Leftover { place: place(&page), is_stranger: is_stranger(&page), page })
}

/// `<preserve … virtualPath="…" …>`, in lower case as IIS compares it.
fn virtual_path(bytes: &[u8]) -> Option<String> {
    let text = exward_read::text::decode(bytes).text;
    let mut reader = Reader::from_str(&text);
    for _ in 0..ELEMENTS_MAX {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => {
                let found = tag
                    .attributes()
                    .flatten()
                    .find(|it| it.key.local_name().as_ref().eq_ignore_ascii_case("virtualPath"));
                let value = found.map(|it| it.value.into_owned());
                if let Some(value) = value.filter(|it| !it.is_empty()) {
                    return Some(value);
                }
            }
            Event::Eof => return None,
            Event::End(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
    None
}
