// y = a b, or a b + bias in every row, for float16 matrices a: [.., m, k] and b: [.., k, n], summed in float32 with cooperative matrices of
// 16 x 16 (tensor cores).
//
// A workgroup of 256 threads, eight subgroups of 32, computes a tile of 128 x 128 from tiles of both operands in shared memory that are 32
// deep and have the operands' layouts. Each subgroup computes 64 rows by 32 columns. Operands are read in vectors of four.
enable f16;
enable wgpu_cooperative_matrix;
alias T = f32;

// Whether an operand is contiguous along k rather than along m (a) or n (b).
override A_ALONG_K: bool = true;
override B_ALONG_K: bool = false;
// Whether the result is written in vectors of four.
override Y_VECTOR: bool = false;
override BIAS: bool = false;

@group(0) @binding(0) var<storage, read> a: array<vec4<f16>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> p: Product;

fn load_bias(i: u32) -> T { return T(bias[i]); }
fn store_y(i: u32, v: T) { y[i >> 2u][i & 3u] = v; }
fn store4_y(i: u32, v: vec4<T>) { y[i] = v; }

// Strides of the rows of a tile in vectors: 8 vectors along k or 32 along m or n, and two of padding against bank conflicts.
const ALONG_K: u32 = 10u;
const ACROSS: u32 = 34u;
// Vectors of a tile, of either form.
const VECTORS: u32 = 1280u;

var<workgroup> halves: array<vec4<f16>, BUFFERS * 2560u>;
// One matrix of each subgroup, before it is stored to y.
var<workgroup> results: array<f32, 2048>;

// Four vectors of an operand that one thread copies to shared memory.
struct Staged {
    v0: vec4<f16>,
    v1: vec4<f16>,
    v2: vec4<f16>,
    v3: vec4<f16>,
}

// Offset of the tile of a (0) or b (1).
fn start_of_tile(buffer: u32, operand: u32) -> u32 {
    return (2u * buffer + operand) * VECTORS;
}

// The position of vector `i` of 1024 in a tile: its row, and its index within the row.
fn position_in_tile(i: u32, along_k: bool) -> vec2<u32> {
    if (along_k) {
        return vec2<u32>(i >> 3u, i & 7u);
    }
    return vec2<u32>(i >> 5u, i & 31u);
}

// Vector `i` of a's tile at (row, k). Rows beyond the last repeat it; elements beyond k are zero.
fn vector_of_a(at: u32, row: u32, k: u32, i: u32) -> vec4<f16> {
    let position = position_in_tile(i, A_ALONG_K);
    let own_row = row + select(4u * position.y, position.x, A_ALONG_K);
    let own_k = k + select(position.x, 4u * position.y, A_ALONG_K);
    if (own_k >= p.k) {
        return vec4<f16>();
    }
    let last = select(p.m - 4u, p.m - 1u, A_ALONG_K);
    return a[(at + min(own_row, last) * p.a_row + own_k * p.a_col) >> 2u];
}

fn vector_of_b(at: u32, col: u32, k: u32, i: u32) -> vec4<f16> {
    let position = position_in_tile(i, B_ALONG_K);
    let own_col = col + select(4u * position.y, position.x, B_ALONG_K);
    let own_k = k + select(position.x, 4u * position.y, B_ALONG_K);
    if (own_k >= p.k) {
        return vec4<f16>();
    }
    let last = select(p.n - 4u, p.n - 1u, B_ALONG_K);
    return b[(at + min(own_col, last) * p.b_col + own_k * p.b_row) >> 2u];
}

fn staged_of_a(at: u32, row: u32, k: u32, thread: u32) -> Staged {
    return Staged(
        vector_of_a(at, row, k, thread),
        vector_of_a(at, row, k, thread + 256u),
        vector_of_a(at, row, k, thread + 512u),
        vector_of_a(at, row, k, thread + 768u),
    );
}

fn staged_of_b(at: u32, col: u32, k: u32, thread: u32) -> Staged {
    return Staged(
        vector_of_b(at, col, k, thread),
        vector_of_b(at, col, k, thread + 256u),
        vector_of_b(at, col, k, thread + 512u),
        vector_of_b(at, col, k, thread + 768u),
    );
}

fn put(start: u32, i: u32, along_k: bool, v: vec4<f16>) {
    let position = position_in_tile(i, along_k);
    halves[start + position.x * select(ACROSS, ALONG_K, along_k) + position.y] = v;
}

fn put_all(start: u32, thread: u32, along_k: bool, c: Staged) {
    put(start, thread, along_k, c.v0);
    put(start, thread + 256u, along_k, c.v1);
    put(start, thread + 512u, along_k, c.v2);
    put(start, thread + 768u, along_k, c.v3);
}

// The 16 x 16 matrix at (row, k) of a's tile.
fn matrix_of_a(start: u32, row: u32, k: u32) -> coop_mat16x16<f16, A> {
    if (A_ALONG_K) {
        let at = start + row * ALONG_K + k / 4u;
        let stride = ALONG_K;
        return coopLoadT<coop_mat16x16<f16, A>>(&halves[at], stride);
    }
    let at = start + k * ACROSS + row / 4u;
    let stride = ACROSS;
    return coopLoad<coop_mat16x16<f16, A>>(&halves[at], stride);
}

fn matrix_of_b(start: u32, col: u32, k: u32) -> coop_mat16x16<f16, B> {
    if (B_ALONG_K) {
        let at = start + col * ALONG_K + k / 4u;
        let stride = ALONG_K;
        return coopLoad<coop_mat16x16<f16, B>>(&halves[at], stride);
    }
    let at = start + k * ACROSS + col / 4u;
    let stride = ACROSS;
    return coopLoadT<coop_mat16x16<f16, B>>(&halves[at], stride);
}

