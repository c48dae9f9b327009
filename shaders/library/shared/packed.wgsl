// Elements narrower than a word, and int64 as pairs of words.

fn byte_of(word: u32, i: u32) -> u32 {
    return (word >> ((i & 3u) * 8u)) & 0xffu;
}

fn signed_byte_of(word: u32, i: u32) -> i32 {
    return extractBits(i32(word), (i & 3u) * 8u, 8u);
}

fn signed_half_word_of(word: u32, i: u32) -> i32 {
    return extractBits(i32(word), (i & 1u) * 16u, 16u);
}

fn pair_of(value: i32) -> vec2<u32> {
    return vec2<u32>(u32(value), u32(value >> 31u));
}

// The value of an int64 that 32 bits hold; any other is a fault.
fn checked_pair(pair: vec2<u32>) -> i32 {
    let value = i32(pair.x);
    if (pair.y != u32(value >> 31u)) {
        raise_wide(pair);
    }
    return value;
}
