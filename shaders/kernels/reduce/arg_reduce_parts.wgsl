// y[o] = the best of the positions that arg_reduce.wgsl found in the parts of line o, at most 256: one workgroup a line.
// The parts come in order, so of equals the first is the one of the first part.
alias T = f32;

struct Params {
    parts: u32,
    // Where the tensors begin, and from one element of a line to the next.
    x: u32,
    y: u32,
    x_step: u32,
    @size(16) rank: u32,
    shape: array<vec4<u32>, 2>,
    x_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> found: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<i32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: i32) { y[i] = v; }

var<workgroup> values: array<T, 256>;
var<workgroup> positions: array<i32, 256>;

// Whether a, which lies before b or is b, is no worse.
fn holds(a: T, b: T) -> bool {
    if (op_isnan(a) || op_isnan(b)) {
        return op_isnan(a);
    }
    return !op_gt(b, a);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let line = workgroup_number(group, groups);
    let base = p.x + strided_offset(line, p.rank, p.shape, p.x_strides);
    // Threads beyond the last part take it again.
    let at = found[line * p.parts + min(thread, p.parts - 1u)];
    positions[thread] = at;
    values[thread] = load_x(base + u32(at) * p.x_step);
    for (var step = 1u; step < 256u; step <<= 1u) {
        workgroupBarrier();
        if (thread % (2u * step) == 0u && !holds(values[thread], values[thread + step])) {
            values[thread] = values[thread + step];
            positions[thread] = positions[thread + step];
        }
    }
    if (thread == 0u) {
        store_y(p.y + strided_offset(line, p.rank, p.shape, p.y_strides), positions[0]);
    }
}