// Writes a subgroup's matrix from `results` to y; each lane writes half a row.
fn store_result(at: u32, subgroup: u32, lane: u32, row: u32, col: u32) {
    let own_row = row + lane / 2u;
    let first = 256u * subgroup + 8u * lane;
    for (var i = 0u; i < 8u; i += 4u) {
        let own_col = col + 8u * (lane & 1u) + i;
        if (own_row >= p.m || own_col >= p.n) {
            return;
        }
        var v = vec4<T>(T(results[first + i]), T(results[first + i + 1u]), T(results[first + i + 2u]), T(results[first + i + 3u]));
        if (BIAS) {
            let j = vec4<u32>(p.bias) + four_from(own_col, p.n - 1u) * p.bias_col;
            v += vec4<T>(load_bias(j.x), load_bias(j.y), load_bias(j.z), load_bias(j.w));
        }
        let to = at + own_row * p.y_row + own_col * p.y_col;
        if (Y_VECTOR) {
            store4_y(to >> 2u, v);
        } else {
            for (var j = 0u; j < min(4u, p.n - own_col); j += 1u) {
                store_y(to + j * p.y_col, v[j]);
            }
        }
    }
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(subgroup_invocation_id) lane: u32,
) {
    // A two-dimensional grid may have more workgroups than tiles. The excess ones repeat the last tile: all threads must take part in matrices.
    let number = min(workgroup_number(group, groups), p.groups - 1u);
    let entry = number / (p.groups_m * p.groups_n);
    let tile = 128u * tile_of(number - entry * (p.groups_m * p.groups_n), p.groups_m, p.groups_n);
    let at_a = p.a + strided_offset(entry, p.rank, p.batch, p.a_batch);
    let at_b = p.b + strided_offset(entry, p.rank, p.batch, p.b_batch);
    // The first row and column of this subgroup within the tile.
    let row = 64u * (subgroup & 1u);
    let col = 32u * (subgroup >> 1u);
    var c00 = coop_mat16x16<f32, C>();
    var c01 = coop_mat16x16<f32, C>();
    var c10 = coop_mat16x16<f32, C>();
    var c11 = coop_mat16x16<f32, C>();
    var c20 = coop_mat16x16<f32, C>();
    var c21 = coop_mat16x16<f32, C>();
    var c30 = coop_mat16x16<f32, C>();
    var c31 = coop_mat16x16<f32, C>();
    put_all(start_of_tile(0u, 0u), thread, A_ALONG_K, staged_of_a(at_a, tile.x, 0u, thread));
    put_all(start_of_tile(0u, 1u), thread, B_ALONG_K, staged_of_b(at_b, tile.y, 0u, thread));
    workgroupBarrier();
    var from_a: Staged;
    var from_b: Staged;
    var buffer = 0u;
    for (var k = 32u; k < p.k + 32u; k += 32u) {
        // The vectors loaded for the next step are stored after the product of this one, which hides the latency of the loads.
        let more = k < p.k;
        if (more) {
            from_a = staged_of_a(at_a, tile.x, k, thread);
            from_b = staged_of_b(at_b, tile.y, k, thread);
        }
        let start_a = start_of_tile(buffer, 0u);
        let start_b = start_of_tile(buffer, 1u);
        for (var step = 0u; step < 32u; step += 16u) {
            let b0 = matrix_of_b(start_b, col, step);
            let b1 = matrix_of_b(start_b, col + 16u, step);
            let a0 = matrix_of_a(start_a, row, step);
            c00 = coopMultiplyAdd(a0, b0, c00);
            c01 = coopMultiplyAdd(a0, b1, c01);
            let a1 = matrix_of_a(start_a, row + 16u, step);
            c10 = coopMultiplyAdd(a1, b0, c10);
            c11 = coopMultiplyAdd(a1, b1, c11);
            let a2 = matrix_of_a(start_a, row + 32u, step);
            c20 = coopMultiplyAdd(a2, b0, c20);
            c21 = coopMultiplyAdd(a2, b1, c21);
            let a3 = matrix_of_a(start_a, row + 48u, step);
            c30 = coopMultiplyAdd(a3, b0, c30);
            c31 = coopMultiplyAdd(a3, b1, c31);
        }
        buffer = (buffer + 1u) & (BUFFERS - 1u);
        if (BUFFERS == 1u) {
            workgroupBarrier();
        }
        if (more) {
            put_all(start_of_tile(buffer, 0u), thread, A_ALONG_K, from_a);
            put_all(start_of_tile(buffer, 1u), thread, B_ALONG_K, from_b);
        }
        workgroupBarrier();
    }
    let at_y = p.y + strided_offset(entry, p.rank, p.batch, p.y_batch);
    let at = 256u * subgroup;
    let stride = 16u;
    for (var i = 0u; i < 8u; i += 1u) {
        var c = c00;
        switch i {
            case 1u: { c = c01; }
            case 2u: { c = c10; }
            case 3u: { c = c11; }
            case 4u: { c = c20; }
            case 5u: { c = c21; }
            case 6u: { c = c30; }
            case 7u: { c = c31; }
            default: {}
        }
        coopStoreT(c, &results[at], stride);
        workgroupBarrier();
        store_result(at_y, subgroup, lane, tile.x + row + 16u * (i / 2u), tile.y + col + 16u * (i & 1u));
        workgroupBarrier();
    }
}
