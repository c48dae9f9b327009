// Quotients and remainders of int64 as two words, bit by bit. A division by zero is a fault and gives 0; by -1 it is a negation, which wraps
// where the quotient would not fit.

struct Quotient {
    quotient: T,
    rest: T,
}

// Unsigned division, for y other than 0.
fn divided(x: T, y: T) -> Quotient {
    var quotient = T();
    var rest = T();
    for (var k = 64u; k > 0u; k -= 1u) {
        let bit = k - 1u;
        // A bit shifted out of `rest` means that it is greater than any y.
        let over = rest.y >> 31u;
        rest = shifted_left(rest, 1u) | T((shifted_right(x, bit)).x & 1u, 0u);
        let less = rest.y < y.y || (rest.y == y.y && rest.x < y.x);
        if (over == 1u || !less) {
            rest = op_sub(rest, y);
            quotient |= shifted_left(pair_of(1), bit);
        }
    }
    return Quotient(quotient, rest);
}

// Division that rounds toward zero, for y other than 0. The remainder has the sign of x.
fn divided_signed(x: T, y: T) -> Quotient {
    let d = divided(op_abs(x), op_abs(y));
    return Quotient(
        select(d.quotient, op_neg(d.quotient), is_negative(x) != is_negative(y)),
        select(d.rest, op_neg(d.rest), is_negative(x)),
    );
}

fn op_div_trunc(x: T, y: T) -> T {
    if (all(y == T())) {
        raise_division_by_zero();
        return T();
    }
    return divided_signed(x, y).quotient;
}

// x - y trunc(x / y), the sign of x.
fn op_fmod(x: T, y: T) -> T {
    if (all(y == T())) {
        raise_division_by_zero();
        return T();
    }
    return divided_signed(x, y).rest;
}

fn op_floor_divide(x: T, y: T) -> T {
    if (all(y == T())) {
        raise_division_by_zero();
        return T();
    }
    let d = divided_signed(x, y);
    let less = any(d.rest != T()) && is_negative(d.rest) != is_negative(y);
    return select(d.quotient, op_sub(d.quotient, pair_of(1)), less);
}

// x - y floor(x / y), the sign of y.
fn op_remainder(x: T, y: T) -> T {
    let rest = op_fmod(x, y);
    return select(rest, op_add(rest, y), any(rest != T()) && is_negative(rest) != is_negative(y));
}

// The greatest common divisor, which is not negative; 0 if both are 0.
fn op_gcd(x: T, y: T) -> T {
    var a = op_abs(x);
    var b = op_abs(y);
    while (any(b != T())) {
        let rest = divided(a, b).rest;
        a = b;
        b = rest;
    }
    return a;
}
