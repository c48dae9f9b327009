// y[r, i] = (x[r, i] - mean[r]) scale[r] w[i] + b[i] with scale = 1 / sqrt(variance + eps), over dense rows in vectors of four, in which
// everything is counted. Means are rounded, so each is two numbers: mean[r, 0], and mean[r, 1], what that was rounded by. A workgroup takes
// `rows_per_group` rows with `threads_per_row` threads each. A thread holds its first vectors in registers, so that a row of no more than
// HELD `threads_per_row` vectors is read once.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    eps: T,
    rows: u32,
    // Vectors of a row.
    length: u32,
    // Rows of a workgroup, and threads for each: powers of two whose product is WIDTH.
    rows_per_group: u32,
    threads_per_row: u32,
    // Where the tensors begin: the statistics in elements.
    x: u32,
    w: u32,
    b: u32,
    y: u32,
    mean: u32,
    scale: u32,
    // Whether there are a weight and a bias.
    weighted: u32,
    biased: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> mean: array<f32>;
@group(0) @binding(5) var<storage, read_write> scale: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load4_x(i: u32) -> vec4<T> { return vec4<T>(x[i]); }
fn load4_w(i: u32) -> vec4<T> { return vec4<T>(w[i]); }
fn load4_b(i: u32) -> vec4<T> { return vec4<T>(b[i]); }
fn store4_y(i: u32, v: vec4<T>) { y[i] = vec4<f32>(v); }
fn store_mean(i: u32, v: T) { mean[i] = v; }
fn store_scale(i: u32, v: T) { scale[i] = v; }

const HELD: u32 = 4u;

fn sum_of(v: vec4<T>) -> T {
    return (v.x + v.y) + (v.z + v.w);
}

fn weighted(v: vec4<T>, i: u32) -> vec4<T> {
    var r = v;
    if (p.weighted == 1u) {
        r *= load4_w(p.w + i);
    }
    if (p.biased == 1u) {
        r += load4_b(p.b + i);
    }
    return r;
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let slot = thread / p.threads_per_row;
    let in_row = thread % p.threads_per_row;
    let row = workgroup_number(group, groups) * p.rows_per_group + slot;
    let length = select(0u, p.length, row < p.rows);
    let base = p.x + row * p.length;
    let beyond = in_row + HELD * p.threads_per_row;

    var held: array<vec4<T>, HELD>;
    var shift = 0;
    var unit = T(1);
    var middle = T(0);
    var rest = T(0);
    var factor = T(0);
    for (var round = 0u; round < 2u; round++) {
        unit = power_of_two(shift);
        var sum = T(0);
        for (var k = 0u; k < HELD; k++) {
            let i = in_row + k * p.threads_per_row;
            if (i < length) {
                held[k] = load4_x(base + i) * unit;
                sum += sum_of(held[k]);
            }
        }
        for (var i = beyond; i < length; i += p.threads_per_row) {
            sum += sum_of(load4_x(base + i) * unit);
        }
        let near = mean_of(sum_whole_row(sum, slot, in_row, p.rows_per_group, p.threads_per_row), 4u * p.length);

        // By how much the first sum and the mean were rounded.
        sum = T(0);
        for (var k = 0u; k < HELD; k++) {
            if (in_row + k * p.threads_per_row < length) {
                sum += sum_of(held[k] - near);
            }
        }
        for (var i = beyond; i < length; i += p.threads_per_row) {
            sum += sum_of(load4_x(base + i) * unit - near);
        }
        let off = mean_of(sum_whole_row(sum, slot, in_row, p.rows_per_group, p.threads_per_row), 4u * p.length);
        middle = as_rounded(near + off);
        rest = as_rounded(near - middle) + off;

        // The variance from the differences: nothing cancels.
        sum = T(0);
        for (var k = 0u; k < HELD; k++) {
            if (in_row + k * p.threads_per_row < length) {
                held[k] = (held[k] - middle) - rest;
                sum += sum_of(held[k] * held[k]);
            }
        }
        for (var i = beyond; i < length; i += p.threads_per_row) {
            let d = (load4_x(base + i) * unit - middle) - rest;
            sum += sum_of(d * d);
        }
        let variance = mean_of(sum_whole_row(sum, slot, in_row, p.rows_per_group, p.threads_per_row), 4u * p.length);
        factor = op_rsqrt(variance + p.eps);
        if (shift != 0) {
            // Equal elements leave eps alone, which would vanish times a square.
            factor = T(1) / op_hypot(exact_root(variance), exact_root(max(p.eps, T(0))) * unit);
        }
        if (round == 1u) {
            break;
        }
        // A row whose squares have left the range is taken again, times a power of two.
        shift = select(SQUARES_DOWN, 0, op_isfinite(near) && op_isfinite(variance));
        if (!any_thread(thread, length > 0u && shift != 0)) {
            break;
        }
    }

    for (var k = 0u; k < HELD; k++) {
        let i = in_row + k * p.threads_per_row;
        if (i < length) {
            store4_y(p.y + row * p.length + i, weighted(held[k] * factor, i));
        }
    }
    for (var i = beyond; i < length; i += p.threads_per_row) {
        store4_y(p.y + row * p.length + i, weighted(((load4_x(base + i) * unit - middle) - rest) * factor, i));
    }
    if (in_row == 0u && row < p.rows) {
        store_mean(p.mean + 2u * row, restored(middle, shift));
        store_mean(p.mean + 2u * row + 1u, restored(rest, shift));
        store_scale(p.scale + row, restored(factor, -shift));
    }
}
