// y[o] = x[o, 0] + x[o, 1] + ...: a reduction for any layout. Element i of output o has offset kept(o) + reduced(i).
// A workgroup reduces one of `parts` parts of `rows_per_group` outputs, with `threads_per_row` threads per output; a second pass reduces the
// parts. The elements of each thread, and the tree that combines them, depend on the sizes alone.
alias T = f32;
// The type of running totals.
alias Total = f32;

override WIDTH: u32 = 256;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Reduction;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn f(x: T) -> T { return x; }

// The value that threads combine.
alias Part = Total;

fn combine(a: Part, b: Part) -> Part {
    return op_add(a, b);
}

// For each slot, the exponent of the scale of its elements.
var<workgroup> shifts: array<i32, WIDTH>;
var<private> scale: T;

fn element(base: u32, i: u32) -> Total {
    if (p.reduced_rank == 1u) {
        return to_total(f(scaled_term(load_x(base + i * p.reduced_x[0].x), scale)));
    }
    return to_total(f(scaled_term(load_x(base + strided_offset(i, p.reduced_rank, p.reduced_shape, p.reduced_x)), scale)));
}

// The total of a part of an output, for thread 0 of those that share it.
fn reduce_part(output: u32, part: u32, slot: u32, in_row: u32) -> Total {
    // Four independent sums: neither the additions nor the loads wait for each other.
    var a = to_total(p.identity);
    var b = to_total(p.identity);
    var c = to_total(p.identity);
    var d = to_total(p.identity);
    if (output < p.outputs) {
        let base = p.x + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_x);
        let end = min(p.count, (part + 1u) * p.chunk);
        var i = part * p.chunk + in_row;
        for (; i + 3u * p.threads_per_row < end; i += 4u * p.threads_per_row) {
            a = op_add(a, element(base, i));
            b = op_add(b, element(base, i + p.threads_per_row));
            c = op_add(c, element(base, i + 2u * p.threads_per_row));
            d = op_add(d, element(base, i + 3u * p.threads_per_row));
        }
        for (; i < end; i += p.threads_per_row) {
            a = op_add(a, element(base, i));
        }
    }
    let total = op_add(op_add(a, b), op_add(c, d));
    return reduce_row(total, slot, in_row, p.rows_per_group, p.threads_per_row);
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let part = number % p.parts;
    let across = p.columns == 1u;
    let slot = select(thread / p.threads_per_row, thread % p.rows_per_group, across);
    let in_row = select(thread % p.threads_per_row, thread / p.rows_per_group, across);
    let output = number / p.parts * p.rows_per_group + slot;

    scale = term_scale(0);
    var shift = 0;
    var total = reduce_part(output, part, slot, in_row);
    if (p.rescale == 1u) {
        if (in_row == 0u) {
            shift = no_shift(of_total(total));
            shifts[slot] = shift;
        }
        if (any_thread(thread, output < p.outputs && shift != 0)) {
            shift = shifts[slot];
            scale = term_scale(shift);
            total = reduce_part(output, part, slot, in_row);
        }
    }
    if (in_row == 0u && output < p.outputs) {
        let result = as_is(of_total(total), shift, p.divisor);
        store_y(p.y + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_y) + part * p.y_part, result);
    }
}
