// Parameters of reductions. Some kernels count elements in vectors of four.

struct Reduction {
    // The result of reducing no elements.
    identity: T,
    // The divisor of finished results.
    divisor: T,
    outputs: u32,
    // Elements per output, elements per part, and parts per output.
    count: u32,
    chunk: u32,
    parts: u32,
    // Rows per workgroup, and threads per row: powers of two whose product is WIDTH.
    rows_per_group: u32,
    threads_per_row: u32,
    // 1 if neighbouring threads process neighbouring outputs, 0 if they process neighbouring elements.
    columns: u32,
    // 1 if this pass finishes sums of floats, and repeats those that leave the range with scaled elements.
    rescale: u32,
    // Offsets of the tensors, and strides between the results of parts and between the outputs of a vector.
    x: u32,
    y: u32,
    y_part: u32,
    y_step: u32,
    kept_rank: u32,
    kept_shape: array<vec4<u32>, 2>,
    kept_x: array<vec4<u32>, 2>,
    kept_y: array<vec4<u32>, 2>,
    reduced_rank: u32,
    reduced_shape: array<vec4<u32>, 2>,
    reduced_x: array<vec4<u32>, 2>,
}
