// The gamma function and Hurwitz's zeta function left of 0, in double-word f32: both are differences of nearly equal numbers, around zeros in every
// interval between two poles, and single f32 would lose all digits of the result.

// ln x for a positive x.high that is not subnormal. With 1 + f between sqrt(1/2) and sqrt(2) and s = f / (2 + f):
// ln(1 + f) = 2 s (1 + s^2/3 + s^4/5 ...).
fn ln_two(x: Two) -> Two {
    let m = log_split(x.high);
    let f = two_sum(m.rest, x.low * power_of_two(-i32(m.exponent)));
    let s = two_div(f, two_add_single(f, 2.0));
    let z = two_mul(s, s);
    var last = 0.05263158;
    last = fma(last, z.high, 0.05882353);
    last = fma(last, z.high, 0.06666667);
    last = fma(last, z.high, 0.07692308);
    last = fma(last, z.high, 0.09090909);
    var p = two_add_single(Two(0.11111111, -8.278423e-10), last * z.high);
    p = two_add(Two(0.14285715, -6.386212e-9), two_mul(p, z));
    p = two_add(Two(0.2, -2.9802323e-9), two_mul(p, z));
    p = two_add(Two(0.33333334, -9.934108e-9), two_mul(p, z));
    p = two_add_single(two_mul(p, z), 1.0);
    p = two_mul(p, s);
    return two_add(two_mul_single(Two(0.6931472, -1.9046542e-9), m.exponent), Two(2.0 * p.high, 2.0 * p.low));
}

// sin(pi r) for |r| <= 1/4.
fn sin_pi_two(r: f32) -> Two {
    let z = exact_product(r, r);
    var last = 7.952054e-7;
    last = fma(last, z.high, -0.000021915353);
    last = fma(last, z.high, 0.0004663028);
    last = fma(last, z.high, -0.007370431);
    last = fma(last, z.high, 0.082145885);
    var p = two_add_single(Two(-0.5992645, -2.6795462e-8), last * z.high);
    p = two_add(Two(2.550164, 5.557864e-8), two_mul(p, z));
    p = two_add(Two(-5.1677127, -9.160392e-8), two_mul(p, z));
    p = two_add(Two(PI, PI_LOW), two_mul(p, z));
    return two_mul_single(p, r);
}

// cos(pi r) for |r| <= 1/4.
fn cos_pi_two(r: f32) -> Two {
    let z = exact_product(r, r);
    var last = -1.3878953e-7;
    last = fma(last, z.high, 4.3030695e-6);
    last = fma(last, z.high, -0.00010463811);
    last = fma(last, z.high, 0.0019295743);
    last = fma(last, z.high, -0.02580689);
    var p = two_add_single(Two(0.23533063, 3.9903707e-9), last * z.high);
    p = two_add(Two(-1.3352628, 6.566553e-9), two_mul(p, z));
    p = two_add(Two(4.058712, 1.2080153e-7), two_mul(p, z));
    p = two_add(Two(-4.934802, -1.451858e-7), two_mul(p, z));
    return two_add_single(two_mul(p, z), 1.0);
}

// pi a minus the nearest multiple of pi/2: whether that multiple is odd, and sine and cosine of the difference. a is positive and not an integer.
struct ReducedAngle {
    odd: bool,
    sine: Two,
    cosine: Two,
}

fn reduced_pi_angle(a: f32) -> ReducedAngle {
    let n = op_round(2.0 * a);
    let r = a - 0.5 * n;
    return ReducedAngle((u32(n) & 1u) == 1u, sin_pi_two(r), cos_pi_two(r));
}

// x^-1.
fn reciprocal_two(x: Two) -> Two {
    return two_div(Two(1.0, 0.0), x);
}

// lgamma x for x < 0 that is not an integer, by reflection and a recurrence: with b = 1 - x and q = b (b + 1) ... (c - 1),
// ln(pi q / |sin(pi x)|) - lgamma c, and Stirling's series for c >= 8.
fn left_lgamma(x: f32) -> f32 {
    let angle = reduced_pi_angle(-x);
    var sine = angle.sine;
    if (angle.odd) {
        sine = angle.cosine;
    }
    if (sine.high < 0.0) {
        sine = Two(-sine.high, -sine.low);
    }
    var c = two_sum(1.0, -x);
    var q = Two(PI, PI_LOW);
    while (c.high < 8.0) {
        q = two_mul(q, c);
        c = two_add_single(c, 1.0);
    }
    let log = ln_two(two_div(q, sine));
    let r = reciprocal_two(c);
    let z = two_mul(r, r);
    var last = 0.0064102565;
    last = fma(last, z.high, -0.0019175269);
    last = fma(last, z.high, 0.0008417508);
    last = fma(last, z.high, -0.0005952381);
    last = fma(last, z.high, 0.0007936508);
    var tail = two_add_single(Two(-0.0027777778, 6.726219e-11), last * z.high);
    tail = two_mul(two_add(Two(0.083333336, -2.483527e-9), two_mul(tail, z)), r);
    // (c - 1/2) ln c - c + ln(2 pi) / 2
    var right = two_mul(two_add_single(c, -0.5), ln_two(c));
    right = two_add(right, Two(-c.high, -c.low));
    right = two_add(right, two_add(tail, Two(0.9189385, 1.5634177e-8)));
    return two_add(log, Two(-right.high, -right.low)).high;
}

