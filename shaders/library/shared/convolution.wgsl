// Parameters of convolutions as matrix products; `kernels/conv/conv_direct.wgsl` defines the product for each kind.

struct Convolution {
    // Rows, columns, the number of values of i, and the length of the sum over s and i.
    m: u32,
    n: u32,
    inner: u32,
    k: u32,
    // Workgroups in total, and per group along the rows and along the columns.
    groups: u32,
    groups_m: u32,
    groups_n: u32,
    // Parts that the range of s, or of k, is split into, and the length of a part.
    parts: u32,
    part: u32,
    // Offsets of the tensors.
    a: u32,
    b: u32,
    y: u32,
    // Strides between groups, rows, blocks, values of i, and the parts of y.
    a_group: u32,
    b_group: u32,
    y_group: u32,
    a_row: u32,
    y_row: u32,
    b_block: u32,
    y_block: u32,
    a_inner: u32,
    b_inner: u32,
    y_part: u32,
    // Sizes along depth, height and width, and their product.
    positions: vec4<i32>,
    sums: vec4<i32>,
    window: Window,
}
