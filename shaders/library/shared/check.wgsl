// Requirements on an element, given the element before it and a bound.

fn is_probability(x: T, before: T, bound: u32) -> bool {
    return x >= T(0) && x <= T(1) && !op_isnan(x);
}

fn is_offset(x: T, before: T, bound: u32) -> bool {
    return x >= before && x <= T(bound);
}
