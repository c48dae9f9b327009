// Optimizer updates of one element: from a vector of the parameter and its states, and the gradient, to the new parameter and states. The order
// of operations is that of the CPU's formulas. Values that depend on the step alone are computed by the host.

// The gradient, negated when maximizing, plus weight decay. Without weight decay nothing is added, because 0 times an infinite parameter is NaN.
fn decayed_gradient(param: T, grad: T, maximize: u32, weight_decay: T) -> T {
    let g = select(grad, -grad, maximize == 1u);
    return select(g + weight_decay * param, g, weight_decay == T(0));
}

// Linear interpolation a + w (b - a), from the nearer of a and b.
fn lerp(a: T, b: T, w: T) -> T {
    return select(b - (b - a) * (T(1) - w), a + w * (b - a), w < T(0.5));
}

struct SgdNumbers {
    lr: T,
    weight_decay: T,
    momentum: T,
    // 1 - dampening, the factor of the gradient in the momentum.
    fresh: T,
    maximize: u32,
    nesterov: u32,
    // 1 in the first step, whose momentum is the gradient.
    first: u32,
}

fn step_sgd(now: vec4<T>, grad: T, n: SgdNumbers) -> vec4<T> {
    return vec4<T>(now.x - n.lr * decayed_gradient(now.x, grad, n.maximize, n.weight_decay), now.yzw);
}

fn step_momentum(now: vec4<T>, grad: T, n: SgdNumbers) -> vec4<T> {
    let g = decayed_gradient(now.x, grad, n.maximize, n.weight_decay);
    let v = select(n.momentum * now.y + n.fresh * g, g, n.first == 1u);
    let direction = select(v, g + n.momentum * v, n.nesterov == 1u);
    return vec4<T>(now.x - n.lr * direction, v, now.zw);
}

struct AsgdNumbers {
    weight_decay: T,
    // The factor 1 - lambda eta of the parameter, and the step size eta.
    keep: T,
    eta: T,
    mu: T,
    maximize: u32,
    // 0 while the average is the parameter itself.
    averaging: u32,
}

fn step_asgd(now: vec4<T>, grad: T, n: AsgdNumbers) -> vec4<T> {
    let g = decayed_gradient(now.x, grad, n.maximize, n.weight_decay);
    let param = now.x * n.keep - n.eta * g;
    return vec4<T>(param, select(param, now.y + n.mu * (param - now.y), n.averaging == 1u), now.zw);
}

// Numbers of Adam, AMSGrad, NAdam, RAdam and Adamax.
struct AdamNumbers {
    weight_decay: T,
    // 1 - lr weight_decay, the factor of decoupled weight decay.
    keep: T,
    // 1 - beta1, beta2, 1 - beta2.
    toward: T,
    beta2: T,
    square: T,
    eps: T,
    // Step sizes of the first moment, and of the gradient itself.
    rate: T,
    of_gradient: T,
    // The bias correction of the second moment.
    unbias: T,
    maximize: u32,
    decoupled: u32,
    // 1 if the step is scaled by the second moment.
    adaptive: u32,
}

// The parameter after decoupled decay, and both moments.
fn with_moments(param: T, m: T, v: T, g: T, n: AdamNumbers) -> vec3<T> {
    return vec3<T>(select(param, param * n.keep, n.decoupled == 1u), lerp(m, g, n.toward), n.beta2 * v + n.square * g * g);
}

fn adam_step(m: T, v: T, n: AdamNumbers) -> T {
    return op_div(n.rate * m, op_sqrt(v) * n.unbias + n.eps);
}

fn step_adam(now: vec4<T>, grad: T, n: AdamNumbers) -> vec4<T> {
    let g = decayed_gradient(now.x, grad, n.maximize, n.weight_decay);
    let next = with_moments(now.x, now.y, now.z, g, n);
    return vec4<T>(next.x - adam_step(next.y, next.z, n), next.y, next.z, now.w);
}

fn step_amsgrad(now: vec4<T>, grad: T, n: AdamNumbers) -> vec4<T> {
    let g = decayed_gradient(now.x, grad, n.maximize, n.weight_decay);
    let next = with_moments(now.x, now.y, now.z, g, n);
    let largest = op_maximum(now.w, next.z);
    return vec4<T>(next.x - adam_step(next.y, largest, n), next.y, next.z, largest);
}

