// The inverse of the error function, as a function of a variable in which it is almost linear: w = -ln(1 - y^2), or its root
// (Giles, "Approximating the erfinv function", 2010; the polynomials are fitted here).

// erfinv y / y.
fn erfinv_ratio(w: f32) -> f32 {
    if (w < 5.0) {
        let t = w - 2.5;
        var p = -8.791192e-9;
        p = fma(p, t, 0.000000023232543);
        p = fma(p, t, 0.00000046617248);
        p = fma(p, t, -0.0000034627035);
        p = fma(p, t, -0.000004963356);
        p = fma(p, t, 0.00021834443);
        p = fma(p, t, -0.0012527419);
        p = fma(p, t, -0.004177387);
        p = fma(p, t, 0.24664028);
        return fma(p, t, 1.5014094);
    }
    let root = sqrt(w);
    if (w < 16.5) {
        let t = root - 3.0;
        var p = 0.00011009916;
        p = fma(p, t, -0.000304364);
        p = fma(p, t, -0.000048673584);
        p = fma(p, t, 0.0014786517);
        p = fma(p, t, -0.0036016433);
        p = fma(p, t, 0.0056894063);
        p = fma(p, t, -0.00763639);
        p = fma(p, t, 0.009445008);
        p = fma(p, t, 1.0016749);
        return fma(p, t, 2.8329768);
    }
    let t = root - 7.0;
    var p = -2.5130826e-9;
    p = fma(p, t, 1.5726757e-8);
    p = fma(p, t, -0.000000039663497);
    p = fma(p, t, 0.00000024648196);
    p = fma(p, t, -0.0000016952225);
    p = fma(p, t, 0.0000063035886);
    p = fma(p, t, 0.0000064582086);
    p = fma(p, t, -0.0005129647);
    p = fma(p, t, 1.0085955);
    return fma(p, t, 6.8690195);
}

// The z with erfc z = q, for q below 1.
fn erfc_inverse(q: f32) -> f32 {
    if (q == 0.0) {
        return infinity();
    }
    return (1.0 - q) * erfinv_ratio(-op_log(q) - op_log(2.0 - q));
}

// NaN outside [-1, 1].
fn op_erfinv(y: f32) -> f32 {
    let a = abs(y);
    if (!(a < 1.0)) {
        return select(quiet_nan(), copy_sign(infinity(), y), a == 1.0);
    }
    // For small y, log1p of the square is accurate; for large y, 1 - a is exact.
    let w = -select(op_log((1.0 - a) * (1.0 + a)), op_log1p(-a * a), a < 0.5);
    return y * erfinv_ratio(w);
}

// The inverse of the normal distribution function: -infinity at 0, infinity at 1, NaN outside [0, 1].
fn op_ndtri(x: f32) -> f32 {
    if (!(x >= 0.0 && x <= 1.0)) {
        return quiet_nan();
    }
    if (x > 0.25 && x < 0.75) {
        return 1.4142135 * op_erfinv(2.0 * x - 1.0);
    }
    let z = 1.4142135 * erfc_inverse(2.0 * select(1.0 - x, x, x <= 0.5));
    return select(z, -z, x <= 0.5);
}
