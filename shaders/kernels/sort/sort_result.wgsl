// y[row, i] = the position of the i-th entry of a sorted row, for any layout. If the entries were sorted before, `order` has their positions.
// One thread per entry.

override WIDTH: u32 = 256;

struct Params {
    // Number of entries in total and per row.
    count: u32,
    length: u32,
    // Whether `order` gives the previous order of the entries.
    ordered: u32,
    y: u32,
    y_step: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> entries: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read> order: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<i32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_order(i: u32) -> i32 { return order[i]; }
fn store_y(i: u32, v: i32) { y[i] = v; }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let index = workgroup_number(group, groups) * WIDTH + thread;
    if (index >= p.count) {
        return;
    }
    let row = index / p.length;
    let i = index - row * p.length;
    var position = i32(entries[index].y);
    if (p.ordered == 1u) {
        position = load_order(row * p.length + u32(position));
    }
    store_y(p.y + strided_offset(row, p.rank, p.shape, p.y_strides) + i * p.y_step, position);
}
