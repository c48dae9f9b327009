// Hurwitz's zeta function, by the formula of Euler and Maclaurin.

// The sum of (q + k)^-s for k from 0 on, for q > 0 and s > 1.
fn right_zeta(s: f32, q: f32) -> f32 {
    var sum = 0.0;
    var at = q;
    while (at < 10.0 + s) {
        let term = positive_pow(at, -s);
        if (term <= sum * 1e-9) {
            return sum;
        }
        sum += term;
        at += 1.0;
    }
    // B2k / (2k)!, each time with two more factors (s + j) / at.
    let r = 1.0 / at;
    var factor = s * r;
    var tail = 0.5 + factor / 12.0;
    factor *= ((s + 1.0) * r) * ((s + 2.0) * r);
    tail -= factor / 720.0;
    factor *= ((s + 3.0) * r) * ((s + 4.0) * r);
    tail += factor / 30240.0;
    factor *= ((s + 5.0) * r) * ((s + 6.0) * r);
    tail -= factor / 1209600.0;
    factor *= ((s + 7.0) * r) * ((s + 8.0) * r);
    tail += factor / 47900160.0;
    return sum + positive_pow(at, 1.0 - s) / (s - 1.0) + positive_pow(at, -s) * tail;
}

// Infinite for s = 1 and where a term has no end, NaN where a term is not real.
fn op_zeta(s: f32, q: f32) -> f32 {
    if (s == 1.0) {
        return infinity();
    }
    if (s < 1.0) {
        return quiet_nan();
    }
    if (q <= 0.0 && q == floor(q)) {
        return infinity();
    }
    if (is_infinite(s) && q == 1.0) {
        return 1.0;
    }
    if (!is_finite(s) || !is_finite(q) || (q < 0.0 && s != floor(s))) {
        return quiet_nan();
    }
    if (q > 0.0) {
        return right_zeta(s, q);
    }
    // The terms left of 0 are, but for the sign, the first ones of a series from 1 - r on.
    let r = q - floor(q);
    let left = right_zeta(s, 1.0 - r) - right_zeta(s, 1.0 - q);
    return right_zeta(s, r) + select(-left, left, s == 2.0 * floor(0.5 * s));
}
