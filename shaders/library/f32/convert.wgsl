// Conversions to integers: truncated and clamped to the range of int64, with NaN as 0, then reduced to the low bits, as on the CPU. WGSL leaves the
// conversion of a number outside the integer's range undefined.

// As two words, the lower first.
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
