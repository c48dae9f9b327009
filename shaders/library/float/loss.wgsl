// Long sums: what rounding takes from each step is kept, and put back in the end. (Neumaier, "Rundungsfehleranalyse einiger Verfahren zur
// Summation endlicher Summen", 1974.)

fn loss_of_none(a: T, b: T, y: T) -> T {
    return T(0);
}

// What rounding took from y = a + b.
fn loss_of_sum(a: T, b: T, y: T) -> T {
    let sum = as_rounded(y);
    let part = as_rounded(sum - a);
    return as_rounded(a - as_rounded(sum - part)) + as_rounded(b - part);
}

// A sum with what rounding took from it. Infinities and NaN lose nothing that could be put back.
fn with_loss(y: T, loss: T) -> T {
    return select(y + loss, y, is_zero(loss) || !is_finite(y));
}
