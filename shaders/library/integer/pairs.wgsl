// Conversions from counts, and from and to int64 as two words, which are indices: other int64 are computed as pairs themselves.

fn of_count(n: u32) -> T {
    return T(n);
}

fn of_pair(pair: vec2<u32>) -> T {
    return T(index_of_pair(pair));
}
