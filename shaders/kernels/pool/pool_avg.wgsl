// y[plane, window] = the mean of that window of x's plane. One thread a window, in row-major order of the planes and their windows.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    // What means divide by, if it is not the number of taps.
    @size(16) divisor: T,
    // Windows of all planes, and where the tensors begin.
    count: u32,
    x: u32,
    y: u32,
    // 1 if taps on padding count.
    padding: u32,
    // The launch's number, for faults.
    launch: u32,
    @size(12) rank: u32,
    windows: Pooling,
    // Distances within a plane.
    x_space: vec4<u32>,
    y_space: vec4<u32>,
    planes: array<vec4<u32>, 2>,
    x_planes: array<vec4<u32>, 2>,
    y_planes: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn f(sum: T, n: T) -> T { return T(op_div(sum, n)); }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let i = workgroup_number(group, groups) * WIDTH + lane;
    if (i >= p.count) {
        return;
    }
    let each = p.windows.pooled.x * p.windows.pooled.y * p.windows.pooled.z;
    let plane = i / each;
    let window = place_in(i - plane * each, p.windows.pooled);
    let deep = span_of(window.x, 0u, p.windows);
    let high = span_of(window.y, 1u, p.windows);
    let wide = span_of(window.z, 2u, p.windows);
    let start = p.x + strided_offset(plane, p.rank, p.planes, p.x_planes);
    var n = p.divisor;
    if (op_eq(n, T(0))) {
        n = of_count(taps_counted(deep, high, wide, p.padding == 1u));
    }
    var sum = window_sum(start, deep, high, wide, unit_of(0));
    let shift = sum_shift(sum);
    if (shift != 0) {
        sum = window_sum(start, deep, high, wide, unit_of(shift));
    }
    let inner = window * p.y_space.xyz;
    let mean = restored(f(sum, n), shift);
    store_y(p.y + strided_offset(plane, p.rank, p.planes, p.y_planes) + inner.x + inner.y + inner.z, mean);
}

// The sum of a window whose plane begins at `start`, its elements times `unit`.
fn window_sum(start: u32, deep: Span, high: Span, wide: Span, unit: T) -> T {
    var sum = T(0);
    for (var a = 0u; a < deep.taps; a += 1u) {
        let d = (deep.first + a * deep.step) * p.x_space.x;
        for (var b = 0u; b < high.taps; b += 1u) {
            let h = (high.first + b * high.step) * p.x_space.y;
            // Row by row: a sum of sums rounds less than one long sum.
            var row = T(0);
            for (var c = 0u; c < wide.taps; c += 1u) {
                row = op_add(row, taken(load_x(start + d + h + (wide.first + c * wide.step) * p.x_space.z), unit));
            }
            sum = op_add(sum, row);
        }
    }
    return sum;
}
