// y[i] = number, for any layout, one element per thread.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    number: T,
    // Number of elements, and offsets of the tensors.
    count: u32,
    y: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn store_y(i: u32, v: T) { y[i] = v; }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i < p.count) {
        store_y(p.y + strided_offset(i, p.rank, p.shape, p.y_strides), p.number);
    }
}
