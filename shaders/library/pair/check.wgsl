// Requirements on an int64 as two words, the one before it, and a bound.

fn is_probability(x: T, before: T, most: u32) -> bool {
    return x.y == 0u && x.x <= 1u;
}

fn is_offset(x: T, before: T, most: u32) -> bool {
    return op_ge(x, before) && op_le(x, of_count(most));
}
