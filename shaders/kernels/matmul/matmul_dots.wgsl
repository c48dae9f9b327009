// y = a b, or a b + bias, for a with few rows and b with columns that are contiguous along k, or nearly so: each column is read once, by 32
// neighbouring threads. A workgroup computes eight columns of four rows, for all of k or for one of several parts of it; y then holds the
// sums part after part.
alias T = f32;

// Whether b is read in vectors of four along k.
override B_VECTOR: bool = false;
override BIAS: bool = false;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Product;

fn load_a(i: u32) -> T { return T(a[i]); }
fn load_b(i: u32) -> T { return T(b[i >> 2u][i & 3u]); }
fn load4_b(i: u32) -> vec4<T> { return vec4<T>(b[i]); }
fn load_bias(i: u32) -> T { return T(bias[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }

// 32 threads share a column, and combine their sums of four rows.
const WIDTH: u32 = 256u;
alias Part = vec4<T>;

fn combine(a: Part, b: Part) -> Part {
    return a + b;
}

fn four_of_b(at: u32, k: u32) -> vec4<T> {
    if (B_VECTOR) {
        return load4_b((at + k) >> 2u);
    }
    let i = vec4<u32>(at) + four_from(k, p.k - 1u) * p.b_row;
    return vec4<T>(load_b(i.x), load_b(i.y), load_b(i.z), load_b(i.w));
}

// Four elements of row `row` from `k` on, with zeros beyond the end of the row.
fn four_of_a(at: u32, row: u32, k: u32) -> vec4<T> {
    let i = vec4<u32>(at + min(row, p.m - 1u) * p.a_row) + four_from(k, p.k - 1u) * p.a_col;
    let v = vec4<T>(load_a(i.x), load_a(i.y), load_a(i.z), load_a(i.w));
    return select(vec4<T>(), v, vec4<u32>(k, k + 1u, k + 2u, k + 3u) < vec4<u32>(p.k));
}

fn total(v: vec4<T>) -> T {
    return (v.x + v.y) + (v.z + v.w);
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    if (number >= p.groups) {
        return;
    }
    let block = number / p.groups_n;
    let sum = block / p.groups_m;
    let entry = sum / p.parts;
    let part = sum - entry * p.parts;
    let row = 4u * (block - sum * p.groups_m);
    let col = 8u * (number - block * p.groups_n) + thread / 32u;
    let end = min(p.k, (part + 1u) * p.part);
    let at_a = p.a + strided_offset(entry, p.rank, p.batch, p.a_batch);
    let at_b = p.b + strided_offset(entry, p.rank, p.batch, p.b_batch) + min(col, p.n - 1u) * p.b_col;
    var r0 = vec4<T>();
    var r1 = vec4<T>();
    var r2 = vec4<T>();
    var r3 = vec4<T>();
    for (var k = part * p.part + 4u * (thread % 32u); k < end; k += 128u) {
        var v = four_of_b(at_b, k);
        if (!B_VECTOR) {
            v = select(vec4<T>(), v, vec4<u32>(k, k + 1u, k + 2u, k + 3u) < vec4<u32>(p.k));
        }
        r0 = multiply_add_each(four_of_a(at_a, row, k), v, r0);
        if (row + 1u < p.m) {
            r1 = multiply_add_each(four_of_a(at_a, row + 1u, k), v, r1);
        }
        if (row + 2u < p.m) {
            r2 = multiply_add_each(four_of_a(at_a, row + 2u, k), v, r2);
        }
        if (row + 3u < p.m) {
            r3 = multiply_add_each(four_of_a(at_a, row + 3u, k), v, r3);
        }
    }
    let sums = vec4<T>(total(r0), total(r1), total(r2), total(r3));
    let whole = reduce_whole_row(sums, thread / 32u, thread % 32u, WIDTH / 32u, 32u);
    // One thread stores each row of a column.
    let own = row + thread % 32u;
    if (thread % 32u < 4u && own < p.m && col < p.n) {
        var v = whole[thread % 4u];
        if (BIAS && part == 0u) {
            v += load_bias(p.bias + own * p.bias_row + col * p.bias_col);
        }
        store_y(p.y + part * p.y_part + strided_offset(entry, p.rank, p.batch, p.y_batch) + own * p.y_row + col * p.y_col, v);
    }
}
