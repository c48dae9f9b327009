// Geometry of pooling windows: depth, height and width are the first three components.

struct Windows {
    // Sizes of the unpooled and of the pooled tensor.
    space: vec4<u32>,
    pooled: vec4<u32>,
    // All zero for adaptive pooling: window i of o over size s then extends from floor(i s / o) to ceil((i + 1) s / o).
    kernel: vec4<u32>,
    stride: vec4<u32>,
    padding: vec4<u32>,
    dilation: vec4<u32>,
}

// Parameters of pooling kernels.
struct Pooling {
    // The divisor of means, or 0 to divide by the number of kernel positions. For maxima, a lower bound of all elements.
    number: T,
    // Number of windows or elements of all planes, and offsets of the tensors.
    count: u32,
    x: u32,
    y: u32,
    at: u32,
    // 1 if kernel positions on padding count.
    padding: u32,
    // The launch's number. No divisor is 0, so no fault is raised.
    launch: u32,
    windows: Windows,
    // Strides within a plane.
    x_space: vec4<u32>,
    y_space: vec4<u32>,
    at_space: vec4<u32>,
    rank: u32,
    planes: array<vec4<u32>, 2>,
    x_planes: array<vec4<u32>, 2>,
    y_planes: array<vec4<u32>, 2>,
    at_planes: array<vec4<u32>, 2>,
}

// The kernel positions of a window along one dimension.
struct Span {
    // The first one inside the tensor, and the number of those inside.
    first: u32,
    count: u32,
    step: u32,
    // The number of those inside or on padding. Windows are clipped at the end of the padding.
    padded: u32,
}

// floor(a b / c) and the remainder, for c below 2^31 and results of 32 bits.
fn multiply_divide(a: u32, b: u32, c: u32) -> vec2<u32> {
    if (max(a, b) < 65536u) {
        let product = a * b;
        let quotient = product / c;
        return vec2<u32>(quotient, product - quotient * c);
    }
    let quotient_step = b / c;
    let remainder_step = b - quotient_step * c;
    var quotient = 0u;
    var remainder = 0u;
    for (var bit = 32u; bit > 0u; bit -= 1u) {
        quotient *= 2u;
        remainder *= 2u;
        if (remainder >= c) {
            remainder -= c;
            quotient += 1u;
        }
        if (((a >> (bit - 1u)) & 1u) == 1u) {
            quotient += quotient_step;
            remainder += remainder_step;
            if (remainder >= c) {
                remainder -= c;
                quotient += 1u;
            }
        }
    }
    return vec2<u32>(quotient, remainder);
}

fn adaptive_end(window: u32, space: u32, pooled: u32) -> u32 {
    let end = multiply_divide(window + 1u, space, pooled);
    return end.x + min(end.y, 1u);
}

// The number of kernel positions before `limit` of a window that begins at `start`.
fn positions_before(limit: u32, start: u32, step: u32, kernel: u32) -> u32 {
    let distance = max(limit, start) - start;
    return min((distance + step - 1u) / step, kernel);
}

// The span of window `o` along dimension `d`.
fn span_of(o: u32, d: u32, w: Windows) -> Span {
    let size = w.space[d];
    let kernel = w.kernel[d];
    if (kernel == 0u) {
        let first = multiply_divide(o, size, w.pooled[d]).x;
        let count = adaptive_end(o, size, w.pooled[d]) - first;
        return Span(first, count, 1u, count);
    }
    let step = w.dilation[d];
    let padding = w.padding[d];
    // Counted from the start of the padding.
    let start = o * w.stride[d];
    let skipped = (max(padding, start) - start + step - 1u) / step;
    let inside = positions_before(padding + size, start, step, kernel);
    return Span(
        max(start + skipped * step, padding) - padding,
        max(inside, skipped) - skipped,
        step,
        positions_before(size + 2u * padding, start, step, kernel),
    );
}

// The first and one past the last window along dimension `d` that may cover `position`.
fn windows_at(position: u32, d: u32, w: Windows) -> vec2<u32> {
    let kernel = w.kernel[d];
    let pooled = w.pooled[d];
    if (kernel == 0u) {
        let end = multiply_divide(position + 1u, pooled, w.space[d]);
        return vec2<u32>(multiply_divide(position, pooled, w.space[d]).x, end.x + min(end.y, 1u));
    }
    let extent = (kernel - 1u) * w.dilation[d];
    let last = position + w.padding[d];
    let stride = w.stride[d];
    return vec2<u32>((max(last, extent) - extent + stride - 1u) / stride, min(last / stride + 1u, pooled));
}

// Whether window `o` of those covers it: dilated windows have gaps.
fn covers(o: u32, position: u32, d: u32, w: Windows) -> bool {
    return w.kernel[d] == 0u || (position + w.padding[d] - o * w.stride[d]) % w.dilation[d] == 0u;
}

// Coordinates of element `i` in row-major order of a box.
fn coordinates_of(i: u32, size: vec4<u32>) -> vec3<u32> {
    let row = i / size.z;
    let plane = row / size.y;
    return vec3<u32>(plane, row - plane * size.y, i - row * size.z);
}

// The divisor of a window's mean, unless one is given.
fn mean_divisor(d: Span, h: Span, w: Span, padding: bool) -> u32 {
    return max(select(d.count * h.count * w.count, d.padded * h.padded * w.padded, padding), 1u);
}
