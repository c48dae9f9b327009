// y[plane, window] = the largest element of that window of x, NaN if the window has one. `at` is its position in the plane, in row-major
// order: the first position of equal elements. One thread per window, in row-major order of planes and windows.
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
    let windows_per_plane = p.windows.pooled.x * p.windows.pooled.y * p.windows.pooled.z;
    let plane = i / windows_per_plane;
    let window = coordinates_of(i - plane * windows_per_plane, p.windows.pooled);
    let depth = span_of(window.x, 0u, p.windows);
    let height = span_of(window.y, 1u, p.windows);
    let width = span_of(window.z, 2u, p.windows);
    let start = p.x + strided_offset(plane, p.rank, p.planes, p.x_planes);
    let size = p.windows.space;
    var best = p.number;
    var position = (depth.first * size.y + height.first) * size.z + width.first;
    for (var a = 0u; a < depth.count; a += 1u) {
        let d = depth.first + a * depth.step;
        for (var b = 0u; b < height.count; b += 1u) {
            let h = height.first + b * height.step;
            for (var c = 0u; c < width.count; c += 1u) {
                let w = width.first + c * width.step;
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
