// Products whose partial results neither overflow nor underflow, in any order: a significand between 1 and 2 in magnitude, times a power of two.
// For zero, infinity and NaN, the significand is the number itself.

struct Scaled {
    significand: T,
    exponent: i32,
}

fn scaled_of(x: T) -> Scaled {
    if (is_normal(x)) {
        return Scaled(significand_of(x), exponent_of(x));
    }
    // Subnormal, unless the adapter flushes it to 0.
    let larger = x * T(18446744073709551616.0);
    if (is_normal(larger)) {
        return Scaled(significand_of(larger), exponent_of(larger) - 64);
    }
    return Scaled(x, 0);
}

fn scaled_product(a: Scaled, b: Scaled) -> Scaled {
    let product = a.significand * b.significand;
    if (!is_normal(product)) {
        return Scaled(product, 0);
    }
    let exponent = a.exponent + b.exponent + exponent_of(product);
    return Scaled(significand_of(product), clamped_exponent(exponent, 0x20000000));
}

fn unscaled(x: Scaled) -> T {
    return times_power(x.significand, clamped_exponent(x.exponent, MOST_EXPONENT));
}

// Products by index: the significand of an element times a factor, the exponent of that product, and both combined.

fn significand_of_product(a: T, b: T) -> T {
    return scaled_product(scaled_of(a), scaled_of(b)).significand;
}

fn exponent_of_product(a: T, b: T, significand: T) -> T {
    return T(scaled_product(scaled_of(a), scaled_of(b)).exponent);
}

fn with_exponent(significand: T, exponent: T) -> T {
    if (!is_normal(significand)) {
        return significand;
    }
    return unscaled(Scaled(significand, i32(exponent)));
}
