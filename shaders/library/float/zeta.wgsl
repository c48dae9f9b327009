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
    if (q > T(0.0)) {
        return right_zeta(s, q);
    }
    // The terms left of 0 are, but for the sign, the first ones of a series: from 1 - r on, those before 1 - q.
    let floor = op_floor(q);
    var parts: array<T, 3>;
    for (var k = 0; k < 3; k++) {
        let at = select((T(1.0) + floor) - q, T(1.0) - q, k == 2);
        parts[k] = right_zeta(s, select(at, q - floor, k == 0));
    }
    if (s == T(2.0) * op_floor(T(0.5) * s)) {
        return parts[0] + (parts[1] - parts[2]);
    }
    return left_odd_zeta(s, q, (parts[0] - parts[1]) + parts[2]);
}
