// Sorts blocks of rows: entries[row, i] = (key, position), in the order of keys, then positions, so that the order is stable.
// A workgroup sorts 1024 entries in shared memory with a bitonic network: one block of a long row, or several short rows. The key is one
// word of the element's rank among all values of its type. Types of two words are sorted by the lower word first, then stably by the upper.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    count: u32,
    // Elements per row, entries per block (a power of two), and blocks per row.
    length: u32,
    block: u32,
    blocks: u32,
    // The bit offset of the word in the element, a mask that flips its highest bit, and a mask that flips all its bits for descending order.
    shift: u32,
    flip: u32,
    inversion: u32,
    // Whether `order` gives the order of the elements.
    ordered: u32,
    x: u32,
    x_step: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    x_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> order: array<i32>;
@group(0) @binding(2) var<storage, read_write> entries: array<vec2<u32>>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn load_order(i: u32) -> i32 { return order[i]; }

var<workgroup> block: array<vec2<u32>, 1024>;

fn comes_after(a: vec2<u32>, b: vec2<u32>) -> bool {
    return a.x > b.x || (a.x == b.x && a.y > b.y);
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let first_block = workgroup_number(group, groups) * (1024u / p.block);
    for (var e = thread; e < 1024u; e += WIDTH) {
        let number = first_block + e / p.block;
        let row = number / p.blocks;
        let i = number % p.blocks * p.block + e % p.block;
        // Entries beyond the row come last.
        var entry = vec2<u32>(0xffffffffu, 0xffffffffu);
        if (row < p.count && i < p.length) {
            var position = i;
            if (p.ordered == 1u) {
                position = u32(load_order(row * p.length + i));
            }
            let value = load_x(p.x + strided_offset(row, p.rank, p.shape, p.x_strides) + position * p.x_step);
            entry = vec2<u32>(sort_word(value, p.shift, p.flip) ^ p.inversion, i);
        }
        block[e] = entry;
    }
    for (var size = 2u; size <= p.block; size <<= 1u) {
        for (var reach = size / 2u; reach > 0u; reach >>= 1u) {
            workgroupBarrier();
            for (var pair = thread; pair < 512u; pair += WIDTH) {
                let low = pair % reach;
                let a = (pair - low) * 2u + low;
                let b = a + reach;
                let ascending = ((a % p.block) & size) == 0u;
                let left = block[a];
                let right = block[b];
                if (comes_after(left, right) == ascending) {
                    block[a] = right;
                    block[b] = left;
                }
            }
        }
    }
    workgroupBarrier();
    for (var e = thread; e < 1024u; e += WIDTH) {
        let number = first_block + e / p.block;
        let row = number / p.blocks;
        let i = number % p.blocks * p.block + e % p.block;
        if (row < p.count && i < p.length) {
            entries[row * p.length + i] = block[e];
        }
    }
}
