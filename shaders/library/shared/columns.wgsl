// Parameters for writing a tensor by index. A column is the set of elements whose coordinates differ only along the indexed dimension.

struct Columns {
    // The launch's number, for faults.
    launch: u32,
    // Number of threads.
    count: u32,
    // Indices per column, and number of columns.
    n: u32,
    columns: u32,
    // Size of the indexed dimension of the table, and the window of it that is bound. Indices outside the window are skipped.
    size: u32,
    low: u32,
    window: u32,
    // Indices per thread.
    chunk: u32,
    // Offsets, and strides along a column, of four tensors: index, helper (the order or the claims), source and table.
    start: vec4<u32>,
    along: vec4<u32>,
    // The sizes of the other dimensions, in which columns are numbered.
    rank: u32,
    shape: array<vec4<u32>, 2>,
    // Strides of the same four tensors, per dimension.
    strides: array<vec4<u32>, 8>,
}

// Offsets of a column in the index, helper, source and table.
fn column_starts(column: u32, rank: u32, start: vec4<u32>, shape: array<vec4<u32>, 2>, strides: array<vec4<u32>, 8>) -> vec4<u32> {
    var rest = column;
    var at = start;
    for (var d = rank; d > 0u; d -= 1u) {
        let k = d - 1u;
        let size = shape[k >> 2u][k & 3u];
        let quotient = rest / size;
        at += (rest - quotient * size) * strides[k];
        rest = quotient;
    }
    return at;
}
