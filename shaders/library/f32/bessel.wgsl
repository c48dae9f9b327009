// The modified Bessel functions of the first kind for x >= 0: a polynomial of x^2 up to 8, of 1/x beyond, both fitted for the least relative error.

// I0(a) for 0 <= a <= 8.
fn i0_near(a: f32) -> f32 {
    let z = 0.015625 * a * a;
    var p = 0.019777175;
    p = fma(p, z, 0.06170248);
    p = fma(p, z, 0.5512103);
    p = fma(p, z, 2.6177723);
    p = fma(p, z, 10.580358);
    p = fma(p, z, 32.359146);
    p = fma(p, z, 72.8187);
    p = fma(p, z, 113.77766);
    p = fma(p, z, 113.77779);
    p = fma(p, z, 64.0);
    p = fma(p, z, 16.0);
    return fma(p, z, 1.0);
}

// I1(a) for 0 <= a <= 8.
fn i1_near(a: f32) -> f32 {
    let z = 0.015625 * a * a;
    var p = 0.00080096215;
    p = fma(p, z, 0.002919885);
    p = fma(p, z, 0.027314581);
    p = fma(p, z, 0.1457252);
    p = fma(p, z, 0.66105765);
    p = fma(p, z, 2.3114674);
    p = fma(p, z, 6.0681963);
    p = fma(p, z, 11.377771);
    p = fma(p, z, 14.222222);
    p = fma(p, z, 10.666667);
    p = fma(p, z, 4.0);
    return a * fma(p, z, 0.5);
}

// e^-a I0(a) for a > 8.
fn i0_far(a: f32) -> f32 {
    let t = 8.0 / a;
    var p = 0.000012193604;
    p = fma(p, t, -0.000004375745);
    p = fma(p, t, 0.00006700958);
    p = fma(p, t, 0.00043545308);
    p = fma(p, t, 0.0062337867);
    return fma(p, t, 0.39894226) / sqrt(a);
}

// e^-a I1(a) for a > 8.
fn i1_far(a: f32) -> f32 {
    let t = 8.0 / a;
    var p = -0.0000142053295;
    p = fma(p, t, 0.0000034947473);
    p = fma(p, t, -0.00009131264);
    p = fma(p, t, -0.0007272143);
    p = fma(p, t, -0.018700782);
    return fma(p, t, 0.3989423) / sqrt(a);
}

// e^a y for the value y of a scaled function. Overflows only if the result does.
fn bessel_unscaled(a: f32, y: f32) -> f32 {
    let v = clamped(a, 0.0, 100.0);
    let n = nearest(v * 1.4426950);
    return times_power(exp_core(exp_rest(v, n)) * y, i32(n));
}
