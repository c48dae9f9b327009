// Parameters of matrix products y = a b, or a b + bias, of size m x n x k, in a batch.

struct Product {
    m: u32,
    n: u32,
    k: u32,
    // Workgroups in total, and per product along the rows and along the columns.
    groups: u32,
    groups_m: u32,
    groups_n: u32,
    // Parts that k is split into, and the length of a part.
    parts: u32,
    part: u32,
    // Offsets of the tensors.
    a: u32,
    b: u32,
    bias: u32,
    y: u32,
    // Strides between rows, columns, and the parts of y.
    a_row: u32,
    a_col: u32,
    b_row: u32,
    b_col: u32,
    bias_row: u32,
    bias_col: u32,
    y_row: u32,
    y_col: u32,
    y_part: u32,
    rank: u32,
    batch: array<vec4<u32>, 2>,
    a_batch: array<vec4<u32>, 2>,
    b_batch: array<vec4<u32>, 2>,
    y_batch: array<vec4<u32>, 2>,
}
