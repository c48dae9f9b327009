// y[i] = e^(x[i] - max) / sum of e^(x[j] - max), or its logarithm, along lines of any layout.
// A workgroup takes `lines` lines with `lanes` threads each. A thread holds its first elements in registers, so that a line of no more
// than 8 `lanes` elements is read once; what a longer line has beyond that is read again by each of the three passes.
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
    x: u32,
    y: u32,
    x_step: u32,
    y_step: u32,
    @size(12) rank: u32,
    shape: array<vec4<u32>, 2>,
    x_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }

var<workgroup> shared_values: array<T, WIDTH>;

const HELD: u32 = 8u;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let across = p.columns == 1u;
    let slot = select(thread / p.lanes, thread % p.lines, across);
    let lane = select(thread % p.lanes, thread / p.lines, across);
    let line = workgroup_number(group, groups) * p.lines + slot;
    let place = lane * p.lines + slot;
    let inside = line < p.count;
    let length = select(0u, p.length, inside);
    let base = p.x + strided_offset(line, p.rank, p.shape, p.x_strides);
    let beyond = lane + HELD * p.lanes;

    // Elements that are not there count for nothing.
    var held: array<T, HELD>;
    var most = lowest();
    for (var k = 0u; k < HELD; k++) {
        let i = lane + k * p.lanes;
        held[k] = lowest();
        if (i < length) {
            held[k] = load_x(base + i * p.x_step);
        }
        most = op_maximum(most, held[k]);
    }
    for (var i = beyond; i < length; i += p.lanes) {
        most = op_maximum(most, load_x(base + i * p.x_step));
    }
    shared_values[place] = most;
    for (var step = p.lanes / 2u; step > 0u; step >>= 1u) {
        workgroupBarrier();
        if (lane < step) {
            shared_values[place] = op_maximum(shared_values[place], shared_values[place + step * p.lines]);
        }
    }
    workgroupBarrier();
    most = shared_values[slot];
    workgroupBarrier();

    // In a line of -infinity alone this is 0.
    var sum = T(0);
    for (var k = 0u; k < HELD; k++) {
        if (lane + k * p.lanes < length) {
            sum += op_exp(held[k] - most);
        }
    }
    for (var i = beyond; i < length; i += p.lanes) {
        sum += op_exp(load_x(base + i * p.x_step) - most);
    }
    shared_values[place] = sum;
    for (var step = p.lanes / 2u; step > 0u; step >>= 1u) {
        workgroupBarrier();
        if (lane < step) {
            shared_values[place] += shared_values[place + step * p.lines];
        }
    }
    workgroupBarrier();
    let scale = softmax_scale(shared_values[slot]);

    let to = p.y + strided_offset(line, p.rank, p.shape, p.y_strides);
    for (var k = 0u; k < HELD; k++) {
        let i = lane + k * p.lanes;
        if (i < length) {
            store_y(to + i * p.y_step, softmax_of(held[k] - most, scale));
        }
    }
    for (var i = beyond; i < length; i += p.lanes) {
        store_y(to + i * p.y_step, softmax_of(load_x(base + i * p.x_step) - most, scale));
    }
}
