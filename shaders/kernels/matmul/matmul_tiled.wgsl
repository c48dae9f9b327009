// y = a b, or a b + bias in every row, for a: [.., m, k] and b: [.., k, n], through tiles in shared memory (library/shared/tile.wgsl).
//
// A workgroup computes one tile of one product of the batch, for all of k or for one of several parts of it; y then holds the sums part after
// part. Each thread loads a block of four by four elements of one operand for the next step while the tiles of this step are multiplied.
alias T = f32;

// Whether an operand is contiguous along k rather than along m (a) or n (b).
override A_ALONG_K: bool = true;
override B_ALONG_K: bool = false;
// Whether the operands are read, or the result is written, in vectors of four.
override A_VECTOR: bool = false;
override B_VECTOR: bool = false;
override Y_VECTOR: bool = false;
// Whether the last step extends beyond k.
override EDGE: bool = true;
override BIAS: bool = false;

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> p: Product;

fn load_a(i: u32) -> T { return T(a[i >> 2u][i & 3u]); }
fn load4_a(i: u32) -> vec4<T> { return vec4<T>(a[i]); }
fn load_b(i: u32) -> T { return T(b[i >> 2u][i & 3u]); }
fn load4_b(i: u32) -> vec4<T> { return vec4<T>(b[i]); }
fn load_bias(i: u32) -> T { return T(bias[i]); }
fn store_y(i: u32, v: T) { y[i >> 2u][i & 3u] = v; }
fn store4_y(i: u32, v: vec4<T>) { y[i] = v; }

// Four elements of a with indices from `first` on, clamped to `last`, at stride `step` from offset `at`.
fn four_of_a(at: u32, first: u32, step: u32, last: u32) -> vec4<T> {
    if (A_VECTOR) {
        return load4_a((at + min(first, last - 3u)) >> 2u);
    }
    let i = vec4<u32>(at) + four_from(first, last) * step;
    return vec4<T>(load_a(i.x), load_a(i.y), load_a(i.z), load_a(i.w));
}

fn four_of_b(at: u32, first: u32, step: u32, last: u32) -> vec4<T> {
    if (B_VECTOR) {
        return load4_b((at + min(first, last - 3u)) >> 2u);
    }
    let i = vec4<u32>(at) + four_from(first, last) * step;
    return vec4<T>(load_b(i.x), load_b(i.y), load_b(i.z), load_b(i.w));
}

// Four slices of a from `k` on, for four rows. Rows beyond the last repeat it, and are not stored.
fn block_of_a(at: u32, row: u32, k: u32) -> Block {
    if (A_ALONG_K) {
        let rows = vec4<u32>(at) + four_from(row, p.m - 1u) * p.a_row;
        let last = p.k - 1u;
        return transposed(Block(
            four_of_a(rows.x, k, p.a_col, last),
            four_of_a(rows.y, k, p.a_col, last),
            four_of_a(rows.z, k, p.a_col, last),
            four_of_a(rows.w, k, p.a_col, last),
        ));
    }
    let slices = vec4<u32>(at) + four_from(k, p.k - 1u) * p.a_col;
    let last = p.m - 1u;
    return Block(
        four_of_a(slices.x, row, p.a_row, last),
        four_of_a(slices.y, row, p.a_row, last),
        four_of_a(slices.z, row, p.a_row, last),
        four_of_a(slices.w, row, p.a_row, last),
    );
}

// The same for four columns of b.
fn block_of_b(at: u32, col: u32, k: u32) -> Block {
    if (B_ALONG_K) {
        let cols = vec4<u32>(at) + four_from(col, p.n - 1u) * p.b_col;
        let last = p.k - 1u;
        return transposed(Block(
            four_of_b(cols.x, k, p.b_row, last),
            four_of_b(cols.y, k, p.b_row, last),
            four_of_b(cols.z, k, p.b_row, last),
            four_of_b(cols.w, k, p.b_row, last),
        ));
    }
    let slices = vec4<u32>(at) + four_from(k, p.k - 1u) * p.b_row;
    let last = p.n - 1u;
    return Block(
        four_of_b(slices.x, col, p.b_col, last),
        four_of_b(slices.y, col, p.b_col, last),
        four_of_b(slices.z, col, p.b_col, last),
        four_of_b(slices.w, col, p.b_col, last),
    );
}

