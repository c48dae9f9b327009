// Conversions from counts, and from int64 as two words: indices only, because other int64 are computed as pairs.

fn of_count(n: u32) -> T {
    return T(n);
}

fn of_pair(pair: vec2<u32>) -> T {
    return T(index_of_pair(pair));
}
