// Extreme elements with their positions.

struct Extreme {
    value: T,
    position: u32,
}

// The position that stands for no element. It is larger than all others.
const NONE: u32 = 0xffffffffu;

// Whether a is preferred to b: its value is the more extreme one (`beyond`), or a NaN, or equal and at the smaller position.
fn is_preferred(a: Extreme, b: Extreme, beyond: bool) -> bool {
    if (b.position == NONE || a.position == NONE) {
        return b.position == NONE;
    }
    if (op_isnan(a.value) || op_isnan(b.value)) {
        return op_isnan(a.value) && (!op_isnan(b.value) || a.position < b.position);
    }
    return beyond || (op_eq(a.value, b.value) && a.position < b.position);
}
