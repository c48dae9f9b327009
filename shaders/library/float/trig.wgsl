// Sine, cosine and tangent of a number, and of an angle reduced by multiples of pi/2.

// The angle quadrant pi/2 + high + low, where high + low is at most pi/4 in magnitude.
struct Angle {
    quadrant: u32,
    high: T,
    low: T,
}

fn sin_of(angle: Angle) -> T {
    let odd = (angle.quadrant & 1u) == 1u;
    let value = select(sin_core(angle.high, angle.low), cos_core(angle.high, angle.low), odd);
    return select(value, -value, (angle.quadrant & 2u) == 2u);
}

fn op_sin(x: T) -> T {
    // The reduction would lose the sign of a zero.
    if (x == T(0.0)) {
        return x;
    }
    return sin_of(reduce_angle(x));
}

// sin(x) / x, 1 at 0 and 0 at infinity.
fn op_spherical_bessel_j0(x: T) -> T {
    if (x == T(0.0)) {
        return T(1.0);
    }
    if (is_infinite(x)) {
        return T(0.0);
    }
    return op_sin(x) / x;
}

fn op_cos(x: T) -> T {
    let a = reduce_angle(x);
    return sin_of(Angle(a.quadrant + 1u, a.high, a.low));
}

fn op_tan(x: T) -> T {
    if (x == T(0.0)) {
        return x;
    }
    return tan_of(reduce_angle(x));
}
