// y[o] = the best of the positions that arg_reduce.wgsl found in the parts of row o, of which there are at most 256. One workgroup per row.
alias T = f32;

struct Params {
    parts: u32,
    // Offsets of the tensors, and the stride within a row.
    x: u32,
    y: u32,
    x_step: u32,
    rank: u32,
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

const WIDTH: u32 = 256u;

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
    let row = workgroup_number(group, groups);
    let base = p.x + strided_offset(row, p.rank, p.shape, p.x_strides);
    // Threads beyond the last part repeat it.
    let at = u32(found[row * p.parts + min(thread, p.parts - 1u)]);
    let best = reduce_row(Extreme(load_x(base + at * p.x_step), at), 0u, thread, 1u, WIDTH);
    if (thread == 0u) {
        store_y(p.y + strided_offset(row, p.rank, p.shape, p.y_strides), i32(best.position));
    }
}
