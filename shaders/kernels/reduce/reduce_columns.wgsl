// y[o] = x[o, 0] + x[o, 1] + ...: a reduction whose outputs are neighbours in x: sums of columns. A thread takes four of them.
// `outputs`, `rows` and everything about x are counted in vectors of four; otherwise as in reduce.wgsl.
alias T = f32;

override WIDTH: u32 = 256;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Reduction;

fn load4_x(i: u32) -> vec4<T> { return vec4<T>(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn f(x: T) -> T { return x; }

// By slot, the exponents of the powers of two that its elements are taken times.
var<workgroup> shifts: array<vec4<i32>, WIDTH>;
var<private> unit: vec4<T>;

fn elements(base: u32, i: u32) -> vec4<T> {
    var at = i * p.reduced_x[0].x;
    if (p.reduced_rank > 1u) {
        at = strided_offset(i, p.reduced_rank, p.reduced_shape, p.reduced_x);
    }
    let v = load4_x(base + at);
    return vec4<T>(f(taken(v.x, unit.x)), f(taken(v.y, unit.y)), f(taken(v.z, unit.z)), f(taken(v.w, unit.w)));
}

// What threads combine: four outputs.
alias Part = vec4<T>;

fn combine(a: Part, b: Part) -> Part {
    return vec4<T>(op_add(a.x, b.x), op_add(a.y, b.y), op_add(a.z, b.z), op_add(a.w, b.w));
}

fn units(shift: vec4<i32>) -> vec4<T> {
    return vec4<T>(unit_of(shift.x), unit_of(shift.y), unit_of(shift.z), unit_of(shift.w));
}

// The totals of a part of four outputs; whole for thread 0 of those that share it.
fn reduced(output: u32, part: u32, slot: u32, in_row: u32) -> vec4<T> {
    var a = vec4<T>(p.identity);
    var b = vec4<T>(p.identity);
    if (output < p.outputs) {
        let base = p.x + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_x);
        let end = min(p.count, (part + 1u) * p.chunk);
        var i = part * p.chunk + in_row;
        for (; i + p.threads_per_row < end; i += 2u * p.threads_per_row) {
            a = combine(a, elements(base, i));
            b = combine(b, elements(base, i + p.threads_per_row));
        }
        if (i < end) {
            a = combine(a, elements(base, i));
        }
    }
    let total = combine(a, b);
    return reduce_row(total, slot, in_row, p.rows_per_group, p.threads_per_row);
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let part = number % p.parts;
    let slot = thread % p.rows_per_group;
    let in_row = thread / p.rows_per_group;
    let output = number / p.parts * p.rows_per_group + slot;

    var shift = vec4<i32>(0);
    unit = units(shift);
    var total = reduced(output, part, slot, in_row);
    if (p.again == 1u) {
        if (in_row == 0u) {
            shift = vec4<i32>(no_shift(total.x), no_shift(total.y), no_shift(total.z), no_shift(total.w));
            shifts[slot] = shift;
        }
        if (any_thread(thread, output < p.outputs && any(shift != vec4<i32>(0)))) {
            shift = shifts[slot];
            unit = units(shift);
            total = reduced(output, part, slot, in_row);
        }
    }
    if (in_row == 0u && output < p.outputs) {
        let at = p.y + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_y) + part * p.y_part;
        store_y(at, as_is(total.x, shift.x, p.divisor));
        store_y(at + p.y_step, as_is(total.y, shift.y, p.divisor));
        store_y(at + 2u * p.y_step, as_is(total.z, shift.z, p.divisor));
        store_y(at + 3u * p.y_step, as_is(total.w, shift.w, p.divisor));
    }
}
