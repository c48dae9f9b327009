// y[o] = x[o, 0] + x[o, 1] + ...: a reduction of vectors of four neighbours in x, which are elements of one output or, if `columns`, of four
// outputs. The strides and the start of x are counted in vectors, and so is `outputs` if `columns`. Outputs, parts and threads are as in
// reduce.wgsl.
alias T = f32;

override WIDTH: u32 = 256;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Reduction;

fn load4_x(i: u32) -> vec4<T> { return vec4<T>(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn f(x: T) -> T { return x; }

// What threads combine.
alias Part = vec4<T>;

fn combine(a: Part, b: Part) -> Part {
    return vec4<T>(op_add(a.x, b.x), op_add(a.y, b.y), op_add(a.z, b.z), op_add(a.w, b.w));
}

// For each slot, the exponents of the scales of its elements.
var<workgroup> shifts: array<vec4<i32>, WIDTH>;
var<private> scale: vec4<T>;

fn term_scales(shift: vec4<i32>) -> vec4<T> {
    return vec4<T>(term_scale(shift.x), term_scale(shift.y), term_scale(shift.z), term_scale(shift.w));
}

// Vector i from base on. If it is of one output, what lies beyond the last element has no effect.
fn elements(base: u32, i: u32) -> vec4<T> {
    var at = i * p.reduced_x[0].x;
    if (p.reduced_rank > 1u) {
        at = strided_offset(i, p.reduced_rank, p.reduced_shape, p.reduced_x);
    }
    let v = load4_x(base + at);
    let w = vec4<T>(f(scaled_term(v.x, scale.x)), f(scaled_term(v.y, scale.y)), f(scaled_term(v.z, scale.z)), f(scaled_term(v.w, scale.w)));
    if (p.columns == 1u || 4u * i + 4u <= p.count) {
        return w;
    }
    let beyond = vec4<bool>(false, 4u * i + 1u >= p.count, 4u * i + 2u >= p.count, 4u * i + 3u >= p.count);
    return select(w, vec4<T>(p.identity), beyond);
}

// The totals of a part, for thread 0 of those that share it.
fn reduce_part(output: u32, part: u32, slot: u32, in_row: u32) -> vec4<T> {
    var a = vec4<T>(p.identity);
    var b = vec4<T>(p.identity);
    if (output < p.outputs) {
        let base = p.x + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_x);
        let vectors = select((p.count + 3u) / 4u, p.count, p.columns == 1u);
        let end = min(vectors, (part + 1u) * p.chunk);
        var i = part * p.chunk + in_row;
        for (; i + p.threads_per_row < end; i += 2u * p.threads_per_row) {
            a = combine(a, elements(base, i));
            b = combine(b, elements(base, i + p.threads_per_row));
        }
        if (i < end) {
            a = combine(a, elements(base, i));
        }
    }
    let total = reduce_row(combine(a, b), slot, in_row, p.rows_per_group, p.threads_per_row);
    if (p.columns == 1u) {
        return total;
    }
    return vec4<T>(op_add(op_add(total.x, total.y), op_add(total.z, total.w)));
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let part = number % p.parts;
    let across = p.columns == 1u;
    let slot = select(thread / p.threads_per_row, thread % p.rows_per_group, across);
    let in_row = select(thread % p.threads_per_row, thread / p.rows_per_group, across);
    let output = number / p.parts * p.rows_per_group + slot;

    var shift = vec4<i32>(0);
    scale = term_scales(shift);
    var total = reduce_part(output, part, slot, in_row);
    if (p.rescale == 1u) {
        if (in_row == 0u) {
            shift = vec4<i32>(no_shift(total.x), no_shift(total.y), no_shift(total.z), no_shift(total.w));
            shifts[slot] = shift;
        }
        if (any_thread(thread, output < p.outputs && any(shift != vec4<i32>(0)))) {
            shift = shifts[slot];
            scale = term_scales(shift);
            total = reduce_part(output, part, slot, in_row);
        }
    }
    if (in_row == 0u && output < p.outputs) {
        let at = p.y + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_y) + part * p.y_part;
        store_y(at, as_is(total.x, shift.x, p.divisor));
        if (across) {
            store_y(at + p.y_step, as_is(total.y, shift.y, p.divisor));
            store_y(at + 2u * p.y_step, as_is(total.z, shift.z, p.divisor));
            store_y(at + 3u * p.y_step, as_is(total.w, shift.w, p.divisor));
        }
    }
}
