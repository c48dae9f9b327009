// y[i] = f(a[i], b[i]) for dense memory, four elements per thread. The last vector may extend beyond the tensors into padding.
alias T = f32;
alias Four = vec4<T>;

override WIDTH: u32 = 256;

struct Params {
    // The launch's number, for faults.
    launch: u32,
    // Number of vectors of four, and offsets of the tensors in vectors.
    count: u32,
    a: u32,
    b: u32,
    y: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> p: Params;

fn load4_a(i: u32) -> Four { return Four(a[i]); }
fn load4_b(i: u32) -> Four { return Four(b[i]); }
fn store4_y(i: u32, v: Four) { y[i] = vec4<f32>(v); }
fn f(x: T, y: T) -> T { return T(op_add(x, y)); }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i < p.count) {
        let l = load4_a(p.a + i);
        let r = load4_b(p.b + i);
        store4_y(p.y + i, Four(f(l[0], r[0]), f(l[1], r[1]), f(l[2], r[2]), f(l[3], r[3])));
    }
}
