// Remainders and their quotients, exact for operands of any size: no quotient is rounded before it is truncated.

// The bound of the quotient in one step: a driver's error in it is less than 1.
const CHUNK: T = T(1048576.0);

// a - q b for 0 <= q below CHUNK, exact as long as the result has no more bits than b.
fn subtract_multiple(a: T, q: T, b: T) -> T {
    let p = exact_product(q, b);
    return as_rounded(a - p.high) - p.low;
}

// a - b floor(a / b) for a >= 0 and b > 0, both finite: long division with about 20 bits of the quotient per step.
fn positive_remainder(a: T, b: T) -> T {
    var rest = a;
    // f64 needs fewer than 128 steps; the limit stops the loop on drivers that flush subnormal numbers to 0.
    for (var k = 0; rest >= b && k < 128; k++) {
        var step = b;
        while (step * CHUNK <= rest) {
            step *= CHUNK;
        }
        // The quotient may be off by a unit in the last place, and so its floor by 1.
        let q = op_floor(rest / step);
        var next = subtract_multiple(rest, q, step);
        if (next < T(0.0)) {
            next = subtract_multiple(rest, q - T(1.0), step);
        } else if (next >= step) {
            next = subtract_multiple(rest, q + T(1.0), step);
        }
        rest = next;
    }
    return rest;
}

// x - y trunc(x / y), the sign of x.
fn op_fmod(x: T, y: T) -> T {
    let a = abs(x);
    let b = abs(y);
    if (!is_finite(x) || is_nan(y) || y == T(0.0)) {
        return quiet_nan();
    }
    if (a < b) {
        return x;
    }
    return copy_sign(positive_remainder(a, b), x);
}

// x - y floor(x / y), the sign of y.
fn op_remainder(x: T, y: T) -> T {
    let rest = op_fmod(x, y);
    let shifted = rest + y;
    return select(rest, shifted, !(rest == T(0.0)) && (rest < T(0.0)) != (y < T(0.0)));
}

// floor(x / y), exact even where the rounded quotient would reach the next integer.
fn op_floor_divide(x: T, y: T) -> T {
    if (y == T(0.0)) {
        return x / y;
    }
    let rest = op_fmod(x, y);
    var quotient = exact_quotient(x - rest, y);
    if (!(rest == T(0.0)) && (y < T(0.0)) != (rest < T(0.0))) {
        quotient -= T(1.0);
    }
    if (quotient == T(0.0)) {
        return copy_sign(T(0.0), x / y);
    }
    let below = op_floor(quotient);
    return select(below, below + T(1.0), quotient - below > T(0.5));
}
