// Quotients and square roots that are rounded once, as on a CPU. Drivers may be off by some units in the last place, so that 6 / 3 need not be 2,
// and may flush the reciprocal of a very large number to 0. So the remainder is computed exactly, and corrects the driver's result. Operands and
// quotients that are not normal numbers are left to the driver.

fn exact_quotient(x: T, y: T) -> T {
    let a = significand_of(x);
    let b = significand_of(y);
    let q = as_rounded(a / b);
    let p = exact_product(q, b);
    let corrected = q + (as_rounded(a - p.high) - p.low) / b;
    let quotient = times_power(corrected, exponent_of(x) - exponent_of(y));
    return select(x / y, quotient, is_normal(x) && is_normal(y) && is_normal(quotient));
}

fn exact_root(x: T) -> T {
    // The exponent that is halved must be even.
    let exponent = exponent_of(x);
    let a = significand_of(x) * T(1 + (exponent & 1));
    let root = as_rounded(sqrt(a));
    let p = exact_product(root, root);
    // Reduced slightly, because roots can lie just below the midpoint between two numbers, but never just above.
    let correction = T(0.9999998) * ((as_rounded(a - p.high) - p.low) / (root + root));
    return select(sqrt(x), (root + correction) * power_of_two(exponent >> 1u), is_normal(x) && x > T(0.0));
}
