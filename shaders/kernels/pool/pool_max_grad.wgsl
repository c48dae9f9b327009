// The gradient of maximum pooling: y[plane, position] = the sum of x[plane, window] over all windows whose largest element has that position,
// at[plane, window], in the order of the windows. One thread per element of y, in row-major order.
alias T = f32;
alias Index = i32;

override WIDTH: u32 = 256;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> at: array<Index>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Pooling;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i >= p.count) {
        return;
    }
    let elements_per_plane = p.windows.space.x * p.windows.space.y * p.windows.space.z;
    let plane = i / elements_per_plane;
    let position = i - plane * elements_per_plane;
    let point = coordinates_of(position, p.windows.space);
    let depth = windows_at(point.x, 0u, p.windows);
    let height = windows_at(point.y, 1u, p.windows);
    let width = windows_at(point.z, 2u, p.windows);
    let start = p.x + strided_offset(plane, p.rank, p.planes, p.x_planes);
    let at_start = p.at + strided_offset(plane, p.rank, p.planes, p.at_planes);
    var sum = T(0);
    for (var d = depth.x; d < depth.y; d += 1u) {
        for (var h = height.x; h < height.y; h += 1u) {
            for (var w = width.x; w < width.y; w += 1u) {
                let largest = index_of_word(at[at_start + d * p.at_space.x + h * p.at_space.y + w * p.at_space.z]);
                if (u32(largest) == position) {
                    sum = op_add(sum, load_x(start + d * p.x_space.x + h * p.x_space.y + w * p.x_space.z));
                }
            }
        }
    }
    let inner = point * p.y_space.xyz;
    store_y(p.y + strided_offset(plane, p.rank, p.planes, p.y_planes) + inner.x + inner.y + inner.z, sum);
}
