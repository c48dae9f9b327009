// y[plane, window] = the mean of that window of x. One thread per window, in row-major order of planes and windows.
alias T = f32;

override WIDTH: u32 = 256;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Pooling;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn f(sum: T, n: T) -> T { return T(op_div(sum, n)); }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i >= p.count) {
        return;
    }
    let windows_per_plane = p.windows.pooled.x * p.windows.pooled.y * p.windows.pooled.z;
    let plane = i / windows_per_plane;
    let window = coordinates_of(i - plane * windows_per_plane, p.windows.pooled);
    let depth = span_of(window.x, 0u, p.windows);
    let height = span_of(window.y, 1u, p.windows);
    let width = span_of(window.z, 2u, p.windows);
    let start = p.x + strided_offset(plane, p.rank, p.planes, p.x_planes);
    var n = p.number;
    if (op_eq(n, T(0))) {
        n = of_count(mean_divisor(depth, height, width, p.padding == 1u));
    }
    var sum = window_sum(start, depth, height, width, term_scale(0));
    let shift = sum_shift(sum);
    if (shift != 0) {
        sum = window_sum(start, depth, height, width, term_scale(shift));
    }
    let inner = window * p.y_space.xyz;
    let mean = undo_shift(f(sum, n), shift);
    store_y(p.y + strided_offset(plane, p.rank, p.planes, p.y_planes) + inner.x + inner.y + inner.z, mean);
}

// The sum of a window's elements, each times `scale`. Its plane begins at `start`.
fn window_sum(start: u32, depth: Span, height: Span, width: Span, scale: T) -> T {
    var sum = T(0);
    for (var a = 0u; a < depth.count; a += 1u) {
        let d = (depth.first + a * depth.step) * p.x_space.x;
        for (var b = 0u; b < height.count; b += 1u) {
            let h = (height.first + b * height.step) * p.x_space.y;
            // Each row has its own sum: a sum of sums rounds less than one long sum.
            var row = T(0);
            for (var c = 0u; c < width.count; c += 1u) {
                row = op_add(row, scaled_term(load_x(start + d + h + (width.first + c * width.step) * p.x_space.z), scale));
            }
            sum = op_add(sum, row);
        }
    }
    return sum;
}
