// y[i] = f(x[i]) for dense memory, four elements per thread. The last vector may extend beyond the tensors into padding.
alias T = f32;
alias Four = vec4<T>;

override WIDTH: u32 = 256;

struct Params {
    // The launch's number, for faults.
    launch: u32,
    // The second operand of functions of a tensor and a number.
    number: T,
    // Number of vectors of four, and offsets of the tensors in vectors.
    count: u32,
    x: u32,
    y: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> p: Params;

fn load4_x(i: u32) -> Four { return Four(x[i]); }
fn store4_y(i: u32, v: Four) { y[i] = vec4<f32>(v); }
fn f(x: T) -> T { return T(op_neg(x)); }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i < p.count) {
        let v = load4_x(p.x + i);
        store4_y(p.y + i, Four(f(v[0]), f(v[1]), f(v[2]), f(v[3])));
    }
}