// digamma x for x < 0 that is not an integer: with b = 1 - x, digamma c - 1/b - 1/(b + 1) ... + pi cot(-pi x), and Stirling's series for c >= 8.
fn left_digamma(x: f32) -> f32 {
    let angle = reduced_pi_angle(-x);
    var cotangent = Two(0.0, 0.0);
    if (angle.odd) {
        cotangent = two_div(Two(-angle.sine.high, -angle.sine.low), angle.cosine);
    } else {
        cotangent = two_div(angle.cosine, angle.sine);
    }
    var sum = two_mul(Two(PI, PI_LOW), cotangent);
    var c = two_sum(1.0, -x);
    while (c.high < 8.0) {
        let r = reciprocal_two(c);
        sum = two_add(sum, Two(-r.high, -r.low));
        c = two_add_single(c, 1.0);
    }
    let r = reciprocal_two(c);
    let z = two_mul(r, r);
    var last = -0.083333336;
    last = fma(last, z.high, 0.021092797);
    last = fma(last, z.high, -0.007575758);
    last = fma(last, z.high, 0.004166667);
    last = fma(last, z.high, -0.003968254);
    var tail = two_add_single(Two(0.008333334, -4.346172e-10), last * z.high);
    tail = two_add(Two(-0.083333336, 2.483527e-9), two_mul(tail, z));
    tail = two_add(two_mul(tail, z), Two(-0.5 * r.high, -0.5 * r.low));
    return two_add(sum, two_add(ln_two(c), tail)).high;
}

// x^-n for a positive x.
fn inverse_power_two(x: Two, n: u32) -> Two {
    var square = reciprocal_two(x);
    var power = Two(1.0, 0.0);
    var rest = n;
    while (rest > 0u) {
        if ((rest & 1u) == 1u) {
            power = two_mul(power, square);
        }
        square = two_mul(square, square);
        rest = rest >> 1u;
    }
    return power;
}

// The sum of (q + k)^-s for k from 0 on, by the Euler-Maclaurin formula.
fn zeta_two(s: u32, q: Two) -> Two {
    var sum = Two(0.0, 0.0);
    var at = q;
    let order = f32(s);
    while (at.high < 10.0 + order) {
        let power = inverse_power_two(at, s);
        sum = two_add(sum, power);
        if (power.high <= 1e-16 * sum.high) {
            return sum;
        }
        at = two_add_single(at, 1.0);
    }
    let r = reciprocal_two(at);
    var factor = order * r.high;
    let first = two_mul_single(r, order / 12.0);
    var tail = 0.0;
    factor *= ((order + 1.0) * r.high) * ((order + 2.0) * r.high);
    tail -= factor / 720.0;
    factor *= ((order + 3.0) * r.high) * ((order + 4.0) * r.high);
    tail += factor / 30240.0;
    factor *= ((order + 5.0) * r.high) * ((order + 6.0) * r.high);
    tail -= factor / 1209600.0;
    factor *= ((order + 7.0) * r.high) * ((order + 8.0) * r.high);
    tail += factor / 47900160.0;
    let whole = two_div(at, Two(order - 1.0, 0.0));
    let end = two_add_single(two_add(whole, two_add_single(first, 0.5)), tail);
    return two_add(sum, two_mul(inverse_power_two(at, s), end));
}

// The sum of (q + k)^-s for k from 0 on, for q < 0 that is not an integer and odd s: the terms left of 0 are negative. `estimate` is the sum
// in f32, which is accurate where one term dominates: for large s, and next to a pole.
fn left_odd_zeta(s: f32, q: f32, estimate: f32) -> f32 {
    if (s > 25.0 || abs(estimate) > 1e12) {
        return estimate;
    }
    let floor = op_floor(q);
    let order = u32(s);
    let right = zeta_two(order, two_sum(q, -floor));
    let left = zeta_two(order, two_sum(1.0 + floor, -q));
    let beyond = zeta_two(order, two_sum(1.0, -q));
    return two_add(two_add(right, Two(-left.high, -left.low)), beyond).high;
}
