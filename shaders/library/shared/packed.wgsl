// Elements narrower than a word.

fn byte_of(word: u32, i: u32) -> u32 {
    return (word >> ((i & 3u) * 8u)) & 0xffu;
}

fn signed_byte_of(word: u32, i: u32) -> i32 {
    return extractBits(i32(word), (i & 3u) * 8u, 8u);
}

fn signed_half_word_of(word: u32, i: u32) -> i32 {
    return extractBits(i32(word), (i & 1u) * 16u, 16u);
}
