//! What a person names as a target: what is read displays as it reads back (U1), and a refusal says why.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_reach::endpoint::{Endpoint, Host, NAME_BYTES_MAX};

fuzz_target!(|text: &str| {
    let endpoint = match text.parse::<Endpoint>() {
        Ok(endpoint) => endpoint,
        Err(error) => {
            assert!(!error.to_string().is_empty(), "U2");
            return;
        }
    };
    let shown = endpoint.to_string();
    let again: Endpoint = shown.parse().unwrap_or_else(|error| panic!("U1: {shown}: {error}"));
    assert_eq!(again, endpoint, "U1: {shown}");
    assert_eq!(again.to_string(), shown, "U1");
    assert_ne!(endpoint.port, 0);
    if let Host::Name(name) = &endpoint.host {
        assert!(name.len() <= NAME_BYTES_MAX && !name.ends_with('.'), "U1");
        assert!(!name.bytes().any(|it| it.is_ascii_uppercase()), "U1");
    }
});
