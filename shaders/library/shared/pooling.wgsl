// Where the windows of a pooling lie: depth, height and width in the first three components.

struct Windows {
    // Sizes of the larger and of the smaller side.
    space: vec4<u32>,
    pooled: vec4<u32>,
    // All zero where windows adapt: window i of o over size s reaches from floor(i s / o) to ceil((i + 1) s / o).
    kernel: vec4<u32>,
    stride: vec4<u32>,
    padding: vec4<u32>,
    dilation: vec4<u32>,
}

// Parameters of pooling kernels.
struct Pooling {
    // What means divide by if it is not 0, else the number of taps; or what is below or equal to every element.
    number: T,
    // Windows or places of all planes, and where the tensors begin.
    count: u32,
    x: u32,
    y: u32,
    at: u32,
    // 1 if taps on padding count.
    padding: u32,
    // The launch's number: no divisor is 0, so nothing is reported.
    launch: u32,
    windows: Windows,
    // Distances within a plane.
    x_space: vec4<u32>,
    y_space: vec4<u32>,
    at_space: vec4<u32>,
    rank: u32,
    planes: array<vec4<u32>, 2>,
    x_planes: array<vec4<u32>, 2>,
    y_planes: array<vec4<u32>, 2>,
    at_planes: array<vec4<u32>, 2>,
}

// A window's taps along one dimension.
struct Span {
    // The first inside, and how many are.
    first: u32,
    taps: u32,
    step: u32,
    // How many taps lie inside or on padding; a window that hangs over even that is cut there.
    padded: u32,
}

// floor(a b / c), and the rest; for c below 2^31 and results that 32 bits hold.
fn scaled(a: u32, b: u32, c: u32) -> vec2<u32> {
    if (max(a, b) < 65536u) {
        let product = a * b;
        let quotient = product / c;
        return vec2<u32>(quotient, product - quotient * c);
    }
    let whole = b / c;
    let part = b - whole * c;
    var quotient = 0u;
    var rest = 0u;
    for (var bit = 32u; bit > 0u; bit -= 1u) {
        quotient *= 2u;
        rest *= 2u;
        if (rest >= c) {
            rest -= c;
            quotient += 1u;
        }
        if (((a >> (bit - 1u)) & 1u) == 1u) {
            quotient += whole;
            rest += part;
            if (rest >= c) {
                rest -= c;
                quotient += 1u;
            }
        }
    }
    return vec2<u32>(quotient, rest);
}

fn adapted_end(window: u32, space: u32, pooled: u32) -> u32 {
    let end = scaled(window + 1u, space, pooled);
    return end.x + min(end.y, 1u);
}

// How many taps of a window that begins at `start` lie before `limit`.
fn taps_before(limit: u32, start: u32, step: u32, kernel: u32) -> u32 {
    let distance = max(limit, start) - start;
    return min((distance + step - 1u) / step, kernel);
}

// Window `o` along dimension `d`.
fn span_of(o: u32, d: u32, w: Windows) -> Span {
    let size = w.space[d];
    let kernel = w.kernel[d];
    if (kernel == 0u) {
        let first = scaled(o, size, w.pooled[d]).x;
        let taps = adapted_end(o, size, w.pooled[d]) - first;
        return Span(first, taps, 1u, taps);
    }
    let step = w.dilation[d];
    let padding = w.padding[d];
    // Counted from the first place on padding.
    let start = o * w.stride[d];
    let skipped = (max(padding, start) - start + step - 1u) / step;
    let inside = taps_before(padding + size, start, step, kernel);
    return Span(
        max(start + skipped * step, padding) - padding,
        max(inside, skipped) - skipped,
        step,
        taps_before(size + 2u * padding, start, step, kernel),
    );
}

// The first and one past the last window along dimension `d` that may have a tap at `place`.
fn windows_at(place: u32, d: u32, w: Windows) -> vec2<u32> {
    let kernel = w.kernel[d];
    let pooled = w.pooled[d];
    if (kernel == 0u) {
        let end = scaled(place + 1u, pooled, w.space[d]);
        return vec2<u32>(scaled(place, pooled, w.space[d]).x, end.x + min(end.y, 1u));
    }
    let reach = (kernel - 1u) * w.dilation[d];
    let last = place + w.padding[d];
    let stride = w.stride[d];
    return vec2<u32>((max(last, reach) - reach + stride - 1u) / stride, min(last / stride + 1u, pooled));
}

// Whether window `o` of those has.
fn has_tap(o: u32, place: u32, d: u32, w: Windows) -> bool {
    return w.kernel[d] == 0u || (place + w.padding[d] - o * w.stride[d]) % w.dilation[d] == 0u;
}

// Entry `i` of a box in row-major order.
fn place_in(i: u32, size: vec4<u32>) -> vec3<u32> {
    let line = i / size.z;
    let plane = line / size.y;
    return vec3<u32>(plane, line - plane * size.y, i - line * size.z);
}

// What a window's mean divides by, but for a number given instead.
fn taps_counted(d: Span, h: Span, w: Span, padding: bool) -> u32 {
    return max(select(d.taps * h.taps * w.taps, d.padded * h.padded * w.padded, padding), 1u);
}
