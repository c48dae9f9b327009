// y[plane, window] = the largest element of that window of x's plane, NaN if any is; the first of equals. `at` is its position in the
// plane, counted in row-major order. One thread per window, in row-major order of the planes and their windows.
alias T = f32;

override WIDTH: u32 = 256;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> at: array<i32>;
@group(1) @binding(0) var<uniform> p: Pooling;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn store_at(i: u32, v: i32) { at[i] = v; }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
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
    let size = p.windows.space;
    var best = p.number;
    var position = (deep.first * size.y + high.first) * size.z + wide.first;
    for (var a = 0u; a < deep.taps; a += 1u) {
        let d = deep.first + a * deep.step;
        for (var b = 0u; b < high.taps; b += 1u) {
            let h = high.first + b * high.step;
            for (var c = 0u; c < wide.taps; c += 1u) {
                let w = wide.first + c * wide.step;
                let v = load_x(start + d * p.x_space.x + h * p.x_space.y + w * p.x_space.z);
                if (op_gt(v, best) || op_isnan(v)) {
                    best = v;
                    position = (d * size.y + h) * size.z + w;
                }
            }
        }
    }
    let inner = window * p.y_space.xyz;
    store_y(p.y + strided_offset(plane, p.rank, p.planes, p.y_planes) + inner.x + inner.y + inner.z, best);
    let position_at = window * p.at_space.xyz;
    store_at(p.at + strided_offset(plane, p.rank, p.planes, p.at_planes) + position_at.x + position_at.y + position_at.z, i32(position));
}
