// The modified Bessel functions of the first kind, of order 0 and 1.

fn op_i0(x: T) -> T {
    let a = abs(x);
    if (a > T(8.0)) {
        return bessel_unscaled(a, i0_far(at_most(a, T(800.0))));
    }
    return i0_near(a);
}

// e^-|x| I0(x)
fn op_i0e(x: T) -> T {
    let a = abs(x);
    if (a > T(8.0)) {
        return i0_far(a);
    }
    return op_exp(-a) * i0_near(a);
}

fn op_i1(x: T) -> T {
    let a = abs(x);
    if (a > T(8.0)) {
        return copy_sign(bessel_unscaled(a, i1_far(at_most(a, T(800.0)))), x);
    }
    return copy_sign(i1_near(a), x);
}

// e^-|x| I1(x)
fn op_i1e(x: T) -> T {
    let a = abs(x);
    if (a > T(8.0)) {
        return copy_sign(i1_far(a), x);
    }
    return copy_sign(op_exp(-a) * i1_near(a), x);
}
