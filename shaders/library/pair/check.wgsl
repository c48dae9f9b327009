// Requirements on an int64 as two words, given the element before it and a bound.

fn is_probability(x: T, before: T, bound: u32) -> bool {
    return x.y == 0u && x.x <= 1u;
}

fn is_offset(x: T, before: T, bound: u32) -> bool {
    return op_ge(x, before) && op_le(x, of_count(bound));
}
