// Exponentials: e^x = 2^n e^r with an integer n and |r| <= ln 2 / 2, and e^r a polynomial fitted for the least relative error.

// ln 2 in two parts; the first has trailing zeros, so that its product with n is exact.
const LN2_HIGH: f32 = 0.69311523;
const LN2_LOW: f32 = 3.1946183e-5;

// x clamped to the range outside of which a result no longer changes; NaN stays.
fn clamped(x: f32, low: f32, high: f32) -> f32 {
    let above = select(x, low, x < low);
    return select(above, high, above > high);
}

// x = n ln 2 + r.
fn exp_rest(x: f32, n: f32) -> f32 {
    return fma(n, -LN2_LOW, as_rounded(fma(n, -LN2_HIGH, x)));
}

// 2^n for -126 <= n <= 127.
fn power_of_two(n: i32) -> f32 {
    return bitcast<f32>(u32(n + 127) << 23u);
}

// Exponents of larger magnitude give 0 or infinity; `times_power` accepts all up to this one.
const MOST_EXPONENT: i32 = 250;

// y 2^n in two steps, so that neither overflows or underflows before the result does.
fn times_power(y: f32, n: i32) -> f32 {
    let half = n >> 1u;
    return y * power_of_two(half) * power_of_two(n - half);
}

// e^r for |r| <= ln 2 / 2.
fn exp_core(r: f32) -> f32 {
    var tail = 0.0013814596;
    tail = fma(tail, r, 0.0083687175);
    tail = fma(tail, r, 0.04166839);
    tail = fma(tail, r, 0.16666521);
    tail = fma(tail, r, 0.49999994);
    return fma(r * r, tail, r) + 1.0;
}

// e^r - 1 for |r| <= ln 2 / 2.
fn expm1_core(r: f32) -> f32 {
    var tail = 0.00019845877;
    tail = fma(tail, r, 0.0013940628);
    tail = fma(tail, r, 0.00833339);
    tail = fma(tail, r, 0.041666362);
    tail = fma(tail, r, 0.16666666);
    tail = fma(tail, r, 0.5);
    return fma(r * r, tail, r);
}

fn op_exp(x: f32) -> f32 {
    if (is_nan(x)) {
        return x;
    }
    let v = clamped(x, -104.0, 89.0);
    let n = nearest(v * 1.4426950);
    return times_power(exp_core(exp_rest(v, n)), i32(n));
}

// e^x / 2, which overflows later than e^x.
fn half_exp(x: f32) -> f32 {
    if (is_nan(x)) {
        return x;
    }
    let v = clamped(x, -104.0, 90.0);
    let n = nearest(v * 1.4426950);
    return times_power(exp_core(exp_rest(v, n)), i32(n) - 1);
}

fn op_exp2(x: f32) -> f32 {
    if (is_nan(x)) {
        return x;
    }
    let v = clamped(x, -151.0, 129.0);
    let n = nearest(v);
    let r = v - n;
    var tail = 0.0001535334;
    tail = fma(tail, r, 0.0013398901);
    tail = fma(tail, r, 0.009618438);
    tail = fma(tail, r, 0.055503324);
    tail = fma(tail, r, 0.24022648);
    return times_power(fma(r, fma(r, tail, 0.69314718), 1.0), i32(n));
}

struct HalfExp {
    // e^x / 2
    power: f32,
    // (e^x - 1) / 2
    minus_one: f32,
}

// Both values, each rounded separately. They are constant below -20, where tanh and expm1 have reached their limits.
fn half_exp_expm1(x: f32) -> HalfExp {
    if (is_nan(x)) {
        return HalfExp(x, x);
    }
    let v = clamped(x, -20.0, 89.5);
    let n = nearest(v * 1.4426950);
    let core = expm1_core(exp_rest(v, n));
    // A quarter of the power is finite whenever the result is.
    let quarter = power_of_two(i32(n) - 2);
    return HalfExp(2.0 * fma(quarter, core, quarter), 2.0 * fma(quarter, core, quarter - 0.25));
}

fn op_expm1(x: f32) -> f32 {
    // The reduction would lose the sign of a zero, and the scaling the last bits of subnormal numbers.
    if (abs(x) < 1e-30) {
        return x;
    }
    return 2.0 * half_exp_expm1(x).minus_one;
}
