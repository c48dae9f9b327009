// Parameters of matrix products y = a b, or a b + bias, of size m x n x k, in a batch.

struct Product {
    m: u32,
    n: u32,
    k: u32,
    // Workgroups, and how many make the rows and the columns of a product.
    groups: u32,
    groups_m: u32,
    groups_n: u32,
    // Parts of k, and how much of k each has.
    parts: u32,
    part: u32,
    // Where the tensors begin.
    a: u32,
    b: u32,
    bias: u32,
    y: u32,
    // Distances between rows and between columns, and between the parts of y.
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
