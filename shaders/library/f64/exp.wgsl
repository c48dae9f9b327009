// Exponentials: e^x = 2^n e^r with an integer n and |r| <= ln 2 / 2, and e^r by Taylor's series.

// ln 2 in two parts; the first has trailing zeros, so that its product with n is exact.
const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;

// x clamped to the range outside of which a result no longer changes.
fn clamped(x: f64, low: f64, high: f64) -> f64 {
    let above = select(x, low, x < low);
    return select(above, high, above > high);
}

// x = n ln 2 + r.
fn exp_rest(x: f64, n: f64) -> f64 {
    return as_rounded(x - n * LN2_HIGH) - n * LN2_LOW;
}

// 2^n for -1022 <= n <= 1023.
fn power_of_two(n: i32) -> f64 {
    return bitcast<f64>(u64(n + 1023) << 52u);
}

// Exponents of larger magnitude give 0 or infinity; `times_power` accepts all up to this one.
const MOST_EXPONENT: i32 = 2040;

// y 2^n in two steps, so that neither overflows or underflows before the result does.
fn times_power(y: f64, n: i32) -> f64 {
    let half = n >> 1u;
    return y * power_of_two(half) * power_of_two(n - half);
}

// e^r - 1 for |r| <= ln 2 / 2.
fn expm1_core(r: f64) -> f64 {
    var p: f64 = 1.1470745597729725e-11;
    p = fma(p, r, 1.6059043836821613e-10);
    p = fma(p, r, 2.08767569878681e-09);
    p = fma(p, r, 2.505210838544172e-08);
    p = fma(p, r, 2.755731922398589e-07);
    p = fma(p, r, 2.7557319223985893e-06);
    p = fma(p, r, 2.48015873015873e-05);
    p = fma(p, r, 0.0001984126984126984);
    p = fma(p, r, 0.001388888888888889);
    p = fma(p, r, 0.008333333333333333);
    p = fma(p, r, 0.041666666666666664);
    p = fma(p, r, 0.16666666666666666);
    p = fma(p, r, 0.5);
    return fma(r * r, p, r);
}

fn op_exp(x: f64) -> f64 {
    if (is_nan(x)) {
        return x;
    }
    let v = clamped(x, -746.0, 710.0);
    let n = nearest(v * 1.4426950408889634);
    return times_power(1.0 + expm1_core(exp_rest(v, n)), i32(n));
}

// e^x of a sum of two.
fn exp_two(x: Two) -> f64 {
    let v = clamped(x.high, -746.0, 710.0);
    let n = nearest(v * 1.4426950408889634);
    return times_power(1.0 + expm1_core(exp_rest(v, n) + x.low), i32(n));
}

// e^x / 2, which overflows later than e^x.
fn half_exp(x: f64) -> f64 {
    if (is_nan(x)) {
        return x;
    }
    let v = clamped(x, -746.0, 711.0);
    let n = nearest(v * 1.4426950408889634);
    return times_power(1.0 + expm1_core(exp_rest(v, n)), i32(n) - 1);
}

fn op_exp2(x: f64) -> f64 {
    if (is_nan(x)) {
        return x;
    }
    let v = clamped(x, -1076.0, 1025.0);
    let n = nearest(v);
    let r = v - n;
    var p: f64 = 6.778726354822545e-14;
    p = fma(p, r, 1.3691488853904128e-12);
    p = fma(p, r, 2.5678435993488206e-11);
    p = fma(p, r, 4.4455382718708116e-10);
    p = fma(p, r, 7.054911620801123e-09);
    p = fma(p, r, 1.01780860092397e-07);
    p = fma(p, r, 1.321548679014431e-06);
    p = fma(p, r, 1.5252733804059841e-05);
    p = fma(p, r, 0.0001540353039338161);
    p = fma(p, r, 0.0013333558146428443);
    p = fma(p, r, 0.009618129107628477);
    p = fma(p, r, 0.05550410866482158);
    p = fma(p, r, 0.24022650695910072);
    return times_power(fma(r, fma(r, p, 0.6931471805599453), 1.0), i32(n));
}

struct HalfExp {
    // e^x / 2
    power: f64,
    // (e^x - 1) / 2
    minus_one: f64,
}

// Both values, each rounded separately. They are constant below -40, where tanh and expm1 have reached their limits.
fn half_exp_expm1(x: f64) -> HalfExp {
    if (is_nan(x)) {
        return HalfExp(x, x);
    }
    let v = clamped(x, -40.0, 710.5);
    let n = nearest(v * 1.4426950408889634);
    let core = expm1_core(exp_rest(v, n));
    // A quarter of the power is finite whenever the result is.
    let quarter = power_of_two(i32(n) - 2);
    return HalfExp(2.0 * fma(quarter, core, quarter), 2.0 * fma(quarter, core, quarter - 0.25));
}

fn op_expm1(x: f64) -> f64 {
    // The reduction would lose the sign of a zero, and the scaling the last bits of subnormal numbers.
    if (abs(x) < 1e-200) {
        return x;
    }
    return 2.0 * half_exp_expm1(x).minus_one;
}
