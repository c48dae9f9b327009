// A tensor written by index, cut into columns: a column is all places that differ along the indexed dimension only.

struct Columns {
    // The launch's number, for faults.
    launch: u32,
    // Threads.
    count: u32,
    // Indices in a column, and columns.
    n: u32,
    columns: u32,
    // The indexed dimension's size in the table, and the window of it that is bound; what belongs elsewhere is left out.
    size: u32,
    low: u32,
    window: u32,
    // Indices that a thread combines.
    chunk: u32,
    // Where they begin, and the distance along a column: of index, helper (an order, or claims), source and table.
    start: vec4<u32>,
    along: vec4<u32>,
    // Of a column's place.
    rank: u32,
    shape: array<vec4<u32>, 2>,
    // Of the same four, for each dimension.
    strides: array<vec4<u32>, 8>,
}

// Where index, helper, source and table of a column begin.
fn column_starts(column: u32, rank: u32, start: vec4<u32>, shape: array<vec4<u32>, 2>, strides: array<vec4<u32>, 8>) -> vec4<u32> {
    var rest = column;
    var at = start;
    for (var d = rank; d > 0u; d -= 1u) {
        let k = d - 1u;
        let size = shape[k >> 2u][k & 3u];
        let above = rest / size;
        at += (rest - above * size) * strides[k];
        rest = above;
    }
    return at;
}
