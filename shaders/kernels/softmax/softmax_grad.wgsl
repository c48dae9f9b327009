// The gradient of softmax along lines of any layout: y[i] (g[i] - sum of g[j] y[j]); or of its logarithm: g[i] - e^y[i] sum of g[j].
// A workgroup takes `lines` lines with `lanes` threads each. A thread holds its first elements in registers, as in softmax.wgsl.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    count: u32,
    // Elements of a line.
    length: u32,
    // Their product is WIDTH, and both are powers of two.
    lines: u32,
    lanes: u32,
    // 1 if neighbouring threads take neighbouring lines, 0 if they take neighbouring elements.
    columns: u32,
    // Where the tensors begin, and from one element of a line to the next.
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

fn load_g(i: u32) -> T { return T(g[i]); }
fn load_y(i: u32) -> T { return T(y[i]); }
fn store_dx(i: u32, v: T) { dx[i] = v; }

var<workgroup> sums: array<T, WIDTH>;

const HELD: u32 = 4u;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let across = p.columns == 1u;
    let slot = select(thread / p.lanes, thread % p.lines, across);
    let lane = select(thread % p.lanes, thread / p.lines, across);
    let line = workgroup_number(group, groups) * p.lines + slot;
    let place = lane * p.lines + slot;
    let length = select(0u, p.length, line < p.count);
    let g_from = p.g + strided_offset(line, p.rank, p.shape, p.g_strides);
    let y_from = p.y + strided_offset(line, p.rank, p.shape, p.y_strides);
    let beyond = lane + HELD * p.lanes;

    var held_g: array<T, HELD>;
    var held_y: array<T, HELD>;
    var sum = T(0);
    for (var k = 0u; k < HELD; k++) {
        let i = lane + k * p.lanes;
        if (i < length) {
            held_g[k] = load_g(g_from + i * p.g_step);
            held_y[k] = load_y(y_from + i * p.y_step);
            sum += softmax_term(held_g[k], held_y[k]);
        }
    }
    for (var i = beyond; i < length; i += p.lanes) {
        sum += softmax_term(load_g(g_from + i * p.g_step), load_y(y_from + i * p.y_step));
    }
    sums[place] = sum;
    for (var step = p.lanes / 2u; step > 0u; step >>= 1u) {
        workgroupBarrier();
        if (lane < step) {
            sums[place] += sums[place + step * p.lines];
        }
    }
    workgroupBarrier();
    sum = sums[slot];

    let to = p.dx + strided_offset(line, p.rank, p.shape, p.dx_strides);
    for (var k = 0u; k < HELD; k++) {
        let i = lane + k * p.lanes;
        if (i < length) {
            store_dx(to + i * p.dx_step, softmax_slope(held_g[k], held_y[k], sum));
        }
    }
    for (var i = beyond; i < length; i += p.lanes) {
        let g = load_g(g_from + i * p.g_step);
        let y = load_y(y_from + i * p.y_step);
        store_dx(to + i * p.dx_step, softmax_slope(g, y, sum));
    }
}
