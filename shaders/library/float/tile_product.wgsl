// Products of tiles of 16 x 16 elements, for kernels whose workgroups are of 16 x 16 threads.

// Rows have a stride of 17 to avoid bank conflicts.
var<workgroup> own_tile: array<T, 272>;
var<workgroup> other_tile: array<T, 272>;

// `sum` plus the dot product of row r of one tile and row c of the other. Thread (r, c) provides element c of row r of both.
fn add_tile_product(own: T, other: T, sum: T, r: u32, c: u32) -> T {
    own_tile[r * 17u + c] = own;
    other_tile[r * 17u + c] = other;
    workgroupBarrier();
    var total = sum;
    for (var i = 0u; i < 16u; i += 1u) {
        total = fma(own_tile[r * 17u + i], other_tile[c * 17u + i], total);
    }
    workgroupBarrier();
    return total;
}
