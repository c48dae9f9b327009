// A parameter and its state after a step of an optimizer: (p, s0) = f((p, s0), gradient), in place.
// All are dense; one thread an element. The formula and its numbers are those of `library/float/optimizer.wgsl`.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    // Where parameter and states begin.
    start: vec4<u32>,
    // Elements, and where the gradient begins.
    count: u32,
    @size(12) grad: u32,
    numbers: SgdNumbers,
}

@group(0) @binding(0) var<storage, read> grad: array<f32>;
@group(0) @binding(1) var<storage, read_write> param: array<f32>;
@group(0) @binding(2) var<storage, read_write> s0: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_grad(i: u32) -> T { return T(grad[i]); }
fn load_param(i: u32) -> T { return T(param[i]); }
fn store_param(i: u32, v: T) { param[i] = v; }
fn load_s0(i: u32) -> T { return T(s0[i]); }
fn store_s0(i: u32, v: T) { s0[i] = v; }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let i = workgroup_number(group, groups) * WIDTH + lane;
    if (i < p.count) {
        let now = vec2<T>(load_param(p.start.x + i), load_s0(p.start.y + i));
        let next = step_momentum(now, load_grad(p.grad + i), p.numbers);
        store_param(p.start.x + i, next.x);
        store_s0(p.start.y + i, next.y);
    }
}
