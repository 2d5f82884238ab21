//! Names that nothing else has.

/// Hexadecimal digits of so many random bytes.
///
/// # Errors
/// When the system has no randomness.
pub(crate) fn random_name<const BYTES: usize>() -> Result<String, getrandom::Error> {
    let mut random = [0_u8; BYTES];
    getrandom::fill(&mut random)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}
