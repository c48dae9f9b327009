// What optimizers make of one element: parameter and states before, in one vector, and the gradient; parameter and states after. The order of
// operations is that of the CPU's formulas. What depends on the step alone comes as a number.

// The gradient as an update takes it: turned when climbing, with the penalty of weight decay. Not a plain sum: 0 times an infinite
// parameter would be NaN.
fn penalised(param: T, grad: T, maximize: u32, weight_decay: T) -> T {
    let g = select(grad, -grad, maximize == 1u);
    return select(g + weight_decay * param, g, weight_decay == T(0));
}

// a + w (b - a), from the nearer end.
fn moved_to(a: T, b: T, w: T) -> T {
    return select(b - (b - a) * (T(1) - w), a + w * (b - a), w < T(0.5));
}

struct SgdNumbers {
    @size(16) lr: T,
    @size(16) weight_decay: T,
    @size(16) momentum: T,
    // How much of the gradient enters the momentum.
    @size(16) fresh: T,
    maximize: u32,
    nesterov: u32,
    // 1 in the first step, which takes the gradient itself as its momentum.
    first: u32,
}

fn step_sgd(param: T, grad: T, n: SgdNumbers) -> T {
    return param - n.lr * penalised(param, grad, n.maximize, n.weight_decay);
}

fn step_momentum(now: vec2<T>, grad: T, n: SgdNumbers) -> vec2<T> {
    let g = penalised(now.x, grad, n.maximize, n.weight_decay);
    let v = select(n.momentum * now.y + n.fresh * g, g, n.first == 1u);
    let along = select(v, g + n.momentum * v, n.nesterov == 1u);
    return vec2<T>(now.x - n.lr * along, v);
}

struct AsgdNumbers {
    @size(16) weight_decay: T,
    // What is left of the parameter, and the step size.
    @size(16) keep: T,
    @size(16) eta: T,
    @size(16) mu: T,
    maximize: u32,
    // 0 where the average is the parameter itself.
    averaging: u32,
}

fn step_asgd(now: vec2<T>, grad: T, n: AsgdNumbers) -> vec2<T> {
    let g = penalised(now.x, grad, n.maximize, n.weight_decay);
    let param = now.x * n.keep - n.eta * g;
    return vec2<T>(param, select(param, now.y + n.mu * (param - now.y), n.averaging == 1u));
}

// Of Adam and its relatives.
struct AdamNumbers {
    @size(16) weight_decay: T,
    // What decoupled weight decay leaves of the parameter.
    @size(16) keep: T,
    // 1 - beta1, beta2, 1 - beta2.
    @size(16) toward: T,
    @size(16) beta2: T,
    @size(16) square: T,
    @size(16) eps: T,
    // The step along the average, and along the gradient itself.
    @size(16) rate: T,
    @size(16) of_gradient: T,
    // What corrects the second moment's bias.
    @size(16) unbias: T,
    maximize: u32,
    decoupled: u32,
    // 1 where the step is scaled by the second moment.
    adaptive: u32,
}

// The parameter after decoupled decay, and both moments.
fn with_moments(param: T, m: T, v: T, g: T, n: AdamNumbers) -> vec3<T> {
    return vec3<T>(select(param, param * n.keep, n.decoupled == 1u), moved_to(m, g, n.toward), n.beta2 * v + n.square * g * g);
}

fn adam_step(m: T, v: T, n: AdamNumbers) -> T {
    return op_div(n.rate * m, op_sqrt(v) * n.unbias + n.eps);
}

fn step_adam(now: vec3<T>, grad: T, n: AdamNumbers) -> vec3<T> {
    let g = penalised(now.x, grad, n.maximize, n.weight_decay);
    let next = with_moments(now.x, now.y, now.z, g, n);
    return vec3<T>(next.x - adam_step(next.y, next.z, n), next.y, next.z);
}

fn step_amsgrad(now: vec4<T>, grad: T, n: AdamNumbers) -> vec4<T> {
    let g = penalised(now.x, grad, n.maximize, n.weight_decay);
    let next = with_moments(now.x, now.y, now.z, g, n);
    let largest = op_maximum(now.w, next.z);
    return vec4<T>(next.x - adam_step(next.y, largest, n), next.y, next.z, largest);
}

fn step_nadam(now: vec3<T>, grad: T, n: AdamNumbers) -> vec3<T> {
    let g = penalised(now.x, grad, n.maximize, n.weight_decay);
    let next = with_moments(now.x, now.y, now.z, g, n);
    let scale = op_sqrt(op_div(next.z, n.unbias)) + n.eps;
    return vec3<T>(next.x - op_div(n.of_gradient * g, scale) - op_div(n.rate * next.y, scale), next.y, next.z);
}

