// Checks that every element of x meets a requirement, and raises a fault if not. One thread per element, in row-major order, for any layout.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    // The launch's number, for faults.
    launch: u32,
    // Number of elements, and offsets of the tensors.
    count: u32,
    x: u32,
    // A bound that requirements may refer to.
    most: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    x_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i >= p.count) {
        return;
    }
    let v = load_x(p.x + strided_offset(i, p.rank, p.shape, p.x_strides));
    // For the first element, the element before and the bound are 0.
    var before = T(0);
    var bound = 0u;
    if (i > 0u) {
        before = load_x(p.x + strided_offset(i - 1u, p.rank, p.shape, p.x_strides));
        bound = p.most;
    }
    if (!is_probability(v, before, bound)) {
        raise(p.launch, i, p.most);
    }
}
