// Angles pi x, without the rounding error of the product.

const PI: T = T(3.141592653589793);

// pi x for a finite x.
fn pi_angle(x: T) -> Angle {
    // Full turns are subtracted first, because they could exceed the integer below.
    let reduced = x - T(2.0) * op_round(T(0.5) * x);
    let n = op_round(reduced * T(2.0));
    let r = two_mul_single(Two(PI, PI_LOW), reduced - T(0.5) * n);
    return Angle(u32(i32(n)), r.high, r.low);
}

// sin(pi x) / (pi x), 1 at 0; exactly 0 at the other integers.
fn op_sinc(x: T) -> T {
    if (x == T(0.0)) {
        return T(1.0);
    }
    if (!is_finite(x)) {
        return quiet_nan();
    }
    return sin_of(pi_angle(x)) / (PI * x);
}
