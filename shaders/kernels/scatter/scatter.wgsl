// Writing by index, for short columns: y[j] = f(y[j], x[o]), where j is o with index[o] along the indexed dimension. One thread per index;
// neighbouring threads have neighbouring columns. The thread of the first of equal indices in a column combines all of them, in their order; the
// others do nothing. An index out of range raises a fault and is skipped.
alias T = f32;
alias Index = i32;

override WIDTH: u32 = 256;

@group(0) @binding(0) var<storage, read> index: array<Index>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Columns;

fn load_x(i: u32) -> T { return T(x[i]); }
fn load_y(i: u32) -> T { return T(y[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn f(x: T, y: T) -> T { return T(op_add(x, y)); }

// A running result, and its accumulated rounding error.
struct Running {
    value: T,
    error: T,
}

fn combined(before: Running, x: T) -> Running {
    let value = f(before.value, x);
    return Running(value, before.error + no_error(before.value, x, value));
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i >= p.count) {
        return;
    }
    let first = i / p.columns;
    let start = column_starts(i % p.columns, p.rank, p.start, p.shape, p.strides);
    let at = index_of_word(index[start.x + first * p.along.x]);
    for (var k = 0u; k < first; k += 1u) {
        if (index_of_word(index[start.x + k * p.along.x]) == at) {
            return;
        }
    }
    if (u32(at) >= p.size) {
        raise(p.launch, u32(at), p.size);
        return;
    }
    if (u32(at) - p.low >= p.window) {
        return;
    }
    let to = start.w + (u32(at) - p.low) * p.along.w;
    var value = combined(Running(load_y(to), T(0)), load_x(start.z + first * p.along.z));
    for (var k = first + 1u; k < p.n; k += 1u) {
        if (index_of_word(index[start.x + k * p.along.x]) == at) {
            value = combined(value, load_x(start.z + k * p.along.z));
        }
    }
    store_y(to, with_error(value.value, value.error));
}
