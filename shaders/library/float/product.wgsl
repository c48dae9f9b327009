// The step of every sum of products, rounded once.

fn multiply_add(x: T, y: vec4<T>, sum: vec4<T>) -> vec4<T> {
    return fma(vec4<T>(x), y, sum);
}

fn multiply_add_each(x: vec4<T>, y: vec4<T>, sum: vec4<T>) -> vec4<T> {
    return fma(x, y, sum);
}
