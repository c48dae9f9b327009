// Compensated summation: the rounding errors of all steps are summed, and added at the end. (Neumaier, "Rundungsfehleranalyse einiger Verfahren zur
// Summation endlicher Summen", 1974.)

fn no_error(a: T, b: T, y: T) -> T {
    return T(0);
}

// The rounding error of y = a + b.
fn rounding_error_of_sum(a: T, b: T, y: T) -> T {
    let sum = as_rounded(y);
    let part = as_rounded(sum - a);
    return as_rounded(a - as_rounded(sum - part)) + as_rounded(b - part);
}

// A sum corrected by its rounding errors. Infinities and NaN are not corrected.
fn with_error(y: T, error: T) -> T {
    return select(y + error, y, is_zero(error) || !is_finite(y));
}
