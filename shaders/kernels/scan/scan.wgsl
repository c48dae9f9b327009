// y[i] = x[0] + ... + x[i] along rows of any layout.
// A workgroup processes `rows_per_group` rows with `threads_per_row` threads each, tile by tile: a thread scans EACH neighbouring elements, the
// totals of the threads are scanned in shared memory, and the total of the preceding elements is added. Long rows are split into parts: a first
// pass computes the totals of the parts, which are scanned in turn, and a second pass starts each part from there.
alias T = f32;
// The type of running totals.
alias Total = f32;

override WIDTH: u32 = 256;

struct Params {
    // The sum of no elements.
    identity: T,
    count: u32,
    // Elements per row, elements per part, and parts per row.
    length: u32,
    chunk: u32,
    parts: u32,
    // Rows per workgroup, and threads per row: powers of two whose product is WIDTH.
    rows_per_group: u32,
    threads_per_row: u32,
    // 1 if neighbouring threads process neighbouring rows, 0 if they process neighbouring elements.
    columns: u32,
    // Whether only the totals of the parts are computed, and whether `starts` has the scan of these totals.
    totals_only: u32,
    has_starts: u32,
    // Offsets of the tensors, and strides within a row and between the totals of parts.
    x: u32,
    y: u32,
    x_step: u32,
    y_step: u32,
    y_part: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    x_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> starts: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn load_starts(i: u32) -> T { return T(starts[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }

// The value that threads combine.
alias Part = Total;

fn combine(a: Part, b: Part) -> Part {
    return op_add(a, b);
}

const EACH: u32 = 8u;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let part = number % p.parts;
    let across = p.columns == 1u;
    let slot = select(thread / p.threads_per_row, thread % p.rows_per_group, across);
    let in_row = select(thread % p.threads_per_row, thread / p.rows_per_group, across);
    let row = number / p.parts * p.rows_per_group + slot;
    let index = in_row * p.rows_per_group + slot;
    let inside = row < p.count;
    let base = p.x + strided_offset(row, p.rank, p.shape, p.x_strides);
    let to = p.y + strided_offset(row, p.rank, p.shape, p.y_strides);
    let end = min(p.length, (part + 1u) * p.chunk);

    var carry = to_total(p.identity);
    if (p.has_starts == 1u && part > 0u && inside) {
        carry = to_total(load_starts(row * p.parts + part - 1u));
    }
    for (var tile = part * p.chunk; tile < end; tile += p.threads_per_row * EACH) {
        let first = tile + in_row * EACH;
        var running: array<Total, EACH>;
        var total = to_total(p.identity);
        for (var k = 0u; k < EACH; k++) {
            let i = first + k;
            if (inside && i < end) {
                total = op_add(total, to_total(load_x(base + i * p.x_step)));
            }
            running[k] = total;
        }
        scan_row(total, slot, in_row, p.rows_per_group, p.threads_per_row);
        var before = carry;
        if (in_row > 0u) {
            before = op_add(carry, row_parts[index - p.rows_per_group]);
        }
        carry = op_add(carry, row_parts[(p.threads_per_row - 1u) * p.rows_per_group + slot]);
        if (p.totals_only == 0u) {
            for (var k = 0u; k < EACH; k++) {
                let i = first + k;
                if (inside && i < end) {
                    store_y(to + i * p.y_step, of_total(op_add(before, running[k])));
                }
            }
        }
        workgroupBarrier();
    }
    if (p.totals_only == 1u && in_row == 0u && inside) {
        store_y(to + part * p.y_part, of_total(carry));
    }
}
