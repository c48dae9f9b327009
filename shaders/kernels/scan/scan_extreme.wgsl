// y[i] = the position of the largest of x[0] ... x[i], or of the last NaN; the last of equal elements. For any layout.
// A workgroup processes `rows_per_group` rows with `threads_per_row` threads each, tile by tile, as in scan.wgsl.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    count: u32,
    // Elements per row.
    length: u32,
    // Rows per workgroup, and threads per row: powers of two whose product is WIDTH.
    rows_per_group: u32,
    threads_per_row: u32,
    // 1 if neighbouring threads process neighbouring rows, 0 if they process neighbouring elements.
    columns: u32,
    // Offsets of the tensors, and strides within a row.
    x: u32,
    y: u32,
    x_step: u32,
    y_step: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    x_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<i32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: i32) { y[i] = v; }

struct Best {
    value: T,
    position: i32,
}

const EACH: u32 = 8u;

// The value that threads combine.
alias Part = Best;

// The better of two, where b is the later one. A negative position stands for no element.
fn combine(a: Part, b: Part) -> Part {
    if (b.position < 0) {
        return a;
    }
    if (a.position < 0 || op_isnan(b.value) || (!op_isnan(a.value) && op_ge(b.value, a.value))) {
        return b;
    }
    return a;
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let across = p.columns == 1u;
    let slot = select(thread / p.threads_per_row, thread % p.rows_per_group, across);
    let in_row = select(thread % p.threads_per_row, thread / p.rows_per_group, across);
    let row = workgroup_number(group, groups) * p.rows_per_group + slot;
    let index = in_row * p.rows_per_group + slot;
    let inside = row < p.count;
    let base = p.x + strided_offset(row, p.rank, p.shape, p.x_strides);
    let to = p.y + strided_offset(row, p.rank, p.shape, p.y_strides);

    var carry = Best(T(0), -1);
    for (var tile = 0u; tile < p.length; tile += p.threads_per_row * EACH) {
        let first = tile + in_row * EACH;
        var running: array<Best, EACH>;
        var total = Best(T(0), -1);
        for (var k = 0u; k < EACH; k++) {
            let i = first + k;
            if (inside && i < p.length) {
                total = combine(total, Best(load_x(base + i * p.x_step), i32(i)));
            }
            running[k] = total;
        }
        scan_row(total, slot, in_row, p.rows_per_group, p.threads_per_row);
        var before = carry;
        if (in_row > 0u) {
            before = combine(carry, row_parts[index - p.rows_per_group]);
        }
        carry = combine(carry, row_parts[(p.threads_per_row - 1u) * p.rows_per_group + slot]);
        for (var k = 0u; k < EACH; k++) {
            let i = first + k;
            if (inside && i < p.length) {
                store_y(to + i * p.y_step, combine(before, running[k]).position);
            }
        }
        workgroupBarrier();
    }
}
