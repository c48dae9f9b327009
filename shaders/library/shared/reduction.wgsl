// Parameters of reductions. Elements are counted in vectors of four where the kernel says so.

struct Reduction {
    // The result for zero elements.
    identity: T,
    // What results are divided by where they are finished.
    divisor: T,
    outputs: u32,
    // Elements of an output, those of them in a part, and parts.
    count: u32,
    chunk: u32,
    parts: u32,
    // Rows of a workgroup, and threads for each: powers of two whose product is WIDTH.
    rows_per_group: u32,
    threads_per_row: u32,
    // 1 if neighbouring threads take neighbouring outputs, 0 if they take neighbouring elements.
    columns: u32,
    // 1 if results are finished, and elements taken again, scaled, where that is needed: floats that are added up.
    again: u32,
    // Where the tensors begin, from one part's result to the next, and from one output of a vector to the next.
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
