// The error function and e^(x^2) erfc x, as fitted polynomials.

// erf x for |x| <= 1.
fn erf_near(x: f32) -> f32 {
    let z = x * x;
    var p = 0.00007853858;
    p = fma(p, z, -0.00080101925);
    p = fma(p, z, 0.0051883277);
    p = fma(p, z, -0.026853811);
    p = fma(p, z, 0.112835854);
    p = fma(p, z, -0.37612626);
    p = fma(p, z, 0.12837917);
    return fma(x, p, x);
}

// An odd polynomial up to 1, one minus a fitted exponential above.
fn op_erf(x: f32) -> f32 {
    let a = abs(x);
    if (a < 1.0) {
        return erf_near(x);
    }
    // erf 4 is 1 to the last bit.
    let t = clamped(a, 0.0, 4.0);
    var p = -0.0000044269245;
    p = fma(p, t, 0.000039300823);
    p = fma(p, t, 0.000081877);
    p = fma(p, t, -0.0030202582);
    p = fma(p, t, 0.022821547);
    p = fma(p, t, -0.10540417);
    p = fma(p, t, -0.6355515);
    p = fma(p, t, -1.1285679);
    return copy_sign(1.0 - op_exp(t * p), x);
}

// e^(a^2) erfc a for a >= 0: (1 + 2a) times it is a polynomial of (a - 2) / (a + 2), fitted here.
fn scaled_erfc(a: f32) -> f32 {
    // From 1e18 on the result is 1 / (sqrt(pi) a); the quotient of infinities would be NaN.
    let x = at_most(a, 1e18);
    let t = (x - 2.0) / (x + 2.0);
    var p = 0.000059233844;
    p = fma(p, t, 0.0001612256);
    p = fma(p, t, -0.0003464755);
    p = fma(p, t, -0.0013967883);
    p = fma(p, t, 0.0012058793);
    p = fma(p, t, 0.008690136);
    p = fma(p, t, -0.008013872);
    p = fma(p, t, -0.05421232);
    p = fma(p, t, 0.16404854);
    p = fma(p, t, -0.16603105);
    p = fma(p, t, -0.092763714);
    p = fma(p, t, 1.2769784);
    let r = p / (2.0 * x + 1.0);
    return select(r, 0.56418958 / a, a > x);
}

// e^(factor a^2), corrected by the rounding error of the square.
fn exp_square(a: f32, factor: f32) -> f32 {
    let square = exact_product(a, a);
    let x = clamped(square.high * factor, -104.0, 89.0);
    let n = nearest(x * 1.4426950);
    return times_power(exp_core(exp_rest(x, n) + square.low * factor), i32(n));
}
