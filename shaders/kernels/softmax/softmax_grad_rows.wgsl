// The gradient of softmax, y[i] (g[i] - sum of g[j] y[j]), or of its logarithm, g[i] - e^y[i] sum of g[j], along dense lines in vectors
// of four, in which everything is counted. Otherwise as softmax_grad.wgsl.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    count: u32,
    // Vectors of a line.
    length: u32,
    // Their product is WIDTH, and both are powers of two.
    lines: u32,
    lanes: u32,
    // Where the tensors begin.
    g: u32,
    y: u32,
    dx: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    g_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
    dx_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> p: Params;

fn load4_g(i: u32) -> vec4<T> { return vec4<T>(g[i]); }
fn load4_y(i: u32) -> vec4<T> { return vec4<T>(y[i]); }
fn store4_dx(i: u32, v: vec4<T>) { dx[i] = vec4<f32>(v); }

var<workgroup> sums: array<T, WIDTH>;

const HELD: u32 = 2u;

fn terms(g: vec4<T>, y: vec4<T>) -> T {
    return (softmax_term(g.x, y.x) + softmax_term(g.y, y.y)) + (softmax_term(g.z, y.z) + softmax_term(g.w, y.w));
}

fn slopes(g: vec4<T>, y: vec4<T>, sum: T) -> vec4<T> {
    return vec4<T>(softmax_slope(g.x, y.x, sum), softmax_slope(g.y, y.y, sum), softmax_slope(g.z, y.z, sum), softmax_slope(g.w, y.w, sum));
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let slot = thread / p.lanes;
    let lane = thread % p.lanes;
    let line = workgroup_number(group, groups) * p.lines + slot;
    let place = lane * p.lines + slot;
    let length = select(0u, p.length, line < p.count);
    let g_from = p.g + strided_offset(line, p.rank, p.shape, p.g_strides);
    let y_from = p.y + strided_offset(line, p.rank, p.shape, p.y_strides);
    let beyond = lane + HELD * p.lanes;

    var held_g: array<vec4<T>, HELD>;
    var held_y: array<vec4<T>, HELD>;
    var sum = T(0);
    for (var k = 0u; k < HELD; k++) {
        let i = lane + k * p.lanes;
        if (i < length) {
            held_g[k] = load4_g(g_from + i);
            held_y[k] = load4_y(y_from + i);
            sum += terms(held_g[k], held_y[k]);
        }
    }
    for (var i = beyond; i < length; i += p.lanes) {
        sum += terms(load4_g(g_from + i), load4_y(y_from + i));
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
            store4_dx(to + i, slopes(held_g[k], held_y[k], sum));
        }
    }
    for (var i = beyond; i < length; i += p.lanes) {
        let g = load4_g(g_from + i);
        let y = load4_y(y_from + i);
        store4_dx(to + i, slopes(g, y, sum));
    }
}
