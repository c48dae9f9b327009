// Double-word arithmetic: a number is the sum of a high part, the number rounded, and a low part, its rounding error. Together they have twice
// the bits of one. Drivers may round `fma` twice, so products are split by bits instead. (Dekker, "A floating-point technique", 1971.)

struct Two {
    high: T,
    low: T,
}

// a + b, exact.
fn two_sum(a: T, b: T) -> Two {
    let sum = as_rounded(a + b);
    let part = as_rounded(sum - a);
    return Two(sum, as_rounded(a - as_rounded(sum - part)) + as_rounded(b - part));
}

// The same for |a| >= |b|.
fn fast_two_sum(a: T, b: T) -> Two {
    let sum = as_rounded(a + b);
    return Two(sum, b - as_rounded(sum - a));
}

// a b, exact unless a product overflows or underflows.
fn exact_product(a: T, b: T) -> Two {
    let product = as_rounded(a * b);
    let a1 = upper_half(a);
    let a2 = as_rounded(a - a1);
    let b1 = upper_half(b);
    let b2 = as_rounded(b - b1);
    let partial = as_rounded(as_rounded(a1 * b1 - product) + a1 * b2);
    return Two(product, as_rounded(partial + a2 * b1) + a2 * b2);
}

fn two_add(a: Two, b: Two) -> Two {
    let s = two_sum(a.high, b.high);
    return fast_two_sum(s.high, s.low + (a.low + b.low));
}

fn two_add_single(a: Two, b: T) -> Two {
    let s = two_sum(a.high, b);
    return fast_two_sum(s.high, s.low + a.low);
}

fn two_mul(a: Two, b: Two) -> Two {
    let p = exact_product(a.high, b.high);
    return fast_two_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}

fn two_mul_single(a: Two, b: T) -> Two {
    let p = exact_product(a.high, b);
    return fast_two_sum(p.high, p.low + a.low * b);
}

fn two_div(a: Two, b: Two) -> Two {
    let q = as_rounded(a.high / b.high);
    let p = exact_product(q, b.high);
    let rest = (as_rounded(a.high - p.high) - p.low) + (a.low - q * b.low);
    return fast_two_sum(q, rest / b.high);
}
