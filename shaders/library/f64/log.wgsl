// Logarithms: x = 2^e (1 + f) with 1 + f between sqrt(1/2) and sqrt(2); with s = f / (2 + f), ln(1 + f) = 2 (s + s^3/3 + s^5/5 ...).

// The bits of sqrt(1/2).
const ROOT_HALF: u64 = 0x3fe6a09e667f3bcdlu;

struct Split {
    exponent: f64,
    // f
    rest: f64,
}

// e and f of a positive number that is not subnormal.
fn log_split(x: f64) -> Split {
    let above = bitcast<u64>(x) - ROOT_HALF;
    let mantissa = (above & 0x000ffffffffffffflu) + ROOT_HALF;
    return Split(f64(i32(bitcast<i64>(above) >> 52u)), bitcast<f64>(mantissa) - 1.0);
}

// The same for any positive number. A subnormal one is its bits, as an integer, times 2^-1074: the bits are available on devices that flush it to 0.
fn log_reduce(x: f64) -> Split {
    let bits = bitcast<u64>(x);
    let tiny = bits < 0x0010000000000000lu;
    let s = log_split(select(x, f64(bits), tiny));
    return Split(s.exponent - select(f64(0.0), 1074.0, tiny), s.rest);
}

// ln(1 + f) - f: the series with 2s written as f - s f.
fn log_tail(f: f64) -> f64 {
    let s = f / (2.0 + f);
    let z = s * s;
    var p: f64 = 0.08695652173913043;
    p = fma(p, z, 0.09523809523809523);
    p = fma(p, z, 0.10526315789473684);
    p = fma(p, z, 0.11764705882352941);
    p = fma(p, z, 0.13333333333333333);
    p = fma(p, z, 0.15384615384615385);
    p = fma(p, z, 0.18181818181818182);
    p = fma(p, z, 0.2222222222222222);
    p = fma(p, z, 0.2857142857142857);
    p = fma(p, z, 0.4);
    p = fma(p, z, 0.6666666666666666);
    return s * fma(z, p, -f);
}

// `result` if x is positive and finite, otherwise the value of the special case.
fn log_special_cases(x: f64, result: f64) -> f64 {
    if ((bitcast<u64>(x) & 0x7ffffffffffffffflu) == 0lu) {
        return -infinity();
    }
    if (is_nan(x) || sign_bit(x)) {
        return quiet_nan();
    }
    return select(result, x, is_infinite(x));
}

fn op_log(x: f64) -> f64 {
    let s = log_reduce(x);
    let low = fma(s.exponent, LN2_LOW, log_tail(s.rest));
    return log_special_cases(x, fma(s.exponent, LN2_HIGH, s.rest + low));
}

fn op_log2(x: f64) -> f64 {
    let s = log_reduce(x);
    // log2 e in two parts.
    let product = exact_product(s.rest, 1.4426950408889634);
    let low = fma(s.rest, 2.0355273740931033e-17, log_tail(s.rest) * 1.4426950408889634) + product.low;
    return log_special_cases(x, s.exponent + (product.high + low));
}

fn op_log10(x: f64) -> f64 {
    let s = log_reduce(x);
    // log10 e and log10 2, each in two parts; the first of log10 2 has trailing zeros.
    let product = exact_product(s.rest, 0.4342944819032518);
    let tail = fma(s.rest, 1.098319650216765e-17, log_tail(s.rest) * 0.4342944819032518) + product.low;
    let low = fma(s.exponent, 3.694239077158931e-13, tail);
    return log_special_cases(x, fma(s.exponent, 0.30102999566361177, product.high + low));
}

fn op_log1p(x: f64) -> f64 {
    if (x == 0.0 || is_nan(x)) {
        return x;
    }
    let u = as_rounded(1.0 + x);
    // The rounding error of u.
    let error = select(1.0 - as_rounded(u - x), x - as_rounded(u - 1.0), abs(x) < 1.0);
    let s = log_split(u);
    // 2^-e, which underflows harmlessly where u is so large that the 1 is error.
    let power = power_of_two(-i32(at_most(s.exponent, 1022.0)));
    let f = fma(error, power, s.rest);
    let low = fma(s.exponent, LN2_LOW, log_tail(f));
    return log_special_cases(u, fma(s.exponent, LN2_HIGH, f + low));
}
