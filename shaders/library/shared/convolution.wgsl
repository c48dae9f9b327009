// Parameters of convolutions: `kernels/conv/conv_direct.wgsl` says which product of matrices each of them is.

struct Convolution {
    // Rows, columns, the range of i, and the length of the sum over s and i.
    m: u32,
    n: u32,
    inner: u32,
    k: u32,
    // Workgroups, and how many make the rows and the columns of a group.
    groups: u32,
    groups_m: u32,
    groups_n: u32,
    // Parts of the range of s, or of k, and how much of it each has.
    parts: u32,
    part: u32,
    // Where the tensors begin.
    a: u32,
    b: u32,
    y: u32,
    // Distances between groups, rows, blocks, and neighbours along i; and between the parts of y.
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
