// Extreme elements with their positions.

struct Extreme {
    value: T,
    at: u32,
}

// The position of no element, which lies behind all of them.
const NONE: u32 = 0xffffffffu;

// Whether element a comes before element b: it is beyond it, as `beyond` says of their values, or a NaN, or the first of equals.
fn comes_first(a: Extreme, b: Extreme, beyond: bool) -> bool {
    if (b.at == NONE || a.at == NONE) {
        return b.at == NONE;
    }
    if (op_isnan(a.value) || op_isnan(b.value)) {
        return op_isnan(a.value) && (!op_isnan(b.value) || a.at < b.at);
    }
    return beyond || (op_eq(a.value, b.value) && a.at < b.at);
}
