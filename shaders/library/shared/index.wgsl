// Indices as kernels read them: from int32, or from int64 as pairs of words, which no adapter lacks.

fn index_of_word(word: i32) -> i32 {
    return word;
}

// No dimension has a position beyond 32 bits: the nearest index out of range stands for it.
fn index_of_pair(pair: vec2<u32>) -> i32 {
    let value = i32(pair.x);
    let sign = i32(pair.y) >> 31u;
    return select(sign ^ 0x7fffffff, value, pair.y == u32(value >> 31u));
}
