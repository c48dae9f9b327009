// Matrix products in tiles: a workgroup of 256 threads computes TILE rows by TILE columns (TILE is 128 or 64) from tiles of both operands in
// shared memory that are DEPTH deep along k. A tile consists of slices, one for each k: a slice has one element for every row (or column) of
// the result, in vectors of four.

override TILE: u32 = 128u;
override DEPTH: u32 = 16u;
// Pairs of tiles: with two, one is filled while the other is read.
override BUFFERS: u32 = 1u;

var<workgroup> tiles: array<vec4<T>, BUFFERS * TILE * DEPTH / 2u>;

// Four by four elements: four slices of one vector.
struct Block {
    r0: vec4<T>,
    r1: vec4<T>,
    r2: vec4<T>,
    r3: vec4<T>,
}

// The sums of a thread: four rows by four columns (p); in tiles of 128 also those 64 columns to the right (q), and both 64 rows below (r, s).
struct Sums {
    p0: vec4<T>,
    p1: vec4<T>,
    p2: vec4<T>,
    p3: vec4<T>,
    q0: vec4<T>,
    q1: vec4<T>,
    q2: vec4<T>,
    q3: vec4<T>,
    r0: vec4<T>,
    r1: vec4<T>,
    r2: vec4<T>,
    r3: vec4<T>,
    s0: vec4<T>,
    s1: vec4<T>,
    s2: vec4<T>,
    s3: vec4<T>,
}

// Sums whose rows all equal `p`, and `q` 64 columns to the right.
fn sums_of_rows(p: vec4<T>, q: vec4<T>) -> Sums {
    return Sums(p, p, p, p, q, q, q, q, p, p, p, p, q, q, q, q);
}

fn transposed(b: Block) -> Block {
    return Block(
        vec4<T>(b.r0.x, b.r1.x, b.r2.x, b.r3.x),
        vec4<T>(b.r0.y, b.r1.y, b.r2.y, b.r3.y),
        vec4<T>(b.r0.z, b.r1.z, b.r2.z, b.r3.z),
        vec4<T>(b.r0.w, b.r1.w, b.r2.w, b.r3.w),
    );
}

// Block `b`, which begins at slice `first`, with the slices from `count` on set to zero.
fn zeros_from(b: Block, first: u32, count: u32) -> Block {
    let zero = vec4<T>();
    return Block(
        select(b.r0, zero, first >= count),
        select(b.r1, zero, first + 1u >= count),
        select(b.r2, zero, first + 2u >= count),
        select(b.r3, zero, first + 3u >= count),
    );
}

// Four consecutive indices from `first` on, clamped to `last`.
fn four_from(first: u32, last: u32) -> vec4<u32> {
    return min(vec4<u32>(first, first + 1u, first + 2u, first + 3u), vec4<u32>(last));
}

// Row and column of the result tile that a workgroup computes: bands of eight rows of tiles one after another, column by column within a band,
// so that workgroups that run at the same time read the same operands.
fn tile_of(number: u32, rows: u32, cols: u32) -> vec2<u32> {
    let band = number / (8u * cols);
    let height = min(8u, rows - 8u * band);
    let within = number - band * 8u * cols;
    let col = within / height;
    return vec2<u32>(8u * band + within - col * height, col);
}

// The vectors of a slice that a thread multiplies: the index of that of its rows and of that of its columns. A group of 32 threads covers four
// vectors of rows by eight of columns, so that simultaneous reads lie in different banks.
fn vectors_of_thread(thread: u32) -> vec2<u32> {
    let group = thread >> 5u;
    return vec2<u32>(4u * (group >> 1u) + ((thread >> 3u) & 3u), 8u * (group & 1u) + (thread & 7u));
}

// The position of a vector within a slice. Vectors are permuted, differently for each four slices, so that neighbouring threads that write
// transposed blocks along k have no bank conflicts either.
fn permuted(vector: u32, four: u32) -> u32 {
    return vector ^ (four * (32u / DEPTH));
}

// Offset of the tile of the left (0) or right (1) operand.
fn tile_start(buffer: u32, operand: u32) -> u32 {
    return (2u * buffer + operand) * (TILE * DEPTH / 4u);
}

// Writes a block to vector `vector` of slices 4 `four` to 4 `four` + 3.
fn put_block(b: Block, start: u32, four: u32, vector: u32) {
    let at = start + four * TILE + permuted(vector, four);
    tiles[at] = b.r0;
    tiles[at + TILE / 4u] = b.r1;
    tiles[at + TILE / 2u] = b.r2;
    tiles[at + 3u * TILE / 4u] = b.r3;
}

// Adds the product of the two tiles in a buffer.
fn add_product(sums: Sums, buffer: u32, vectors: vec2<u32>) -> Sums {
    var sum = sums;
    for (var four = 0u; four < DEPTH / 4u; four += 1u) {
        let at_a = tile_start(buffer, 0u) + four * TILE + permuted(vectors.x, four);
        let at_b = tile_start(buffer, 1u) + four * TILE + permuted(vectors.y, four);
        for (var slice = 0u; slice < TILE; slice += TILE / 4u) {
            let a = tiles[at_a + slice];
            let b = tiles[at_b + slice];
            sum.p0 = multiply_add(a.x, b, sum.p0);
            sum.p1 = multiply_add(a.y, b, sum.p1);
            sum.p2 = multiply_add(a.z, b, sum.p2);
            sum.p3 = multiply_add(a.w, b, sum.p3);
            if (TILE == 128u) {
                let c = tiles[at_a + slice + 16u];
                let d = tiles[at_b + slice + 16u];
                sum.q0 = multiply_add(a.x, d, sum.q0);
                sum.q1 = multiply_add(a.y, d, sum.q1);
                sum.q2 = multiply_add(a.z, d, sum.q2);
                sum.q3 = multiply_add(a.w, d, sum.q3);
                sum.r0 = multiply_add(c.x, b, sum.r0);
                sum.r1 = multiply_add(c.y, b, sum.r1);
                sum.r2 = multiply_add(c.z, b, sum.r2);
                sum.r3 = multiply_add(c.w, b, sum.r3);
                sum.s0 = multiply_add(c.x, d, sum.s0);
                sum.s1 = multiply_add(c.y, d, sum.s1);
                sum.s2 = multiply_add(c.z, d, sum.s2);
                sum.s3 = multiply_add(c.w, d, sum.s3);
            }
        }
    }
    return sum;
}
