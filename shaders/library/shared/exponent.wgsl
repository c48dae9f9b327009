// Exponents of powers of two.

fn held_exponent(n: i32, most: i32) -> i32 {
    return clamp(n, -most, most);
}
