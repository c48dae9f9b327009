//! Integer functions that differ from Rust's: they wrap, and follow Python's sign rules.

/// `xʸ`, wrapping. A negative power is the reciprocal rounded towards zero: 0 but for bases 1 and -1.
#[inline(always)]
pub(crate) fn pow(x: i64, y: i64) -> i64 {
    if y < 0 {
        return match x {
            1 => 1,
            -1 => 1 - 2 * (y & 1),
            _ => 0,
        };
    }
    let (mut base, mut left, mut result) = (x, y, 1i64);
    while left > 0 {
        if left & 1 == 1 {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        left >>= 1;
    }
    result
}

/// `⌊x / y⌋` for y other than 0.
#[inline(always)]
pub(crate) fn div_floor(x: i64, y: i64) -> i64 {
    let (quotient, rest) = (x.wrapping_div(y), x.wrapping_rem(y));
    quotient - (rest != 0 && (rest < 0) != (y < 0)) as i64
}

/// The remainder of [`div_floor`]: it has the sign of `y`.
#[inline(always)]
pub(crate) fn remainder(x: i64, y: i64) -> i64 {
    let rest = x.wrapping_rem(y);
    if rest != 0 && (rest < 0) != (y < 0) {
        rest + y
    } else {
        rest
    }
}

/// The greatest common divisor, not negative; of zeros it is 0.
#[inline(always)]
pub(crate) fn gcd(x: i64, y: i64) -> i64 {
    let (mut a, mut b) = (x.unsigned_abs(), y.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a as i64
}
