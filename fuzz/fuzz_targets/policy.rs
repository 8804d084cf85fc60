//! Policies: every problem is told, readable and by line (Y1); what is read keeps the rules of Y3.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match exward_read::policy::read(text) {
    Ok(policy) => {
        assert!(!policy.rings.is_empty(), "Y3: nothing would be updated");
        assert!(policy.gates.healthy_copies_min > 0, "Y3");
        assert!(policy.blackouts.iter().all(|it| it.first <= it.last), "Y3");
    }
    Err(problems) => {
        assert!(!problems.is_empty(), "Y1");
        assert!(problems.iter().all(|it| !it.what.is_empty() && !it.what.contains('\n')), "Y1");
    }
});
