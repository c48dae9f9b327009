// Exponents of powers of two, kept within bounds.

fn clamped_exponent(n: i32, limit: i32) -> i32 {
    return clamp(n, -limit, limit);
}
