// Conversions of indices to i32: from int32, or from int64 as two words, which every adapter supports.

fn index_of_word(word: i32) -> i32 {
    return word;
}

// An index beyond 32 bits is out of range for every dimension. It is clamped, and stays out of range.
fn index_of_pair(pair: vec2<u32>) -> i32 {
    let value = i32(pair.x);
    let sign = i32(pair.y) >> 31u;
    return select(sign ^ 0x7fffffff, value, pair.y == u32(value >> 31u));
}
