// The logarithm and the exponential of powers, in double-word f32, and the length of a vector.

// log2 x of a positive finite x. With s = f / (2 + f): log2(1 + f) = 2 log2 e (s + s^3/3 + s^5/5 ...), the later terms fitted.
fn log2_two(x: f32) -> Two {
    let m = log_reduce(x);
    let s = two_div(Two(m.rest, 0.0), two_sum(2.0, m.rest));
    let z = two_mul(s, s);
    var p = 0.28292436;
    p = fma(p, z.high, 0.31990411);
    p = fma(p, z.high, 0.41220929);
    p = fma(p, z.high, 0.57707794);
    // 2/3 log2 e and 2 log2 e.
    let third = two_add_single(Two(0.9617967, -7.028462e-9), p * z.high);
    let first = two_add(Two(2.88539, 3.851926e-8), two_mul(third, z));
    return two_add_single(two_mul(first, s), m.exponent);
}

// 2^x for |x.high| below 1000.
fn exp2_two(x: Two) -> f32 {
    let n = nearest(x.high);
    let r = x.high - n;
    var tail = 0.0001535334;
    tail = fma(tail, r, 0.0013398901);
    tail = fma(tail, r, 0.009618438);
    tail = fma(tail, r, 0.055503324);
    tail = fma(tail, r, 0.24022648);
    let core = r * fma(r, tail, 0.69314718);
    return times_power(1.0 + fma(0.69314718 * x.low, 1.0 + core, core), i32(n));
}

// x^y for positive finite x; results outside the range become 0 or infinity.
fn positive_pow(x: f32, y: f32) -> f32 {
    let log = log2_two(x);
    let size = y * log.high;
    if (abs(size) > 200.0) {
        return select(0.0, infinity(), size > 0.0);
    }
    return exp2_two(two_mul_single(log, y));
}

// sqrt(x^2 + y^2), scaled so that no square leaves the range; infinite if either is.
fn op_hypot(x: f32, y: f32) -> f32 {
    let a = abs(x);
    let b = abs(y);
    if (is_infinite(x) || is_infinite(y)) {
        return infinity();
    }
    let large = select(b, a, a > b);
    var unit = select(1.0, 1.2621774e-29, large > 1e18);
    unit = select(unit, 7.9228163e28, large < 1e-15);
    let u = a * unit;
    let v = b * unit;
    return sqrt(fma(u, u, v * v)) / unit;
}
