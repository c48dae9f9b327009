// Reductions and scans over the threads of a workgroup, which takes `slots` rows with `threads` threads each: powers of two whose product is
// WIDTH. `slot` is the number of a thread's row, `in_row` that of the thread within it. The kernel says what is combined, `alias Part`, and how,
// `fn combine`. The order follows from the sizes alone, so that results have the same bits every time.

var<workgroup> row_parts: array<Part, WIDTH>;
var<workgroup> row_sums: array<T, WIDTH>;

// All parts of a row, combined in a tree; whole for thread 0.
fn reduce_row(part: Part, slot: u32, in_row: u32, slots: u32, threads: u32) -> Part {
    let place = in_row * slots + slot;
    var total = part;
    row_parts[place] = total;
    for (var step = threads / 2u; step > 0u; step >>= 1u) {
        workgroupBarrier();
        if (in_row < step) {
            total = combine(total, row_parts[place + step * slots]);
            row_parts[place] = total;
        }
    }
    return total;
}

// The same, whole for every thread of the row.
fn reduce_whole_row(part: Part, slot: u32, in_row: u32, slots: u32, threads: u32) -> Part {
    reduce_row(part, slot, in_row, slots, threads);
    workgroupBarrier();
    let total = row_parts[slot];
    workgroupBarrier();
    return total;
}

// The sum of a row's numbers by the same tree, whole for every thread of the row.
fn sum_whole_row(number: T, slot: u32, in_row: u32, slots: u32, threads: u32) -> T {
    let place = in_row * slots + slot;
    row_sums[place] = number;
    for (var step = threads / 2u; step > 0u; step >>= 1u) {
        workgroupBarrier();
        if (in_row < step) {
            row_sums[place] += row_sums[place + step * slots];
        }
    }
    workgroupBarrier();
    let total = row_sums[slot];
    workgroupBarrier();
    return total;
}

// What a row's threads up to this one have, combined in their order; `row_parts` then has that of each thread.
fn scan_row(part: Part, slot: u32, in_row: u32, slots: u32, threads: u32) -> Part {
    let place = in_row * slots + slot;
    var total = part;
    row_parts[place] = total;
    for (var step = 1u; step < threads; step <<= 1u) {
        workgroupBarrier();
        var before = part;
        if (in_row >= step) {
            before = row_parts[place - step * slots];
        }
        workgroupBarrier();
        if (in_row >= step) {
            total = combine(before, total);
            row_parts[place] = total;
        }
    }
    workgroupBarrier();
    return total;
}
