// The multiply-add of sums of products of int64 as two words, which wraps.

fn multiply_add(x: T, y: array<T, 4>, sum: array<T, 4>) -> array<T, 4> {
    return array<T, 4>(
        op_add(op_mul(x, y[0]), sum[0]),
        op_add(op_mul(x, y[1]), sum[1]),
        op_add(op_mul(x, y[2]), sum[2]),
        op_add(op_mul(x, y[3]), sum[3]),
    );
}

// Adds the products of a weight and four sources of a convolution.
fn add_source(weight: T, sources: array<T, 4>, inside: vec4<bool>, sums: array<T, 4>) -> array<T, 4> {
    return multiply_add(weight, sources, sums);
}
