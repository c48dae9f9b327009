// y[j] = x[o], where j is o with index[o] along the indexed dimension, if o has the claim of `scatter_claim`: the last of equal indices wins. One
// thread per index; neighbouring threads have neighbouring columns.
alias T = i32;
alias Index = i32;

override WIDTH: u32 = 256;

@group(0) @binding(0) var<storage, read> index: array<Index>;
@group(0) @binding(1) var<storage, read> claims: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<i32>;
@group(1) @binding(0) var<uniform> p: Columns;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i >= p.count) {
        return;
    }
    let k = i / p.columns;
    let start = column_starts(i % p.columns, p.rank, p.start, p.shape, p.strides);
    let at = u32(index_of_word(index[start.x + k * p.along.x]));
    if (at < p.size && at - p.low < p.window && claims[start.y + (at - p.low) * p.along.y] == k + 1u) {
        store_y(start.w + (at - p.low) * p.along.w, load_x(start.z + k * p.along.z));
    }
}
