// Softmax and its logarithm for one element, and their gradients.

// The scale of softmax, or the offset of its logarithm, from a row's sum of exponentials. The sum is 0, and results are NaN, if all elements are
// -infinity.
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

// The result for x, an element minus the row's maximum.
fn softmax_of(x: T, scale: T) -> T {
    return op_exp(x) * scale;
}

fn log_softmax_of(x: T, scale: T) -> T {
    return x - scale;
}

// The term of the row's sum for gradient g at result y.
fn softmax_sum_term(g: T, y: T) -> T {
    return g * y;
}

fn log_softmax_sum_term(g: T, y: T) -> T {
    return g;
}

fn softmax_gradient(g: T, y: T, sum: T) -> T {
    return (g - sum) * y;
}

fn log_softmax_gradient(g: T, y: T, sum: T) -> T {
    return g - op_exp(y) * sum;
}

// Number of elements, or of vectors of four, that a thread keeps in registers.
const REGISTER_SCALARS: u32 = 8u;
const REGISTER_VECTORS: u32 = 4u;

fn maximum_of(x: T) -> T {
    return x;
}

// The same for four elements at a time. Their maximum and sums are combined as a tree.
fn maximum_of_four(x: vec4<T>) -> T {
    return op_maximum(op_maximum(x.x, x.y), op_maximum(x.z, x.w));
}

fn exp_of_four(x: vec4<T>) -> T {
    return (op_exp(x.x) + op_exp(x.y)) + (op_exp(x.z) + op_exp(x.w));
}

fn softmax_of_four(x: vec4<T>, scale: T) -> vec4<T> {
    return vec4<T>(softmax_of(x.x, scale), softmax_of(x.y, scale), softmax_of(x.z, scale), softmax_of(x.w, scale));
}

fn log_softmax_of_four(x: vec4<T>, scale: T) -> vec4<T> {
    return x - scale;
}

fn softmax_sum_term_of_four(g: vec4<T>, y: vec4<T>) -> T {
    return (g.x * y.x + g.y * y.y) + (g.z * y.z + g.w * y.w);
}

fn log_softmax_sum_term_of_four(g: vec4<T>, y: vec4<T>) -> T {
    return (g.x + g.y) + (g.z + g.w);
}

fn softmax_gradient_of_four(g: vec4<T>, y: vec4<T>, sum: T) -> vec4<T> {
    return (g - sum) * y;
}

fn log_softmax_gradient_of_four(g: vec4<T>, y: vec4<T>, sum: T) -> vec4<T> {
    return g - vec4<T>(op_exp(y.x), op_exp(y.y), op_exp(y.z), op_exp(y.w)) * sum;
}
