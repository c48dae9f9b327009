// Reductions and scans over the threads of a workgroup, which processes `slots` rows with `threads` threads each, powers of two whose product is
// WIDTH. `slot` is the index of a thread's row, `in_row` the index of the thread within the row. The kernel defines the type that is combined,
// `alias Part`, and the operation, `fn combine`. The order depends on the sizes alone, so that results are reproducible bit by bit.

var<workgroup> row_parts: array<Part, WIDTH>;
var<workgroup> row_sums: array<T, WIDTH>;

// Combines the parts of a row in a tree. Thread 0 of the row gets the result.
fn reduce_row(part: Part, slot: u32, in_row: u32, slots: u32, threads: u32) -> Part {
    let index = in_row * slots + slot;
    var total = part;
    row_parts[index] = total;
    for (var step = threads / 2u; step > 0u; step >>= 1u) {
        workgroupBarrier();
        if (in_row < step) {
            total = combine(total, row_parts[index + step * slots]);
            row_parts[index] = total;
        }
    }
    return total;
}

// The same, but every thread of the row gets the result.
fn reduce_whole_row(part: Part, slot: u32, in_row: u32, slots: u32, threads: u32) -> Part {
    reduce_row(part, slot, in_row, slots, threads);
    workgroupBarrier();
    let total = row_parts[slot];
    workgroupBarrier();
    return total;
}

// The sum of a row's numbers by the same tree, for every thread of the row.
fn sum_whole_row(number: T, slot: u32, in_row: u32, slots: u32, threads: u32) -> T {
    let index = in_row * slots + slot;
    row_sums[index] = number;
    for (var step = threads / 2u; step > 0u; step >>= 1u) {
        workgroupBarrier();
        if (in_row < step) {
            row_sums[index] += row_sums[index + step * slots];
        }
    }
    workgroupBarrier();
    let total = row_sums[slot];
    workgroupBarrier();
    return total;
}

// Inclusive scan over the threads of a row. `row_parts` then has the result of each thread.
fn scan_row(part: Part, slot: u32, in_row: u32, slots: u32, threads: u32) -> Part {
    let index = in_row * slots + slot;
    var total = part;
    row_parts[index] = total;
    for (var step = 1u; step < threads; step <<= 1u) {
        workgroupBarrier();
        var before = part;
        if (in_row >= step) {
            before = row_parts[index - step * slots];
        }
        workgroupBarrier();
        if (in_row >= step) {
            total = combine(before, total);
            row_parts[index] = total;
        }
    }
    workgroupBarrier();
    return total;
}