fn step_nadam(now: vec4<T>, grad: T, n: AdamNumbers) -> vec4<T> {
    let g = decayed_gradient(now.x, grad, n.maximize, n.weight_decay);
    let next = with_moments(now.x, now.y, now.z, g, n);
    let scale = op_sqrt(op_div(next.z, n.unbias)) + n.eps;
    return vec4<T>(next.x - op_div(n.of_gradient * g, scale) - op_div(n.rate * next.y, scale), next.y, next.z, now.w);
}

fn step_radam(now: vec4<T>, grad: T, n: AdamNumbers) -> vec4<T> {
    let g = decayed_gradient(now.x, grad, n.maximize, n.weight_decay);
    let next = with_moments(now.x, now.y, now.z, g, n);
    let scale = select(T(1), op_sqrt(next.z) + n.eps, n.adaptive == 1u);
    return vec4<T>(next.x - op_div(n.rate * next.y, scale), next.y, next.z, now.w);
}

// The second state is the infinity norm, a maximum of decaying magnitudes.
fn step_adamax(now: vec4<T>, grad: T, n: AdamNumbers) -> vec4<T> {
    let g = decayed_gradient(now.x, grad, n.maximize, n.weight_decay);
    let m = lerp(now.y, g, n.toward);
    let norm = op_maximum(n.beta2 * now.z, op_abs(g) + n.eps);
    return vec4<T>(now.x - op_div(n.rate * m, norm), m, norm, now.w);
}

// Numbers of RMSprop, Adagrad and Adadelta, which scale by an average or a sum of squares.
struct SquareNumbers {
    lr: T,
    weight_decay: T,
    eps: T,
    // Weights of the old average and of the new square.
    keep: T,
    rest: T,
    momentum: T,
    maximize: u32,
    with_momentum: u32,
    centered: u32,
}

// States: square average, momentum, mean gradient. Unused states are returned unchanged.
fn step_rmsprop(now: vec4<T>, grad: T, n: SquareNumbers) -> vec4<T> {
    let g = decayed_gradient(now.x, grad, n.maximize, n.weight_decay);
    let square = n.keep * now.y + n.rest * g * g;
    var second_moment = square;
    var mean = now.w;
    if (n.centered == 1u) {
        mean = lerp(mean, g, n.rest);
        second_moment = second_moment - mean * mean;
    }
    let scale = op_sqrt(second_moment) + n.eps;
    if (n.with_momentum == 1u) {
        let momentum = n.momentum * now.z + op_div(g, scale);
        return vec4<T>(now.x - n.lr * momentum, square, momentum, mean);
    }
    return vec4<T>(now.x - op_div(n.lr * g, scale), square, now.z, mean);
}

// Without momentum, the second state is the mean gradient.
fn step_rmsprop_centered(now: vec4<T>, grad: T, n: SquareNumbers) -> vec4<T> {
    return step_rmsprop(now.xywz, grad, n).xywz;
}

fn step_adagrad(now: vec4<T>, grad: T, n: SquareNumbers) -> vec4<T> {
    let g = decayed_gradient(now.x, grad, n.maximize, n.weight_decay);
    let sum = now.y + g * g;
    return vec4<T>(now.x - op_div(n.lr * g, op_sqrt(sum) + n.eps), sum, now.zw);
}

fn step_adadelta(now: vec4<T>, grad: T, n: SquareNumbers) -> vec4<T> {
    let g = decayed_gradient(now.x, grad, n.maximize, n.weight_decay);
    let square = n.keep * now.y + n.rest * g * g;
    let delta = op_div(op_sqrt(now.z + n.eps), op_sqrt(square + n.eps)) * g;
    return vec4<T>(now.x - n.lr * delta, square, n.keep * now.z + n.rest * delta * delta, now.w);
}

struct RpropNumbers {
    shrink: T,
    grow: T,
    // The smallest and the largest step size.
    least: T,
    most: T,
    maximize: u32,
}

// States: the previous gradient, and the step size.
fn step_rprop(now: vec4<T>, grad: T, n: RpropNumbers) -> vec4<T> {
    let signed_grad = select(grad, -grad, n.maximize == 1u);
    let agreement = signed_grad * now.y;
    let opposed = agreement < T(0);
    let factor = select(select(T(1), n.grow, agreement > T(0)), n.shrink, opposed);
    let size = op_minimum(op_maximum(now.z * factor, n.least), n.most);
    let g = select(signed_grad, T(0), opposed);
    let increase = select(T(0), size, g > T(0));
    let decrease = select(T(0), size, g < T(0));
    return vec4<T>(now.x - increase + decrease, g, size, now.w);
}
