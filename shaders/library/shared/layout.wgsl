// Layouts in parameters: sizes or strides of up to eight dimensions, four to a vector.

// Where element `index`, in row-major order of `shape`, lies under `strides`.
fn strided_offset(index: u32, rank: u32, shape: array<vec4<u32>, 2>, strides: array<vec4<u32>, 2>) -> u32 {
    var rest = index;
    var at = 0u;
    for (var d = rank; d > 0u; d -= 1u) {
        let k = d - 1u;
        let size = shape[k >> 2u][k & 3u];
        let above = rest / size;
        at += (rest - above * size) * strides[k >> 2u][k & 3u];
        rest = above;
    }
    return at;
}
