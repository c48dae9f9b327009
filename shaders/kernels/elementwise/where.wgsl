// y[i] = a[i] where c[i], else b[i]; for any layouts, one element per thread, in row-major order of the result.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    // Number of elements, and offsets of the tensors.
    count: u32,
    c: u32,
    a: u32,
    b: u32,
    y: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    c_strides: array<vec4<u32>, 2>,
    a_strides: array<vec4<u32>, 2>,
    b_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> c: array<u32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_a(i: u32) -> T { return T(a[i]); }
fn load_b(i: u32) -> T { return T(b[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i < p.count) {
        let at_c = p.c + strided_offset(i, p.rank, p.shape, p.c_strides);
        var v: T;
        if (byte_of(c[at_c >> 2u], at_c) != 0u) {
            v = load_a(p.a + strided_offset(i, p.rank, p.shape, p.a_strides));
        } else {
            v = load_b(p.b + strided_offset(i, p.rank, p.shape, p.b_strides));
        }
        store_y(p.y + strided_offset(i, p.rank, p.shape, p.y_strides), v);
    }
}
