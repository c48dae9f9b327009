// Conversions to integers: towards zero, held within the range of 64 bits, NaN as 0; of that, the low bits that the integer has. This is what
// the CPU does, and what shaders do by themselves is left open where the integer does not hold the number.

// As two words, the lower one first.
fn to_pair(x: f32) -> vec2<u32> {
    return pair_of_f32(x);
}

fn to_i32(x: f32) -> i32 {
    return bitcast<i32>(to_pair(x).x);
}

fn to_i64(x: f32) -> i64 {
    let pair = to_pair(x);
    return bitcast<i64>((u64(pair.y) << 32u) | u64(pair.x));
}
