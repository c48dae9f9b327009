// The gradient of cross_entropy: dx[r, c] = g[r] (e^(x[r, c] - lse[r]) - [c = target[r]]), or 0 if the target is ignored.
// One element per thread, in row-major order.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    count: u32,
    classes: u32,
    // Offsets of the tensors, and strides of g, x and the target.
    g: u32,
    x: u32,
    labels: u32,
    lse: u32,
    dx: u32,
    g_row: u32,
    x_row: u32,
    x_class: u32,
    label_row: u32,
    ignore: i32,
    // Whether there is a class to ignore.
    has_ignored_class: u32,
}

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<i32>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_g(i: u32) -> T { return T(g[i]); }
fn load_x(i: u32) -> T { return T(x[i]); }
fn load_labels(i: u32) -> i32 { return i32(labels[i]); }
fn load_lse(i: u32) -> T { return T(lse[i]); }
fn store_dx(i: u32, v: T) { dx[i] = v; }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i >= p.count) {
        return;
    }
    let row = i / p.classes;
    let class_index = i - row * p.classes;
    let label = load_labels(p.labels + row * p.label_row);
    var slope = T(0);
    if (p.has_ignored_class == 0u || label != p.ignore) {
        let probability = op_exp(load_x(p.x + row * p.x_row + class_index * p.x_class) - load_lse(p.lse + row));
        slope = load_g(p.g + row * p.g_row) * (probability - T(i32(class_index) == label));
    }
    store_dx(p.dx + i, slope);
}
