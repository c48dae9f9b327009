// The rank of a number among all of its type, NaN the largest: the word of it from bit `shift` on. Negative numbers have all bits inverted,
// others the sign bit.

fn sort_word(x: f64, shift: u32, flip: u32) -> u32 {
    if (is_nan(x)) {
        return 0xffffffffu;
    }
    var bits = bitcast<u64>(x);
    if ((bits & 0x7ffffffffffffffflu) == 0lu) {
        bits = 0lu;
    }
    let rank = select(bits | 0x8000000000000000lu, ~bits, bits >= 0x8000000000000000lu);
    return u32((rank >> shift) & 0xfffffffflu);
}
