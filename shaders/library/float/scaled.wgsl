// Products whose partial results neither overflow nor underflow, in whatever order they are taken: a number between 1 and 2 in size times a
// power of two. Zero, infinity and NaN stand for themselves.

struct Scaled {
    digits: T,
    exponent: i32,
}

fn scaled_of(x: T) -> Scaled {
    if (is_normal(x)) {
        return Scaled(significand_of(x), exponent_of(x));
    }
    // Subnormal, unless the adapter takes such numbers for 0.
    let larger = x * T(18446744073709551616.0);
    if (is_normal(larger)) {
        return Scaled(significand_of(larger), exponent_of(larger) - 64);
    }
    return Scaled(x, 0);
}

fn scaled_product(a: Scaled, b: Scaled) -> Scaled {
    let product = a.digits * b.digits;
    if (!is_normal(product)) {
        return Scaled(product, 0);
    }
    let exponent = a.exponent + b.exponent + exponent_of(product);
    return Scaled(significand_of(product), clamped_exponent(exponent, 0x20000000));
}

fn unscaled(x: Scaled) -> T {
    return times_power(x.digits, clamped_exponent(x.exponent, MOST_EXPONENT));
}

// A product by index: digits of what was there and one more factor, the powers of two that they leave, and both together again.

fn digits_of_product(a: T, b: T) -> T {
    return scaled_product(scaled_of(a), scaled_of(b)).digits;
}

fn exponent_of_product(a: T, b: T, digits: T) -> T {
    return T(scaled_product(scaled_of(a), scaled_of(b)).exponent);
}

fn with_exponent(digits: T, exponent: T) -> T {
    if (!is_normal(digits)) {
        return digits;
    }
    return unscaled(Scaled(digits, i32(exponent)));
}
