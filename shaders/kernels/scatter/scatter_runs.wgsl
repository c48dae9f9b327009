// Writing by index, for long columns: y[j] = f(y[j], x[o]), where j is o with index[o] along the indexed dimension. `order` sorts each column
// stably by index, and runs of equal indices are combined in that order. One thread per chunk of a sorted column; neighbouring threads have
// neighbouring columns. Runs within a chunk are written here. For a run that spans several chunks, the first chunk stores the result of its tail
// in `ends`, and the others those of their heads, for `scatter_combine`: the heads of all chunks, the tails of all chunks, and then the rounding
// errors of both. An index out of range raises a fault and is skipped.
alias T = f32;
alias Index = i32;

override WIDTH: u32 = 256;

@group(0) @binding(0) var<storage, read> index: array<Index>;
@group(0) @binding(1) var<storage, read> order: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> ends: array<f32>;
@group(1) @binding(0) var<uniform> p: Columns;

fn load_x(i: u32) -> T { return T(x[i]); }
fn load_y(i: u32) -> T { return T(y[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn store_ends(i: u32, v: T) { ends[i] = v; }
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

fn write_partial(i: u32, partial: Running) {
    store_ends(i, partial.value);
    store_ends(2u * p.count + i, partial.error);
}

// The position in its column of the index with rank k.
fn sorted(start: vec4<u32>, k: u32) -> u32 {
    return order[start.y + k * p.along.y].x;
}

fn key(start: vec4<u32>, position: u32) -> i32 {
    return index_of_word(index[start.x + position * p.along.x]);
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i >= p.count) {
        return;
    }
    let first = i / p.columns * p.chunk;
    let end = min(first + p.chunk, p.n);
    let start = column_starts(i % p.columns, p.rank, p.start, p.shape, p.strides);
    var at = key(start, sorted(start, first));
    // Whether the run began in an earlier chunk.
    var begun = first > 0u && key(start, sorted(start, max(first, 1u) - 1u)) == at;
    var k = first;
    while (k < end) {
        if (u32(at) >= p.size) {
            raise(p.launch, u32(at), p.size);
        }
        let valid = u32(at) < p.size && u32(at) - p.low < p.window;
        let to = start.w + (u32(at) - p.low) * p.along.w;
        let element = load_x(start.z + sorted(start, k) * p.along.z);
        var running = Running(element, T(0));
        if (valid && !begun) {
            running = combined(Running(load_y(to), T(0)), element);
        }
        k += 1u;
        var next = at;
        while (k < p.n) {
            let position = sorted(start, k);
            next = key(start, position);
            if (next != at || k == end) {
                break;
            }
            running = combined(running, load_x(start.z + position * p.along.z));
            k += 1u;
        }
        let continues = k == end && k < p.n && next == at;
        if (begun) {
            write_partial(i, running);
        } else if (continues) {
            write_partial(p.count + i, running);
        } else if (valid) {
            store_y(to, with_error(running.value, running.error));
        }
        at = next;
        begun = false;
    }
}
