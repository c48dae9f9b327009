// The rank of a number among all of its type, NaN the largest, as an unsigned word: negative numbers have all bits inverted, others the sign bit.

fn sort_word(x: f32, shift: u32, flip: u32) -> u32 {
    if (is_nan(x)) {
        return 0xffffffffu;
    }
    let bits = bitcast<u32>(x);
    if ((bits & 0x7fffffffu) == 0u) {
        return 0x80000000u;
    }
    return select(bits | 0x80000000u, ~bits, sign_bit(x));
}
