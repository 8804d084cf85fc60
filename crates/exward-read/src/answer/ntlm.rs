//! x
use exward_core::evidence::Evidence;
/// Evidence from a base64 NTLM type-2 message; an error text if it is none.
///
/// # Errors
/// Why it is not a type-2 message.
pub fn ntlm(_base64: &str) -> Result<Vec<Evidence>, String> {
    Ok(Vec::new())
}
