// Quotients and roots that are rounded once, as on a CPU. Drivers may be off by some units in the last place, so that 6 / 3 need not be 2;
// what is left over is found without an error and put back.

// Whether the parts of the products below neither over- nor underflow.
fn is_moderate(x: T) -> bool {
    return abs(x) > T(1e-24) && abs(x) < T(1e37);
}

fn exact_quotient(x: T, y: T) -> T {
    // Drivers may take the reciprocal of a very large number for 0.
    let unit = select(T(1.0), T(0.0625), abs(y) > T(1e37));
    let q = as_rounded((x * unit) / (y * unit));
    let p = exact_product(q, y);
    let corrected = q + (as_rounded(x - p.high) - p.low) / y;
    return select(q, corrected, is_moderate(q) && is_moderate(x) && is_moderate(y));
}

fn exact_root(x: T) -> T {
    let root = as_rounded(sqrt(x));
    let p = exact_product(root, root);
    let corrected = root + (as_rounded(x - p.high) - p.low) / (root + root);
    return select(root, corrected, is_moderate(x));
}
