// Conversions from counts, and from and to int64 as two words.

fn of_count(n: u32) -> T {
    return T(n);
}

fn of_pair(pair: vec2<u32>) -> T {
    return T(f32_of_pair(pair));
}
