// The gradient of softmax along rows of any layout: y[i] (g[i] - sum of g[j] y[j]); or of its logarithm: g[i] - e^y[i] sum of g[j].
// Workgroups, threads and registers are used as in softmax.wgsl.
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
    g: u32,
    y: u32,
    dx: u32,
    g_step: u32,
    y_step: u32,
    dx_step: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    g_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
    dx_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_g(i: u32) -> Item { return Item(g[i]); }
fn load_y(i: u32) -> Item { return Item(y[i]); }
fn store_dx(i: u32, v: Item) { dx[i] = v; }

// Number of items of each tensor that a thread keeps in registers.
const HELD: u32 = REGISTER_SCALARS / 2u;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let across = p.columns == 1u;
    let slot = select(thread / p.threads_per_row, thread % p.rows_per_group, across);
    let in_row = select(thread % p.threads_per_row, thread / p.rows_per_group, across);
    let row = workgroup_number(group, groups) * p.rows_per_group + slot;
    let length = select(0u, p.length, row < p.count);
    let g_from = p.g + strided_offset(row, p.rank, p.shape, p.g_strides);
    let y_from = p.y + strided_offset(row, p.rank, p.shape, p.y_strides);
    let beyond = in_row + HELD * p.threads_per_row;

    var held_g: array<Item, HELD>;
    var held_y: array<Item, HELD>;
    var sum = T(0);
    for (var k = 0u; k < HELD; k++) {
        let i = in_row + k * p.threads_per_row;
        if (i < length) {
            held_g[k] = load_g(g_from + i * p.g_step);
            held_y[k] = load_y(y_from + i * p.y_step);
            sum += softmax_sum_term(held_g[k], held_y[k]);
        }
    }
    for (var i = beyond; i < length; i += p.threads_per_row) {
        sum += softmax_sum_term(load_g(g_from + i * p.g_step), load_y(y_from + i * p.y_step));
    }
    sum = sum_whole_row(sum, slot, in_row, p.rows_per_group, p.threads_per_row);

    let to = p.dx + strided_offset(row, p.rank, p.shape, p.dx_strides);
    for (var k = 0u; k < HELD; k++) {
        let i = in_row + k * p.threads_per_row;
        if (i < length) {
            store_dx(to + i * p.dx_step, softmax_gradient(held_g[k], held_y[k], sum));
        }
    }
    for (var i = beyond; i < length; i += p.threads_per_row) {
        let g = load_g(g_from + i * p.g_step);
        let y = load_y(y_from + i * p.y_step);
        store_dx(to + i * p.dx_step, softmax_gradient(g, y, sum));
    }
}
