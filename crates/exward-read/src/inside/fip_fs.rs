//! `Configuration.xml` of FIP-FS, the scan engine: plain XML beside the exported objects.
//!
//! Source: HealthChecker, Invoke-AnalyzerSecurityADV24199947: an entry with the flag `|NO` brings
//! the module back that the March 2024 SU took out of use. The text is searched as a whole and
//! without letter case, as there.

use exward_core::config::{ConfigItem, ConfigState};
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::limits::{DOCUMENT_BYTES_MAX, XML_DEPTH_MAX};
use crate::text;

const NAMESPACE: &str = "http://schemas.microsoft.com/forefront/2010/1/fs-configuration";

/// The flag, in lower case.
const OVERRIDE: &str = "|no";

/// What the configuration says; `None` if the file is another one, or is not whole: a flag may
/// stand in the part that is missing.
#[must_use]
pub fn fip_fs(name: &str, bytes: &[u8]) -> Option<Evidence> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return None;
    }
    let text = text::decode(bytes).text;
    if !is_whole_configuration(&text) {
        return None;
    }
    let (state, what) = if text.to_ascii_lowercase().contains(OVERRIDE) {
        (ConfigState::NotDone, "an entry has the flag |NO")
    } else {
        (ConfigState::Done, "no entry has the flag |NO")
    };
    let item = ConfigItem::FipFs;
    let claim = Claim::Config(item, state);
    let evidence = Evidence::new(EvidenceKind::Config, format!("{item}: {what}"), claim);
    Some(evidence.at_endpoint(name))
}

fn is_whole_configuration(text: &str) -> bool {
    let mut reader = Reader::from_str(text);
    let mut is_root = false;
    let mut depth: usize = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                if depth == 0 && !is_root {
                    let namespace = tag.try_get_attribute("xmlns").ok().flatten();
                    let is_ours = namespace.is_some_and(|it| it.value == NAMESPACE);
                    if !is_ours || tag.local_name().as_ref() != "Configuration" {
                        return false;
                    }
                    is_root = true;
                }
                depth = depth.saturating_add(1);
                if depth > XML_DEPTH_MAX {
                    return false;
                }
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) => return is_root && depth == 0,
            Ok(Event::DocType(_)) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(inside: &str, want: Option<&str>) {
        let text = format!("<Configuration xmlns=\"{NAMESPACE}\">{inside}");
        let got = fip_fs("Configuration.xml", text.as_bytes()).map(|it| it.value);
        assert_eq!(got.as_deref(), want, "{inside}");
    }

    #[test]
    fn the_flag_is_found() {
        let found = Some("fip-fs: an entry has the flag |NO");
        let none = Some("fip-fs: no entry has the flag |NO");
        check("<Module>OutsideInModule.dll|TE_v.8.5.3.0</Module></Configuration>", none);
        check("<Module>OutsideInModule.dll|TE_v.8.5.3.0|NO</Module></Configuration>", found);
        check("<Type Name=\"a|no\"/></Configuration>", found);
        check("<Module>a", None); // cut
        assert_eq!(fip_fs("x.xml", b"<Configuration/>"), None);
        assert_eq!(fip_fs("x.xml", b"<Definition></Definition>"), None);
    }
}
