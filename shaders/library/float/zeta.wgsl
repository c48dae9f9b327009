// Hurwitz's zeta function for any argument, and the derivatives of digamma, which follow from it.

// Infinite for s = 1 and where a term is infinite, NaN where a term is not real.
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
    // With r = q - floor(q): apart from their sign, the terms left of 0 are the series from 1 - r on minus the series from 1 - q on.
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

// The sum of (q + k)^-s for k from 0 on, for q > 0 and s > 1.
fn right_zeta(s: T, q: T) -> T {
    return zeta_in_units(s, q, T(1.0));
}

// The derivative of order n of digamma, (-1)^(n + 1) n! zeta(n + 1, x), for integers n >= 1; NaN for others. The factorial and the terms of zeta
// can leave the range where their product does not. So x + k and the factors of the factorial are divided by a power of two near n / 3, which is
// exact, and the exponent of the product is stored separately.
fn op_polygamma(n: T, x: T) -> T {
    if (!is_finite(n) || n < T(1.0) || n != op_floor(n)) {
        return quiet_nan();
    }
    let magnitude = polygamma_magnitude(n, x);
    return select(magnitude, -magnitude, n == T(2.0) * op_floor(T(0.5) * n));
}

fn polygamma_magnitude(n: T, x: T) -> T {
    if (is_infinite(x) && x > T(0.0)) {
        return T(0.0);
    }
    let s = n + T(1.0);
    let plain = !(x > T(0.0)) || is_nan(x);
    // Beyond, the result is in range only for a narrow band of arguments, for which logarithms are used.
    if (n > T(10000.0)) {
        if (plain) {
            return op_zeta(s, x) * infinity();
        }
        return op_exp(op_lgamma(s) - s * op_log(x));
    }
    var unit = T(1.0);
    var sum = T(0.0);
    if (plain) {
        sum = op_zeta(s, x);
    } else {
        unit = power_of_two(max(exponent_of(n) - 1, 0));
        sum = zeta_in_units(s, x, unit);
    }
    var product = scaled_product(scaled_of(sum), scaled_of(T(1.0) / unit));
    for (var j = 1; j <= i32(n); j++) {
        product = scaled_product(product, scaled_of(T(j) / unit));
    }
    return unscaled(product);
}
