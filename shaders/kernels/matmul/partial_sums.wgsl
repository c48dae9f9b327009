// y[i] = the sum of parts[j, i] over j, in the order of j: the partial results of a split-K product. One element per thread, in row-major
// order of the result, which may have any layout; the parts are dense.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    // Number of elements, and of parts of that many elements.
    count: u32,
    parts: u32,
    y: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i < p.count) {
        var sum = load_x(i);
        for (var part = 1u; part < p.parts; part += 1u) {
            sum = op_add(sum, load_x(part * p.count + i));
        }
        store_y(p.y + strided_offset(i, p.rank, p.shape, p.y_strides), sum);
    }
}
