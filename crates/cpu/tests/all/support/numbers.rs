//! Numbers for tensors, the same for the same seed.

use rushlight_backend::DType;

/// Numbers that look random, the same for the same seed, in -1..1.
pub fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        })
        .collect()
}

/// Small whole numbers in -3..=3 (0..=3 if unsigned), so that sums are exact in every dtype.
pub fn whole(n: usize, seed: u64, dtype: DType) -> Vec<f64> {
    let list = noise(n, seed).into_iter().map(|x| (x * 3.4).round());
    match dtype {
        DType::U8 | DType::Bool => list.map(f64::abs).collect(),
        _ => list.collect(),
    }
}
