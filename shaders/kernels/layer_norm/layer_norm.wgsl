// y[r, i] = (x[r, i] - mean[r]) scale[r] w[i] + b[i] with scale = 1 / sqrt(variance + eps), for dense rows in vectors of four; sizes and offsets
// are in vectors. A mean consists of two numbers: mean[r, 0], rounded, and mean[r, 1], its rounding error. A workgroup processes
// `rows_per_group` rows with `threads_per_row` threads each. A thread keeps its first HELD vectors in registers, so that a row of at most
// HELD `threads_per_row` vectors is read once.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    eps: T,
    rows: u32,
    // Vectors per row.
    length: u32,
    // Rows per workgroup, and threads per row: powers of two whose product is WIDTH.
    rows_per_group: u32,
    threads_per_row: u32,
    // Offsets of the tensors, those of the statistics in elements.
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
    var row_scale = T(1);
    var mean_high = T(0);
    var mean_low = T(0);
    var factor = T(0);
    for (var round = 0u; round < 2u; round++) {
        row_scale = power_of_two(shift);
        var sum = T(0);
        for (var k = 0u; k < HELD; k++) {
            let i = in_row + k * p.threads_per_row;
            if (i < length) {
                held[k] = load4_x(base + i) * row_scale;
                sum += sum_of(held[k]);
            }
        }
        for (var i = beyond; i < length; i += p.threads_per_row) {
            sum += sum_of(load4_x(base + i) * row_scale);
        }
        let rounded_mean = mean_of(sum_whole_row(sum, slot, in_row, p.rows_per_group, p.threads_per_row), 4u * p.length);

        // The mean of the differences corrects the rounding errors of the sum and of the mean.
        sum = T(0);
        for (var k = 0u; k < HELD; k++) {
            if (in_row + k * p.threads_per_row < length) {
                sum += sum_of(held[k] - rounded_mean);
            }
        }
        for (var i = beyond; i < length; i += p.threads_per_row) {
            sum += sum_of(load4_x(base + i) * row_scale - rounded_mean);
        }
        let correction = mean_of(sum_whole_row(sum, slot, in_row, p.rows_per_group, p.threads_per_row), 4u * p.length);
        mean_high = as_rounded(rounded_mean + correction);
        mean_low = as_rounded(rounded_mean - mean_high) + correction;

        // The variance is computed from the differences, which avoids cancellation.
        sum = T(0);
        for (var k = 0u; k < HELD; k++) {
            if (in_row + k * p.threads_per_row < length) {
                held[k] = (held[k] - mean_high) - mean_low;
                sum += sum_of(held[k] * held[k]);
            }
        }
        for (var i = beyond; i < length; i += p.threads_per_row) {
            let d = (load4_x(base + i) * row_scale - mean_high) - mean_low;
            sum += sum_of(d * d);
        }
        let variance = mean_of(sum_whole_row(sum, slot, in_row, p.rows_per_group, p.threads_per_row), 4u * p.length);
        factor = op_rsqrt(variance + p.eps);
        if (shift != 0) {
            // If all elements are equal, eps is the only term, and its product with the square of the scale would underflow.
            factor = T(1) / op_hypot(exact_root(variance), exact_root(max(p.eps, T(0))) * row_scale);
        }
        if (round == 1u) {
            break;
        }
        // A row whose squares overflow is repeated, scaled by a power of two.
        shift = select(SQUARES_DOWN, 0, op_isfinite(rounded_mean) && op_isfinite(variance));
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
        store4_y(p.y + row * p.length + i, weighted(((load4_x(base + i) * row_scale - mean_high) - mean_low) * factor, i));
    }
    if (in_row == 0u && row < p.rows) {
        store_mean(p.mean + 2u * row, undo_shift(mean_high, shift));
        store_mean(p.mean + 2u * row + 1u, undo_shift(mean_low, shift));
        store_scale(p.scale + row, undo_shift(factor, -shift));
    }
}
