// The multiply-add of sums of products, rounded once.

fn multiply_add(x: T, y: vec4<T>, sum: vec4<T>) -> vec4<T> {
    return fma(vec4<T>(x), y, sum);
}

fn multiply_add_each(x: vec4<T>, y: vec4<T>, sum: vec4<T>) -> vec4<T> {
    return fma(x, y, sum);
}

// Adds the products of a weight and four sources of a convolution. Padding is zeros, whose product with an infinite weight is NaN, as in PyTorch.
fn add_source(weight: T, sources: vec4<T>, inside: vec4<bool>, sums: vec4<T>) -> vec4<T> {
    return multiply_add(weight, sources, sums);
}

// The same for the gradient of an image, which has no padding: where no output reads an element, even an infinite weight adds nothing.
fn add_source_inside(weight: T, sources: vec4<T>, inside: vec4<bool>, sums: vec4<T>) -> vec4<T> {
    return select(sums, multiply_add(weight, sources, sums), inside);
}
