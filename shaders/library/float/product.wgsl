// The step of every sum of products, rounded once.

fn multiply_add(x: T, y: vec4<T>, sum: vec4<T>) -> vec4<T> {
    return fma(vec4<T>(x), y, sum);
}
