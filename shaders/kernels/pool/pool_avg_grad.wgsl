// The gradient of average pooling: y[plane, position] = the sum of x[plane, window] / divisor(window) over all windows that cover the position,
// in the order of the windows. One thread per element of y, in row-major order.
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
    let elements_per_plane = p.windows.space.x * p.windows.space.y * p.windows.space.z;
    let plane = i / elements_per_plane;
    let point = coordinates_of(i - plane * elements_per_plane, p.windows.space);
    let depth = windows_at(point.x, 0u, p.windows);
    let height = windows_at(point.y, 1u, p.windows);
    let width = windows_at(point.z, 2u, p.windows);
    let start = p.x + strided_offset(plane, p.rank, p.planes, p.x_planes);
    var sum = T(0);
    for (var d = depth.x; d < depth.y; d += 1u) {
        for (var h = height.x; h < height.y; h += 1u) {
            for (var w = width.x; w < width.y; w += 1u) {
                if (covers(d, point.x, 0u, p.windows) && covers(h, point.y, 1u, p.windows) && covers(w, point.z, 2u, p.windows)) {
                    var n = p.number;
                    if (op_eq(n, T(0))) {
                        let spans = array<Span, 3>(span_of(d, 0u, p.windows), span_of(h, 1u, p.windows), span_of(w, 2u, p.windows));
                        n = of_count(mean_divisor(spans[0], spans[1], spans[2], p.padding == 1u));
                    }
                    sum = op_add(sum, f(load_x(start + d * p.x_space.x + h * p.x_space.y + w * p.x_space.z), n));
                }
            }
        }
    }
    let inner = point * p.y_space.xyz;
    store_y(p.y + strided_offset(plane, p.rank, p.planes, p.y_planes) + inner.x + inner.y + inner.z, sum);
}
