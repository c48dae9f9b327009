// y[i] = e^(x[i] - max) / sum of e^(x[j] - max), or its logarithm, along dense lines in vectors of four, in which everything is
// counted. Otherwise as softmax.wgsl: a line of no more than 4 `lanes` vectors is read once.
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
    x: u32,
    y: u32,
    @size(8) rank: u32,
    shape: array<vec4<u32>, 2>,
    x_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> p: Params;

fn load4_x(i: u32) -> vec4<T> { return vec4<T>(x[i]); }
fn store4_y(i: u32, v: vec4<T>) { y[i] = vec4<f32>(v); }

var<workgroup> shared_values: array<T, WIDTH>;

const HELD: u32 = 4u;

fn largest(v: vec4<T>) -> T {
    return op_maximum(op_maximum(v.x, v.y), op_maximum(v.z, v.w));
}

fn powers(v: vec4<T>, most: T) -> T {
    return (op_exp(v.x - most) + op_exp(v.y - most)) + (op_exp(v.z - most) + op_exp(v.w - most));
}

fn result(v: vec4<T>, most: T, scale: T) -> vec4<T> {
    let d = v - most;
    return vec4<T>(softmax_of(d.x, scale), softmax_of(d.y, scale), softmax_of(d.z, scale), softmax_of(d.w, scale));
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let slot = thread / p.lanes;
    let lane = thread % p.lanes;
    let line = workgroup_number(group, groups) * p.lines + slot;
    let place = lane * p.lines + slot;
    let inside = line < p.count;
    let length = select(0u, p.length, inside);
    let base = p.x + strided_offset(line, p.rank, p.shape, p.x_strides);
    let beyond = lane + HELD * p.lanes;

    // Elements that are not there count for nothing.
    var held: array<vec4<T>, HELD>;
    var most = lowest();
    for (var k = 0u; k < HELD; k++) {
        let i = lane + k * p.lanes;
        held[k] = vec4<T>(lowest());
        if (i < length) {
            held[k] = load4_x(base + i);
        }
        most = op_maximum(most, largest(held[k]));
    }
    for (var i = beyond; i < length; i += p.lanes) {
        most = op_maximum(most, largest(load4_x(base + i)));
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
            sum += powers(held[k], most);
        }
    }
    for (var i = beyond; i < length; i += p.lanes) {
        sum += powers(load4_x(base + i), most);
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
            store4_y(to + i, result(held[k], most, scale));
        }
    }
    for (var i = beyond; i < length; i += p.lanes) {
        store4_y(to + i, result(load4_x(base + i), most, scale));
    }
}
