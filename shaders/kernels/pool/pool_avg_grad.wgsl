// y[plane, place] = the sum over all windows with a tap there of x[plane, window] over what that window's mean divides by, windows in their order:
// the gradient of the mean. One thread per place, in row-major order of the planes and their places.
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
    let each = p.windows.space.x * p.windows.space.y * p.windows.space.z;
    let plane = i / each;
    let place = place_in(i - plane * each, p.windows.space);
    let deep = windows_at(place.x, 0u, p.windows);
    let high = windows_at(place.y, 1u, p.windows);
    let wide = windows_at(place.z, 2u, p.windows);
    let start = p.x + strided_offset(plane, p.rank, p.planes, p.x_planes);
    var sum = T(0);
    for (var d = deep.x; d < deep.y; d += 1u) {
        for (var h = high.x; h < high.y; h += 1u) {
            for (var w = wide.x; w < wide.y; w += 1u) {
                if (has_tap(d, place.x, 0u, p.windows) && has_tap(h, place.y, 1u, p.windows) && has_tap(w, place.z, 2u, p.windows)) {
                    var n = p.number;
                    if (op_eq(n, T(0))) {
                        let spans = array<Span, 3>(span_of(d, 0u, p.windows), span_of(h, 1u, p.windows), span_of(w, 2u, p.windows));
                        n = of_count(taps_counted(spans[0], spans[1], spans[2], p.padding == 1u));
                    }
                    sum = op_add(sum, f(load_x(start + d * p.x_space.x + h * p.x_space.y + w * p.x_space.z), n));
                }
            }
        }
    }
    let inner = place * p.y_space.xyz;
    store_y(p.y + strided_offset(plane, p.rank, p.planes, p.y_planes) + inner.x + inner.y + inner.z, sum);
}
