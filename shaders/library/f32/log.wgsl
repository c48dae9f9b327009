// Logarithms: x = 2^e (1 + f) with 1 + f between sqrt(1/2) and sqrt(2), and ln(1 + f) = f - f^2/2 + f^3 P(f), P fitted for the least relative error.

// The bits of sqrt(1/2).
const ROOT_HALF: u32 = 0x3f3504f3u;

struct Split {
    exponent: f32,
    // f
    rest: f32,
}

// e and f of a positive number that is not subnormal.
fn log_split(x: f32) -> Split {
    let above = bitcast<u32>(x) - ROOT_HALF;
    let mantissa = (above & 0x007fffffu) + ROOT_HALF;
    return Split(f32(bitcast<i32>(above) >> 23u), bitcast<f32>(mantissa) - 1.0);
}

// The same for any positive number. A subnormal one is its bits, as an integer, times 2^-149: the bits are available on devices that flush it to 0.
fn log_reduce(x: f32) -> Split {
    let bits = bitcast<u32>(x);
    let tiny = bits < 0x00800000u;
    let s = log_split(select(x, f32(bits), tiny));
    return Split(s.exponent - select(0.0, 149.0, tiny), s.rest);
}

// ln(1 + f) - f.
fn log_tail(f: f32) -> f32 {
    var p = 0.06746597;
    p = fma(p, f, -0.11676041);
    p = fma(p, f, 0.11888391);
    p = fma(p, f, -0.12405546);
    p = fma(p, f, 0.14219518);
    p = fma(p, f, -0.16667996);
    p = fma(p, f, 0.2000212);
    p = fma(p, f, -0.2500001);
    p = fma(p, f, 0.33333313);
    let square = f * f;
    return fma(square * f, p, -0.5 * square);
}

// `result` if x is positive and finite, otherwise the value of the special case.
fn log_special_cases(x: f32, result: f32) -> f32 {
    if ((bitcast<u32>(x) & 0x7fffffffu) == 0u) {
        return -infinity();
    }
    if (is_nan(x) || sign_bit(x)) {
        return quiet_nan();
    }
    return select(result, x, is_infinite(x));
}

fn op_log(x: f32) -> f32 {
    let s = log_reduce(x);
    let low = fma(s.exponent, LN2_LOW, log_tail(s.rest));
    return log_special_cases(x, fma(s.exponent, LN2_HIGH, s.rest + low));
}

fn op_log2(x: f32) -> f32 {
    let s = log_reduce(x);
    // log2 e in two parts.
    let low = fma(s.rest, 1.925963e-8, log_tail(s.rest) * 1.4426950);
    return log_special_cases(x, s.exponent + fma(s.rest, 1.4426950, low));
}

fn op_log10(x: f32) -> f32 {
    let s = log_reduce(x);
    // log10 e and log10 2, each in two parts.
    let low = fma(s.exponent, -1.4320989e-8, fma(s.rest, -1.010305e-8, log_tail(s.rest) * 0.43429448));
    return log_special_cases(x, fma(s.exponent, 0.30103, fma(s.rest, 0.43429448, low)));
}

fn op_log1p(x: f32) -> f32 {
    if (x == 0.0 || is_nan(x)) {
        return x;
    }
    let u = as_rounded(1.0 + x);
    // The rounding error of u.
    let error = select(1.0 - as_rounded(u - x), x - as_rounded(u - 1.0), abs(x) < 1.0);
    let s = log_split(u);
    // 2^-e, which underflows harmlessly where u is so large that the 1 is error.
    let power = power_of_two(-i32(at_most(s.exponent, 126.0)));
    let f = fma(error, power, s.rest);
    let low = fma(s.exponent, LN2_LOW, log_tail(f));
    return log_special_cases(u, fma(s.exponent, LN2_HIGH, f + low));
}