fn step_radam(now: vec3<T>, grad: T, n: AdamNumbers) -> vec3<T> {
    let g = penalised(now.x, grad, n.maximize, n.weight_decay);
    let next = with_moments(now.x, now.y, now.z, g, n);
    let scale = select(T(1), op_sqrt(next.z) + n.eps, n.adaptive == 1u);
    return vec3<T>(next.x - op_div(n.rate * next.y, scale), next.y, next.z);
}

// The second state is a norm, the largest of decaying magnitudes.
fn step_adamax(now: vec3<T>, grad: T, n: AdamNumbers) -> vec3<T> {
    let g = penalised(now.x, grad, n.maximize, n.weight_decay);
    let m = moved_to(now.y, g, n.toward);
    let norm = op_maximum(n.beta2 * now.z, op_abs(g) + n.eps);
    return vec3<T>(now.x - op_div(n.rate * m, norm), m, norm);
}

// Of optimizers that scale by an average or a sum of squares.
struct SquareNumbers {
    @size(16) lr: T,
    @size(16) weight_decay: T,
    @size(16) eps: T,
    // How much of the average is kept, and how much the new square counts.
    @size(16) keep: T,
    @size(16) rest: T,
    @size(16) momentum: T,
    maximize: u32,
    with_momentum: u32,
    centered: u32,
}

// States: the square average, the momentum, the mean gradient; those that are not used are passed through.
fn rmsprop(now: vec4<T>, grad: T, n: SquareNumbers) -> vec4<T> {
    let g = penalised(now.x, grad, n.maximize, n.weight_decay);
    let square = n.keep * now.y + n.rest * g * g;
    var spread = square;
    var mean = now.w;
    if (n.centered == 1u) {
        mean = moved_to(mean, g, n.rest);
        spread = spread - mean * mean;
    }
    let scale = op_sqrt(spread) + n.eps;
    if (n.with_momentum == 1u) {
        let along = n.momentum * now.z + op_div(g, scale);
        return vec4<T>(now.x - n.lr * along, square, along, mean);
    }
    return vec4<T>(now.x - op_div(n.lr * g, scale), square, now.z, mean);
}

fn step_rmsprop(now: vec2<T>, grad: T, n: SquareNumbers) -> vec2<T> {
    return rmsprop(vec4<T>(now, T(0), T(0)), grad, n).xy;
}

fn step_rmsprop_momentum(now: vec3<T>, grad: T, n: SquareNumbers) -> vec3<T> {
    return rmsprop(vec4<T>(now, T(0)), grad, n).xyz;
}

fn step_rmsprop_centered(now: vec3<T>, grad: T, n: SquareNumbers) -> vec3<T> {
    return rmsprop(vec4<T>(now.xy, T(0), now.z), grad, n).xyw;
}

fn step_adagrad(now: vec2<T>, grad: T, n: SquareNumbers) -> vec2<T> {
    let g = penalised(now.x, grad, n.maximize, n.weight_decay);
    let sum = now.y + g * g;
    return vec2<T>(now.x - op_div(n.lr * g, op_sqrt(sum) + n.eps), sum);
}

fn step_adadelta(now: vec3<T>, grad: T, n: SquareNumbers) -> vec3<T> {
    let g = penalised(now.x, grad, n.maximize, n.weight_decay);
    let square = n.keep * now.y + n.rest * g * g;
    let delta = op_div(op_sqrt(now.z + n.eps), op_sqrt(square + n.eps)) * g;
    return vec3<T>(now.x - n.lr * delta, square, n.keep * now.z + n.rest * delta * delta);
}

struct RpropNumbers {
    @size(16) shrink: T,
    @size(16) grow: T,
    // The smallest and the largest step size.
    @size(16) least: T,
    @size(16) most: T,
    maximize: u32,
}

// States: the last gradient, and the step size.
fn step_rprop(now: vec3<T>, grad: T, n: RpropNumbers) -> vec3<T> {
    let turned = select(grad, -grad, n.maximize == 1u);
    let agreement = turned * now.y;
    let against = agreement < T(0);
    let factor = select(select(T(1), n.grow, agreement > T(0)), n.shrink, against);
    let size = op_minimum(op_maximum(now.z * factor, n.least), n.most);
    let g = select(turned, T(0), against);
    let rise = select(T(0), size, g > T(0));
    let fall = select(T(0), size, g < T(0));
    return vec3<T>(now.x - rise + fall, g, size);
}
