// Reading by index: y[o] = x[j], where j is o with index[o] along the indexed dimension; for any layouts. One thread per unit of the result, in
// row-major order: an element, or up to 16 bytes of contiguous elements that share an index. Units are copied as bits. An index out of range
// raises a fault, and nothing is written for it.
alias T = i32;
alias Unit = u32;
alias Index = i32;

override WIDTH: u32 = 256;

struct Params {
    // The launch's number, for faults.
    launch: u32,
    // Number of units, and offsets of the tensors in units.
    count: u32,
    x: u32,
    index: u32,
    y: u32,
    // The indexed dimension of x: its size, its stride, and the window of it that is bound. Nothing is written for indices outside the window.
    size: u32,
    along: u32,
    low: u32,
    window: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    // 0 along the indexed dimension.
    x_strides: array<vec4<u32>, 2>,
    index_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<Unit>;
@group(0) @binding(1) var<storage, read> index: array<Index>;
@group(0) @binding(2) var<storage, read_write> y: array<Unit>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> Unit { return x[i]; }
fn store_y(i: u32, v: Unit) { y[i] = v; }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i < p.count) {
        let at = u32(index_of_word(index[p.index + strided_offset(i, p.rank, p.shape, p.index_strides)]));
        if (at >= p.size) {
            raise(p.launch, at, p.size);
        } else if (at - p.low < p.window) {
            let source = p.x + strided_offset(i, p.rank, p.shape, p.x_strides) + (at - p.low) * p.along;
            store_y(p.y + strided_offset(i, p.rank, p.shape, p.y_strides), load_x(source));
        }
    }
}
