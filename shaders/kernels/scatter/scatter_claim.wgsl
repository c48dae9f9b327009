// Finds the last of equal indices of a column: claims[index[o]] is its position in the column plus 1. One thread per index. Claims start at 0.
// An index out of range raises a fault.
alias T = i32;
alias Index = i32;

override WIDTH: u32 = 256;

@group(0) @binding(0) var<storage, read> index: array<Index>;
@group(0) @binding(1) var<storage, read_write> claims: array<atomic<u32>>;
@group(1) @binding(0) var<uniform> p: Columns;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i >= p.count) {
        return;
    }
    let k = i / p.columns;
    let start = column_starts(i % p.columns, p.rank, p.start, p.shape, p.strides);
    let at = u32(index_of_word(index[start.x + k * p.along.x]));
    if (at >= p.size) {
        raise(p.launch, at, p.size);
    } else if (at - p.low < p.window) {
        atomicMax(&claims[start.y + (at - p.low) * p.along.y], k + 1u);
    }
}
