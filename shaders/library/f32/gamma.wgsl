// The logarithm of the gamma function and its derivatives for x > 0: fitted polynomials around the zeros, recurrences that reduce to
// them, and Stirling's series beyond.

// lgamma(1 + d) for -1/4 <= d <= 3/4.
fn lgamma_one(d: f32) -> f32 {
    let t = d - 0.25;
    var p = -0.0075839786;
    p = fma(p, t, 0.011268091);
    p = fma(p, t, -0.009092676);
    p = fma(p, t, 0.011722586);
    p = fma(p, t, -0.018281866);
    p = fma(p, t, 0.025967428);
    p = fma(p, t, -0.036939107);
    p = fma(p, t, 0.05437391);
    p = fma(p, t, -0.0833916);
    p = fma(p, t, 0.1367713);
    p = fma(p, t, -0.2554827);
    p = fma(p, t, 0.66253525);
    return d * fma(p, t, -0.39308736);
}

// lgamma(2 + d) for -1/4 <= d <= 3/4.
fn lgamma_two(d: f32) -> f32 {
    let t = d - 0.25;
    var p = 0.00004014199;
    p = fma(p, t, -0.000095996846);
    p = fma(p, t, 0.0002215231);
    p = fma(p, t, -0.0005881199);
    p = fma(p, t, 0.0016151783);
    p = fma(p, t, -0.00466281);
    p = fma(p, t, 0.0146883065);
    p = fma(p, t, -0.0542954);
    p = fma(p, t, 0.2922384);
    return d * fma(p, t, 0.49948686);
}

// lgamma x for x > 0.
fn positive_lgamma(x: f32) -> f32 {
    // Between 2.75 and 7, x is reduced to the range of a polynomial: gamma x is gamma of the reduced x, times the product.
    var rest = x;
    var product: f32 = 1.0;
    while (rest >= 2.75 && x < 7.0) {
        rest -= 1.0;
        product *= rest;
    }
    let small = x < 0.75;
    let log = op_log(select(product, x, small || x >= 7.0));
    if (x >= 7.0) {
        let z = 1.0 / (x * x);
        let tail = fma(fma(0.0007760319, z, -0.0027776447), z, 0.083333336) / x;
        return (x - 0.5) * (log - 1.0) + (0.41893853 + tail);
    }
    if (rest >= 1.75) {
        return lgamma_two(rest - 2.0) + log;
    }
    let one = lgamma_one(select(rest - 1.0, x, small));
    return select(select(one, 0.0, x == 1.0), one - log, small);
}

// digamma x for x >= 1.
fn right_digamma(x: f32) -> f32 {
    if (x >= 6.0) {
        let r = 1.0 / x;
        let z = r * r;
        let tail = fma(fma(0.003804372, z, -0.008331662), z, 0.08333333) * z;
        return op_log(x) - (0.5 * r + tail);
    }
    var sum = 0.0;
    var rest = x;
    while (rest > 2.0) {
        rest -= 1.0;
        sum += 1.0 / rest;
    }
    // Around the zero, which is given in two parts.
    let t = rest - 1.5;
    var p = 0.011118416;
    p = fma(p, t, -0.01638409);
    p = fma(p, t, 0.016980557);
    p = fma(p, t, -0.025781015);
    p = fma(p, t, 0.040879305);
    p = fma(p, t, -0.062057074);
    p = fma(p, t, 0.09498209);
    p = fma(p, t, -0.14839879);
    p = fma(p, t, 0.24054262);
    p = fma(p, t, -0.4236275);
    p = fma(p, t, 0.9510559);
    return sum + (as_rounded(rest - 1.4616321) - 1.243815e-8) * p;
}

// trigamma x for x > 0.
fn right_trigamma(x: f32) -> f32 {
    var sum = 0.0;
    var rest = x;
    while (rest < 6.0) {
        let r = 1.0 / rest;
        sum += r * r;
        rest += 1.0;
    }
    let r = 1.0 / rest;
    let z = r * r;
    let tail = fma(fma(fma(-0.029608736, z, 0.02374761), z, -0.033332996), z, 0.16666667) * z;
    return sum + (1.0 + (0.5 * r + tail)) * r;
}
