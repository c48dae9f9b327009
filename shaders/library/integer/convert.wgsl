// Conversions to other integers: the low bits. A value that is converted to two words fits in 32 bits.

fn to_i32(x: T) -> i32 {
    return i32(x);
}

fn to_i64(x: T) -> i64 {
    return i64(x);
}

fn to_pair(x: T) -> vec2<u32> {
    return pair_of(i32(x));
}
