// The logarithm of powers, as a double-word number, and the length of a vector.

// ln x of a positive finite x, as a series in s = f / (2 + f) whose first terms are sums of two.
fn log_two(x: f64) -> Two {
    let m = log_reduce(x);
    let s = two_div(Two(m.rest, 0.0), two_sum(2.0, m.rest));
    let z = two_mul(s, s);
    let square = z.high;
    var p: f64 = 0.08695652173913043;
    p = fma(p, square, 0.09523809523809523);
    p = fma(p, square, 0.10526315789473684);
    p = fma(p, square, 0.11764705882352941);
    p = fma(p, square, 0.13333333333333333);
    p = fma(p, square, 0.15384615384615385);
    p = fma(p, square, 0.18181818181818182);
    p = fma(p, square, 0.2222222222222222);
    p = fma(p, square, 0.2857142857142857);
    p = fma(p, square, 0.4);
    let third = two_add_single(Two(0.6666666666666666, 3.700743415417188e-17), p * z.high);
    let series = two_mul(two_add_single(two_mul(third, z), 2.0), s);
    return two_add(two_add_single(series, m.exponent * LN2_HIGH), exact_product(m.exponent, LN2_LOW));
}

// x^y for positive finite x; results outside the range become 0 or infinity.
fn positive_pow(x: f64, y: f64) -> f64 {
    let log = log_two(x);
    let size = y * log.high;
    if (abs(size) > 800.0) {
        return select(0.0, infinity(), size > 0.0);
    }
    return exp_two(two_mul_single(log, y));
}

// sqrt(x^2 + y^2), scaled so that no square leaves the range; infinite if either is.
fn op_hypot(x: f64, y: f64) -> f64 {
    let a = abs(x);
    let b = abs(y);
    if (is_infinite(x) || is_infinite(y)) {
        return infinity();
    }
    let large = select(b, a, a > b);
    var exponent = 0;
    exponent = select(exponent, -600, large > 1e150);
    exponent = select(exponent, 600, large < 1e-130);
    let unit = power_of_two(exponent);
    let u = a * unit;
    let v = b * unit;
    return sqrt(fma(u, u, v * v)) * power_of_two(-exponent);
}
