// Quotients and remainders. A division by zero is a fault and gives 0; by -1 it is a negation, which wraps where the quotient would not fit.

fn op_div_trunc(x: T, y: T) -> T {
    if (y == T(0)) {
        raise_division_by_zero();
        return T(0);
    }
    if (y == T(-1)) {
        return -x;
    }
    return x / y;
}

// x - y trunc(x / y) for y other than 0. The operator % is not used, because drivers differ for negative numbers.
fn truncated_rest(x: T, y: T) -> T {
    if (y == T(-1)) {
        return T(0);
    }
    return x - y * (x / y);
}

// x - y trunc(x / y), the sign of x.
fn op_fmod(x: T, y: T) -> T {
    if (y == T(0)) {
        raise_division_by_zero();
        return T(0);
    }
    return truncated_rest(x, y);
}

fn op_floor_divide(x: T, y: T) -> T {
    if (y == T(0)) {
        raise_division_by_zero();
        return T(0);
    }
    let rest = truncated_rest(x, y);
    let quotient = op_div_trunc(x, y);
    return select(quotient, quotient - T(1), rest != T(0) && (rest < T(0)) != (y < T(0)));
}

// x - y floor(x / y), the sign of y.
fn op_remainder(x: T, y: T) -> T {
    let rest = op_fmod(x, y);
    return select(rest, rest + y, rest != T(0) && (rest < T(0)) != (y < T(0)));
}

// The greatest common divisor, which is not negative; 0 if both are 0.
fn op_gcd(x: T, y: T) -> T {
    var a = x;
    var b = y;
    while (b != T(0)) {
        let rest = truncated_rest(a, b);
        a = b;
        b = rest;
    }
    return op_abs(a);
}
