// The multiply-add of sums of products, which wraps.

fn multiply_add(x: T, y: vec4<T>, sum: vec4<T>) -> vec4<T> {
    return x * y + sum;
}

fn multiply_add_each(x: vec4<T>, y: vec4<T>, sum: vec4<T>) -> vec4<T> {
    return x * y + sum;
}

// Adds the products of a weight and four sources of a convolution.
fn add_source(weight: T, sources: vec4<T>, inside: vec4<bool>, sums: vec4<T>) -> vec4<T> {
    return multiply_add(weight, sources, sums);
}
