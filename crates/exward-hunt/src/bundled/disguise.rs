//! The disguise of what the program carries. Shared by the build script, which puts it on; no secret.

/// Puts the disguise on, or takes it off.
pub(super) fn disguise(bytes: &mut [u8]) {
    const STEP: u32 = 0x9E37_79B9;
    let mut state: u32 = 0x5eed;
    for byte in bytes {
        state = state.wrapping_mul(1_664_525).wrapping_add(STEP);
        *byte ^= state.to_be_bytes()[0];
    }
}
