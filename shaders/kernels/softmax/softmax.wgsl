// y[i] = e^(x[i] - max) / sum of e^(x[j] - max), or its logarithm, along rows of any layout.
// A workgroup processes `rows_per_group` rows with `threads_per_row` threads each. A thread keeps its first HELD elements in registers, so that a
// row of at most HELD `threads_per_row` elements is read once; each of the three passes reads the rest of a longer row again. For dense rows,
// elements are vectors of four, and all sizes and offsets are in vectors.
alias T = f32;
// The unit that a thread loads: an element, or a vector of four.
alias Item = T;

override WIDTH: u32 = 256;

struct Params {
    count: u32,
    // Elements per row.
    length: u32,
    // Rows per workgroup, and threads per row: powers of two whose product is WIDTH.
    rows_per_group: u32,
    threads_per_row: u32,
    // 1 if neighbouring threads process neighbouring rows, 0 if they process neighbouring elements.
    columns: u32,
    // Offsets of the tensors, and strides within a row.
    x: u32,
    y: u32,
    x_step: u32,
    y_step: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    x_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> Item { return Item(x[i]); }
fn store_y(i: u32, v: Item) { y[i] = v; }

// Threads combine maxima with `combine`, and sums with `sum_whole_row`.
alias Part = T;

fn combine(a: Part, b: Part) -> Part {
    return op_maximum(a, b);
}

// Number of items that a thread keeps in registers.
const HELD: u32 = REGISTER_SCALARS;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let across = p.columns == 1u;
    let slot = select(thread / p.threads_per_row, thread % p.rows_per_group, across);
    let in_row = select(thread % p.threads_per_row, thread / p.rows_per_group, across);
    let row = workgroup_number(group, groups) * p.rows_per_group + slot;
    let length = select(0u, p.length, row < p.count);
    let base = p.x + strided_offset(row, p.rank, p.shape, p.x_strides);
    let beyond = in_row + HELD * p.threads_per_row;

    // Missing elements are `lowest()`, which does not affect the maximum.
    var held: array<Item, HELD>;
    var maximum = lowest();
    for (var k = 0u; k < HELD; k++) {
        let i = in_row + k * p.threads_per_row;
        held[k] = Item(lowest());
        if (i < length) {
            held[k] = load_x(base + i * p.x_step);
        }
        maximum = op_maximum(maximum, maximum_of(held[k]));
    }
    for (var i = beyond; i < length; i += p.threads_per_row) {
        maximum = op_maximum(maximum, maximum_of(load_x(base + i * p.x_step)));
    }
    maximum = reduce_whole_row(maximum, slot, in_row, p.rows_per_group, p.threads_per_row);

    // The sum is 0 in a row of -infinity only.
    var sum = T(0);
    for (var k = 0u; k < HELD; k++) {
        if (in_row + k * p.threads_per_row < length) {
            sum += op_exp(held[k] - maximum);
        }
    }
    for (var i = beyond; i < length; i += p.threads_per_row) {
        sum += op_exp(load_x(base + i * p.x_step) - maximum);
    }
    let scale = softmax_scale(sum_whole_row(sum, slot, in_row, p.rows_per_group, p.threads_per_row));

    let to = p.y + strided_offset(row, p.rank, p.shape, p.y_strides);
    for (var k = 0u; k < HELD; k++) {
        let i = in_row + k * p.threads_per_row;
        if (i < length) {
            store_y(to + i * p.y_step, softmax_of(held[k] - maximum, scale));
        }
    }
    for (var i = beyond; i < length; i += p.threads_per_row) {
        store_y(to + i * p.y_step, softmax_of(load_x(base + i * p.x_step) - maximum, scale));
    }
}
