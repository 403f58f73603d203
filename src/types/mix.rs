//! One step of hashing.

/// Folds `word` into `print`: one widening multiplication. Two unequal inputs rarely meet by accident;
/// against an attacker the caller must have seeded one of them at random.
#[inline]
pub fn mix(print: u64, word: u64) -> u64 {
    let product =
        u128::from(print ^ 0x9e37_79b9_7f4a_7c15) * u128::from(word ^ 0xd1b5_4a32_d192_ed03);
    (product as u64) ^ ((product >> 64) as u64) // both halves of the product, on purpose
}
