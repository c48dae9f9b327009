// Hurwitz's zeta function for any argument.

// Infinite for s = 1 and where a term has no end, NaN where a term is not real.
fn op_zeta(s: T, q: T) -> T {
    if (s == T(1.0)) {
        return infinity();
    }
    if (s < T(1.0)) {
        return quiet_nan();
    }
    if (q <= T(0.0) && q == op_floor(q)) {
        return infinity();
    }
    if (is_infinite(s) && q == T(1.0)) {
        return T(1.0);
    }
    if (!is_finite(s) || !is_finite(q) || (q < T(0.0) && s != op_floor(s))) {
        return quiet_nan();
    }
    // The terms left of 0 are, but for the sign, the first ones of a series from 1 - r on: those before 1 - q.
    let r = q - op_floor(q);
    let right = q > T(0.0);
    let sum = right_zeta(s, select(r, q, right));
    if (right) {
        return sum;
    }
    var left = T(0.0);
    for (var k = 0; k < 2; k++) {
        left = right_zeta(s, T(1.0) - select(r, q, k == 0)) - left;
    }
    return sum + select(-left, left, s == T(2.0) * op_floor(T(0.5) * s));
}
