// Layouts in parameters: sizes or strides of up to eight dimensions, four per vector.

// Offset, under `strides`, of element `index` in row-major order of `shape`.
fn strided_offset(index: u32, rank: u32, shape: array<vec4<u32>, 2>, strides: array<vec4<u32>, 2>) -> u32 {
    var rest = index;
    var at = 0u;
    for (var d = rank; d > 0u; d -= 1u) {
        let k = d - 1u;
        let size = shape[k >> 2u][k & 3u];
        let quotient = rest / size;
        at += (rest - quotient * size) * strides[k >> 2u][k & 3u];
        rest = quotient;
    }
    return at;
}
