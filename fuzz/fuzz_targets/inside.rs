//! Folders of exported objects and HealthChecker results.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_read::folder::Folder;

fuzz_target!(|files: Vec<(u8, Vec<u8>)>| {
    const NAMES: [&str; 4] = ["ExSetup.xml", "GetSettingOverride.xml", "HealthChecker-EX01.xml", "Configuration.xml"];
    let mut folder = Folder::default();
    for (name, bytes) in &files {
        let name = NAMES[usize::from(*name) % NAMES.len()];
        let whole = [&b"<Objs Version=\"1.1.0.1\">"[..], bytes, b"</Objs>"].concat();
        folder.add(name, &whole);
        folder.add(name, bytes);
    }
    let _reading = folder.finish();
});