fn four_of_bias(col: u32) -> vec4<T> {
    let i = vec4<u32>(p.bias) + four_from(col, p.n - 1u) * p.bias_col;
    return vec4<T>(load_bias(i.x), load_bias(i.y), load_bias(i.z), load_bias(i.w));
}

fn store_four(at: u32, row: u32, col: u32, v: vec4<T>) {
    if (row >= p.m || col >= p.n) {
        return;
    }
    let to = at + row * p.y_row + col * p.y_col;
    if (Y_VECTOR) {
        store4_y(to >> 2u, v);
        return;
    }
    for (var j = 0u; j < min(4u, p.n - col); j += 1u) {
        store_y(to + j * p.y_col, v[j]);
    }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    if (number >= p.groups) {
        return;
    }
    let sum = number / (p.groups_m * p.groups_n);
    let tile = TILE * tile_of(number - sum * (p.groups_m * p.groups_n), p.groups_m, p.groups_n);
    let entry = sum / p.parts;
    let part = sum - entry * p.parts;
    let start = part * p.part;
    let end = min(p.k, start + p.part);
    let at_a = p.a + strided_offset(entry, p.rank, p.batch, p.a_batch);
    let at_b = p.b + strided_offset(entry, p.rank, p.batch, p.b_batch);

    // The block that this thread loads: the lower half of the threads loads a, the upper half b. `four` counts groups of four along k.
    let of_b = thread >= TILE * DEPTH / 16u;
    let block = thread & (TILE * DEPTH / 16u - 1u);
    let along = select(A_ALONG_K, B_ALONG_K, of_b);
    let four = select(block / (TILE / 4u), block & (DEPTH / 4u - 1u), along);
    let vector = select(block & (TILE / 4u - 1u), block / (DEPTH / 4u), along);
    // With small tiles, some threads load nothing.
    let loads = thread < TILE * DEPTH / 8u;

    let vectors = vectors_of_thread(thread);
    let row = tile.x + 4u * vectors.x;
    let col = tile.y + 4u * vectors.y;
    var sums = Sums();
    if (BIAS && part == 0u) {
        sums = sums_of_rows(four_of_bias(col), four_of_bias(col + 64u));
    }
    var held: Block;
    var buffer = 0u;
    for (var k = start; k < end + DEPTH; k += DEPTH) {
        // The loaded block is stored after the product of the previous step, which hides the latency of the load.
        let more = k < end;
        if (more && loads) {
            let at = k + 4u * four;
            if (of_b) {
                held = block_of_b(at_b, tile.y + 4u * vector, at);
            } else {
                held = block_of_a(at_a, tile.x + 4u * vector, at);
            }
            if (EDGE) {
                held = zeros_from(held, at, p.k);
            }
        }
        if (k > start) {
            sums = add_product(sums, buffer, vectors);
            buffer = (buffer + 1u) & (BUFFERS - 1u);
            if (BUFFERS == 1u) {
                workgroupBarrier();
            }
        }
        if (more && loads) {
            put_block(held, tile_start(buffer, u32(of_b)), four, vector);
        }
        workgroupBarrier();
    }
    let at_y = p.y + part * p.y_part + strided_offset(entry, p.rank, p.batch, p.y_batch);
    store_four(at_y, row, col, sums.p0);
    store_four(at_y, row + 1u, col, sums.p1);
    store_four(at_y, row + 2u, col, sums.p2);
    store_four(at_y, row + 3u, col, sums.p3);
    if (TILE == 128u) {
        store_four(at_y, row, col + 64u, sums.q0);
        store_four(at_y, row + 1u, col + 64u, sums.q1);
        store_four(at_y, row + 2u, col + 64u, sums.q2);
        store_four(at_y, row + 3u, col + 64u, sums.q3);
        store_four(at_y, row + 64u, col, sums.r0);
        store_four(at_y, row + 65u, col, sums.r1);
        store_four(at_y, row + 66u, col, sums.r2);
        store_four(at_y, row + 67u, col, sums.r3);
        store_four(at_y, row + 64u, col + 64u, sums.s0);
        store_four(at_y, row + 65u, col + 64u, sums.s1);
        store_four(at_y, row + 66u, col + 64u, sums.s2);
        store_four(at_y, row + 67u, col + 64u, sums.s3);
    }
}
