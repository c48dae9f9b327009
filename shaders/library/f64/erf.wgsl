// The error function and e^(x^2) erfc x, as fitted polynomials.

// erf x for |x| <= 1.
fn erf_near(x: f64) -> f64 {
    let z = x * x;
    var p: f64 = 5.957176147746114e-11;
    p = fma(p, z, -1.1372848856789924e-09);
    p = fma(p, z, 1.4659775274046955e-08);
    p = fma(p, z, -1.6350312701054618e-07);
    p = fma(p, z, 1.6461000484121361e-06);
    p = fma(p, z, -1.4925595266831182e-05);
    p = fma(p, z, 0.0001205533111164271);
    p = fma(p, z, -0.000854832698083379);
    p = fma(p, z, 0.0052239776248180145);
    p = fma(p, z, -0.026866170645076792);
    p = fma(p, z, 0.11283791670954879);
    p = fma(p, z, -0.3761263890318375);
    p = fma(p, z, 0.1283791670955126);
    return fma(x, p, x);
}

fn op_erf(x: f64) -> f64 {
    let a = abs(x);
    if (a < 1.0) {
        return erf_near(x);
    }
    if (is_nan(x)) {
        return x;
    }
    return copy_sign(1.0 - exp_square(at_most(a, 7.0), -1.0) * scaled_erfc(a), x);
}

// e^(a^2) erfc a for a >= 0: (1 + 2a) times it is a polynomial of (a - 4) / (a + 4).
fn scaled_erfc(a: f64) -> f64 {
    // From 1e18 on the result is 1 / (sqrt(pi) a); the quotient of infinities would be NaN.
    let x = at_most(a, 1e18);
    let t = (x - 4.0) / (x + 4.0);
    var p: f64 = -2.772965123837384e-10;
    p = fma(p, t, 9.289622469383335e-10);
    p = fma(p, t, 3.2372013150188524e-09);
    p = fma(p, t, -1.2334384802495157e-08);
    p = fma(p, t, -2.073707187389114e-08);
    p = fma(p, t, 1.063079794655695e-07);
    p = fma(p, t, 7.773439196721153e-08);
    p = fma(p, t, -8.210512580060314e-07);
    p = fma(p, t, 2.917218852684472e-07);
    p = fma(p, t, 5.706567106509818e-06);
    p = fma(p, t, -1.1221129053427424e-05);
    p = fma(p, t, -2.439772516003008e-05);
    p = fma(p, t, 0.00015062142379084606);
    p = fma(p, t, -0.00019925715454976678);
    p = fma(p, t, -0.0007577732430874849);
    p = fma(p, t, 0.005031970069560782);
    p = fma(p, t, -0.01619773406300239);
    p = fma(p, t, 0.03716751552627682);
    p = fma(p, t, -0.06633036581185563);
    p = fma(p, t, 0.09373283499911712);
    p = fma(p, t, -0.10103906603631828);
    p = fma(p, t, 0.06809705425466824);
    p = fma(p, t, 0.015379652102619976);
    p = fma(p, t, -0.13962111684056228);
    p = fma(p, t, 1.2329951186255526);
    let r = p / (2.0 * x + 1.0);
    return select(r, 0.5641895835477563 / a, a > x);
}

// e^(factor a^2), corrected by the rounding error of the square.
fn exp_square(a: f64, factor: f64) -> f64 {
    let square = exact_product(a, a);
    return exp_two(Two(square.high * factor, square.low * factor));
}
