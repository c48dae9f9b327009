// What softmax and its logarithm make of an element, and what their gradients do.

// From the sum of the exponentials what each result needs of it. Where all elements are -infinity it is 0, and the results are NaN.
fn softmax_scale(sum: T) -> T {
    if (is_zero(sum)) {
        return quiet_nan();
    }
    return op_reciprocal(sum);
}

fn log_softmax_scale(sum: T) -> T {
    if (is_zero(sum)) {
        return quiet_nan();
    }
    return op_log(sum);
}

// Of an element less the largest.
fn softmax_of(x: T, scale: T) -> T {
    return op_exp(x) * scale;
}

fn log_softmax_of(x: T, scale: T) -> T {
    return x - scale;
}

// What gradient g at result y adds to the line's sum.
fn softmax_term(g: T, y: T) -> T {
    return g * y;
}

fn log_softmax_term(g: T, y: T) -> T {
    return g;
}

fn softmax_slope(g: T, y: T, sum: T) -> T {
    return (g - sum) * y;
}

fn log_softmax_slope(g: T, y: T, sum: T) -> T {
    return g - op_exp(y) * sum;
}
