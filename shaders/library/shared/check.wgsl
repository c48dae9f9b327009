// Requirements on an element, the one before it, and a bound.

fn is_probability(x: T, before: T, most: u32) -> bool {
    return x >= T(0) && x <= T(1) && !op_isnan(x);
}

fn is_offset(x: T, before: T, most: u32) -> bool {
    return x >= before && x <= T(most);
}
