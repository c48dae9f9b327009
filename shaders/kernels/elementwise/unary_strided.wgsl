// y[i] = f(x[i]) for any layout, one element per thread, in row-major order of the result.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    // The launch's number, for faults.
    launch: u32,
    // The second operand of functions of a tensor and a number.
    number: T,
    // Number of elements, and offsets of the tensors.
    count: u32,
    x: u32,
    y: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    x_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn f(x: T) -> T { return T(op_neg(x)); }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i < p.count) {
        let x = load_x(p.x + strided_offset(i, p.rank, p.shape, p.x_strides));
        store_y(p.y + strided_offset(i, p.rank, p.shape, p.y_strides), f(x));
    }
}
