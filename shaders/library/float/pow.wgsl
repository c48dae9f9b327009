// Powers, with the special cases of C's pow.

fn op_pow(x: T, y: T) -> T {
    if (x == T(1.0) || y == T(0.0)) {
        return T(1.0);
    }
    if (is_nan(x) || is_nan(y)) {
        return quiet_nan();
    }
    let a = abs(x);
    var magnitude = T(1.0);
    if (a == T(0.0) || is_infinite(x)) {
        magnitude = select(T(0.0), infinity(), (a == T(0.0)) == (y < T(0.0)));
    } else if (is_infinite(y)) {
        magnitude = select(select(T(0.0), infinity(), (a > T(1.0)) == (y > T(0.0))), T(1.0), a == T(1.0));
    } else {
        magnitude = positive_pow(a, y);
    }
    if (!sign_bit(x)) {
        return magnitude;
    }
    let whole = op_trunc(y) == y;
    if (!whole && a != T(0.0) && !is_infinite(x)) {
        return quiet_nan();
    }
    let odd = whole && op_trunc(T(0.5) * y) != T(0.5) * y;
    return select(magnitude, -magnitude, odd);
}
