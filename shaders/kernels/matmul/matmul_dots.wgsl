// y = a b, or a b + bias, for few rows in a and for columns of b that lie densely along k, or nearly so: each column is read once, by 32
// threads that go along it side by side. A workgroup takes eight columns and four rows, and all of k or one of several parts of it; then y
// holds those sums, part after part.
alias T = f32;

// Whether b is read in vectors of four along k.
override B_VECTOR: bool = false;
override BIAS: bool = false;

struct Params {
    m: u32,
    n: u32,
    k: u32,
    // Workgroups, and how many make the rows and the columns of a product.
    groups: u32,
    groups_m: u32,
    groups_n: u32,
    // Parts of k, and how much of k each has: a multiple of 128.
    parts: u32,
    part: u32,
    // Where the tensors begin.
    a: u32,
    b: u32,
    bias: u32,
    y: u32,
    // Distances between rows and between columns, and between the parts of y.
    a_row: u32,
    a_col: u32,
    b_row: u32,
    b_col: u32,
    bias_row: u32,
    bias_col: u32,
    y_row: u32,
    y_col: u32,
    y_part: u32,
    @size(12) rank: u32,
    batch: array<vec4<u32>, 2>,
    a_batch: array<vec4<u32>, 2>,
    b_batch: array<vec4<u32>, 2>,
    y_batch: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_a(i: u32) -> T { return T(a[i]); }
fn load_b(i: u32) -> T { return T(b[i >> 2u][i & 3u]); }
fn load4_b(i: u32) -> vec4<T> { return vec4<T>(b[i]); }
fn load_bias(i: u32) -> T { return T(bias[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }

// Each thread's sums of the four rows.
var<workgroup> shared_sums: array<vec4<T>, 256>;

fn four_of_b(at: u32, k: u32) -> vec4<T> {
    if (B_VECTOR) {
        return load4_b((at + k) >> 2u);
    }
    let i = vec4<u32>(at) + four_from(k, p.k - 1u) * p.b_row;
    return vec4<T>(load_b(i.x), load_b(i.y), load_b(i.z), load_b(i.w));
}

// Four elements of row `row` from `k` on, those beyond the row as zeros.
fn four_of_a(at: u32, row: u32, k: u32) -> vec4<T> {
    let i = vec4<u32>(at + min(row, p.m - 1u) * p.a_row) + four_from(k, p.k - 1u) * p.a_col;
    let v = vec4<T>(load_a(i.x), load_a(i.y), load_a(i.z), load_a(i.w));
    return select(vec4<T>(), v, vec4<u32>(k, k + 1u, k + 2u, k + 3u) < vec4<u32>(p.k));
}

fn total(v: vec4<T>) -> T {
    return (v.x + v.y) + (v.z + v.w);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let number = workgroup_number(group, groups);
    if (number >= p.groups) {
        return;
    }
    let block = number / p.groups_n;
    let sum = block / p.groups_m;
    let entry = sum / p.parts;
    let part = sum - entry * p.parts;
    let row = 4u * (block - sum * p.groups_m);
    let col = 8u * (number - block * p.groups_n) + lane / 32u;
    let end = min(p.k, (part + 1u) * p.part);
    let at_a = p.a + strided_offset(entry, p.rank, p.batch, p.a_batch);
    let at_b = p.b + strided_offset(entry, p.rank, p.batch, p.b_batch) + min(col, p.n - 1u) * p.b_col;
    var r0 = vec4<T>();
    var r1 = vec4<T>();
    var r2 = vec4<T>();
    var r3 = vec4<T>();
    for (var k = part * p.part + 4u * (lane % 32u); k < end; k += 128u) {
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
    shared_sums[lane] = vec4<T>(total(r0), total(r1), total(r2), total(r3));
    workgroupBarrier();
    for (var width = 16u; width > 0u; width /= 2u) {
        if (lane % 32u < width) {
            shared_sums[lane] += shared_sums[lane + width];
        }
        workgroupBarrier();
    }
    // One thread for each row of a column.
    let own = row + lane % 32u;
    if (lane % 32u < 4u && own < p.m && col < p.n) {
        var v = shared_sums[lane / 32u * 32u][lane % 4u];
        if (BIAS && part == 0u) {
            v += load_bias(p.bias + own * p.bias_row + col * p.bias_col);
        }
        store_y(p.y + part * p.y_part + strided_offset(entry, p.rank, p.batch, p.y_batch) + own * p.y_row + col * p.y_col, v);
    }
}
