// As many multiply-adds as the arithmetic units take: a thread has 8 chains of vec4, so that no instruction waits for the one before,
// and touches memory once. 512 rounds of 64 multiply-adds: 65,536 operations a thread. Both bindings are there for the copy's layout.

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = (group.y * groups.x + group.x) * 256u + local;
    // Read, so that no compiler knows them.
    let a = x[local];
    let b = x[local + 256u];
    var c0 = a;
    var c1 = b;
    var c2 = a + b;
    var c3 = a - b;
    var c4 = a * 2.0;
    var c5 = b * 2.0;
    var c6 = a * 3.0;
    var c7 = b * 3.0;
    for (var round = 0u; round < 512u; round++) {
        c0 = fma(c0, a, b);
        c1 = fma(c1, a, b);
        c2 = fma(c2, a, b);
        c3 = fma(c3, a, b);
        c4 = fma(c4, a, b);
        c5 = fma(c5, a, b);
        c6 = fma(c6, a, b);
        c7 = fma(c7, a, b);
        c0 = fma(c0, a, b);
        c1 = fma(c1, a, b);
        c2 = fma(c2, a, b);
        c3 = fma(c3, a, b);
        c4 = fma(c4, a, b);
        c5 = fma(c5, a, b);
        c6 = fma(c6, a, b);
        c7 = fma(c7, a, b);
    }
    y[i] = ((c0 + c1) + (c2 + c3)) + ((c4 + c5) + (c6 + c7));
}
