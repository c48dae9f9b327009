// The gradient of layer_norm.wgsl for x: dx = (g w - level - z slope) scale with z = (x - mean) scale, where level and slope are the means of
// g w and g w z over a row. For dense rows in vectors of four; sizes, offsets and threads are as in that kernel.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    rows: u32,
    // Vectors per row.
    length: u32,
    // Rows per workgroup, and threads per row: powers of two whose product is WIDTH.
    rows_per_group: u32,
    threads_per_row: u32,
    // Offsets of the tensors, those of the statistics in elements.
    g: u32,
    x: u32,
    mean: u32,
    scale: u32,
    w: u32,
    dx: u32,
    // Whether there is a weight.
    weighted: u32,
}

@group(0) @binding(0) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> p: Params;

fn load4_g(i: u32) -> vec4<T> { return vec4<T>(g[i]); }
fn load4_x(i: u32) -> vec4<T> { return vec4<T>(x[i]); }
fn load_mean(i: u32) -> T { return T(mean[i]); }
fn load_scale(i: u32) -> T { return T(scale[i]); }
fn load4_w(i: u32) -> vec4<T> { return vec4<T>(w[i]); }
fn store4_dx(i: u32, v: vec4<T>) { dx[i] = vec4<f32>(v); }

// Threads combine two sums.
alias Part = vec2<T>;

fn combine(a: Part, b: Part) -> Part {
    return a + b;
}

const HELD: u32 = 2u;

fn sum_of(v: vec4<T>) -> T {
    return (v.x + v.y) + (v.z + v.w);
}

// The gradient at vector i of a row, times the weight.
fn weighted(row: u32, i: u32) -> vec4<T> {
    let v = load4_g(p.g + row * p.length + i);
    if (p.weighted == 1u) {
        return v * load4_w(p.w + i);
    }
    return v;
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let slot = thread / p.threads_per_row;
    let in_row = thread % p.threads_per_row;
    let row = workgroup_number(group, groups) * p.rows_per_group + slot;
    let length = select(0u, p.length, row < p.rows);
    let beyond = in_row + HELD * p.threads_per_row;
    let base = p.x + row * p.length;
    var mean_high = T(0);
    var mean_low = T(0);
    var factor = T(0);
    if (row < p.rows) {
        mean_high = load_mean(p.mean + 2u * row);
        mean_low = load_mean(p.mean + 2u * row + 1u);
        factor = load_scale(p.scale + row);
    }

    var held_g: array<vec4<T>, HELD>;
    var held_z: array<vec4<T>, HELD>;
    var level = T(0);
    var slope = T(0);
    for (var k = 0u; k < HELD; k++) {
        let i = in_row + k * p.threads_per_row;
        if (i < length) {
            held_g[k] = weighted(row, i);
            held_z[k] = ((load4_x(base + i) - mean_high) - mean_low) * factor;
            level += sum_of(held_g[k]);
            slope += sum_of(held_g[k] * held_z[k]);
        }
    }
    for (var i = beyond; i < length; i += p.threads_per_row) {
        let v = weighted(row, i);
        level += sum_of(v);
        slope += sum_of(v * (((load4_x(base + i) - mean_high) - mean_low) * factor));
    }
    let sums = reduce_whole_row(vec2<T>(level, slope), slot, in_row, p.rows_per_group, p.threads_per_row);
    level = mean_of(sums.x, 4u * p.length);
    slope = mean_of(sums.y, 4u * p.length);

    for (var k = 0u; k < HELD; k++) {
        let i = in_row + k * p.threads_per_row;
        if (i < length) {
            store4_dx(p.dx + row * p.length + i, (held_g[k] - level - held_z[k] * slope) * factor);
        }
    }
    for (var i = beyond; i < length; i += p.threads_per_row) {
        let z = ((load4_x(base + i) - mean_high) - mean_low) * factor;
        store4_dx(p.dx + row * p.length + i, (weighted(row, i) - level - z * slope) * factor);
    }
}
