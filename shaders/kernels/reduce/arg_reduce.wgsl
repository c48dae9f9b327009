// y[o] = the position of the largest element of row o, or of the first NaN; the first of equal elements. For any layout.
// A workgroup processes one of `parts` parts of `rows_per_group` rows, with `threads_per_row` threads per row; arg_reduce_parts.wgsl then
// selects among the positions of the parts.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    count: u32,
    // Elements per row, elements per part, and parts per row.
    length: u32,
    chunk: u32,
    parts: u32,
    // Rows per workgroup, and threads per row: powers of two whose product is WIDTH.
    rows_per_group: u32,
    threads_per_row: u32,
    // 1 if neighbouring threads process neighbouring rows, 0 if they process neighbouring elements.
    columns: u32,
    // Where the tensors begin, from one element of a row to the next, and from one part's result to the next.
    x: u32,
    y: u32,
    x_step: u32,
    y_part: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    x_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<i32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: i32) { y[i] = v; }

// The value that threads combine.
alias Part = Extreme;

fn combine(a: Part, b: Part) -> Part {
    if (is_preferred(b, a, op_gt(b.value, a.value))) {
        return b;
    }
    return a;
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let part = number % p.parts;
    let across = p.columns == 1u;
    let slot = select(thread / p.threads_per_row, thread % p.rows_per_group, across);
    let in_row = select(thread % p.threads_per_row, thread / p.rows_per_group, across);
    let row = number / p.parts * p.rows_per_group + slot;

    var best = Extreme(T(0), NONE);
    if (row < p.count) {
        let base = p.x + strided_offset(row, p.rank, p.shape, p.x_strides);
        let end = min(p.length, (part + 1u) * p.chunk);
        for (var i = part * p.chunk + in_row; i < end; i += p.threads_per_row) {
            best = combine(best, Extreme(load_x(base + i * p.x_step), i));
        }
    }
    best = reduce_row(best, slot, in_row, p.rows_per_group, p.threads_per_row);
    if (in_row == 0u && row < p.count) {
        store_y(p.y + strided_offset(row, p.rank, p.shape, p.y_strides) + part * p.y_part, i32(best.position));
    }
}
