// y[o] = x[o, 0] + x[o, 1] + ...: a reduction whose elements are neighbours in memory, read four at a time. Everything about x is counted
// in vectors of four but `count`: the last vector may reach beyond it if the elements are one slot.
// Outputs, parts and threads are as in reduce.wgsl.
alias T = f32;

override WIDTH: u32 = 256;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Reduction;

fn load4_x(i: u32) -> vec4<T> { return vec4<T>(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn f(x: T) -> T { return x; }

// What threads combine.
alias Part = T;

fn combine(a: Part, b: Part) -> Part {
    return op_add(a, b);
}

// By slot, the exponent of the power of two that its elements are taken times.
var<workgroup> shifts: array<i32, WIDTH>;
var<private> unit: T;

// Vector i of the output at base; what lies beyond the last element counts for nothing.
fn elements(base: u32, i: u32) -> vec4<T> {
    var at = i;
    if (p.reduced_rank > 1u) {
        at = strided_offset(i, p.reduced_rank, p.reduced_shape, p.reduced_x);
    }
    let v = load4_x(base + at);
    let w = vec4<T>(f(taken(v.x, unit)), f(taken(v.y, unit)), f(taken(v.z, unit)), f(taken(v.w, unit)));
    if (4u * i + 4u <= p.count) {
        return w;
    }
    let beyond = vec4<bool>(false, 4u * i + 1u >= p.count, 4u * i + 2u >= p.count, 4u * i + 3u >= p.count);
    return select(w, vec4<T>(p.identity), beyond);
}

fn join(a: vec4<T>, b: vec4<T>) -> vec4<T> {
    return vec4<T>(op_add(a.x, b.x), op_add(a.y, b.y), op_add(a.z, b.z), op_add(a.w, b.w));
}

// The total of a part of an output; whole for thread 0 of those that share it.
fn reduced(output: u32, part: u32, slot: u32, in_row: u32) -> T {
    var a = vec4<T>(p.identity);
    var b = vec4<T>(p.identity);
    if (output < p.outputs) {
        let base = p.x + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_x);
        let end = min((p.count + 3u) / 4u, (part + 1u) * p.chunk);
        var i = part * p.chunk + in_row;
        for (; i + p.threads_per_row < end; i += 2u * p.threads_per_row) {
            a = join(a, elements(base, i));
            b = join(b, elements(base, i + p.threads_per_row));
        }
        if (i < end) {
            a = join(a, elements(base, i));
        }
    }
    a = join(a, b);
    let total = op_add(op_add(a.x, a.y), op_add(a.z, a.w));
    return reduce_row(total, slot, in_row, p.rows_per_group, p.threads_per_row);
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let part = number % p.parts;
    let slot = thread / p.threads_per_row;
    let in_row = thread % p.threads_per_row;
    let output = number / p.parts * p.rows_per_group + slot;

    unit = unit_of(0);
    var shift = 0;
    var total = reduced(output, part, slot, in_row);
    if (p.again == 1u) {
        if (in_row == 0u) {
            shift = no_shift(total);
            shifts[slot] = shift;
        }
        if (any_thread(thread, output < p.outputs && shift != 0)) {
            shift = shifts[slot];
            unit = unit_of(shift);
            total = reduced(output, part, slot, in_row);
        }
    }
    if (in_row == 0u && output < p.outputs) {
        let result = as_is(total, shift, p.divisor);
        store_y(p.y + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_y) + part * p.y_part, result);
    }
}
