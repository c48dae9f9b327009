//! What each optimizer makes of one element: `(parameter, gradient, states) → (parameter, states)`.

use crate::element::Real;

/// The gradient as the update takes it: turned when climbing, with the penalty of weight decay.
#[derive(Clone, Copy)]
struct Gradient<T> {
    maximize: bool,
    weight_decay: T,
}

impl<T: Real> Gradient<T> {
    fn new(maximize: bool, weight_decay: f64) -> Gradient<T> {
        Gradient {
            maximize,
            weight_decay: T::of(weight_decay),
        }
    }

    #[inline(always)]
    fn at(self, p: T, g: T) -> T {
        let g = if self.maximize { -g } else { g };
        // Not a plain sum: 0 times an infinite parameter would be NaN.
        if self.weight_decay == T::ZERO {
            g
        } else {
            g + self.weight_decay * p
        }
    }
}

/// `a + w (b - a)`, from the nearer end.
#[inline(always)]
fn lerp<T: Real>(a: T, b: T, w: T) -> T {
    if w < T::of(0.5) {
        a + w * (b - a)
    } else {
        b - (b - a) * (T::ONE - w)
    }
}

/// A formula for `N` states.
pub(super) trait Formula<T, const N: usize>: Fn(T, T, [T; N]) -> (T, [T; N]) + Sync {}
impl<T, const N: usize, F: Fn(T, T, [T; N]) -> (T, [T; N]) + Sync> Formula<T, N> for F {}

pub(super) fn sgd<T: Real>(
    lr: f64,
    weight_decay: f64,
    maximize: bool,
) -> impl Formula<T, 0> + use<T> {
    let (gradient, lr) = (Gradient::new(maximize, weight_decay), T::of(lr));
    #[inline(always)]
    move |p, g, []| (p - lr * gradient.at(p, g), [])
}

/// Whether and how past gradients drive a step.
#[derive(Clone, Copy)]
pub(super) struct Momentum {
    pub momentum: f64,
    pub dampening: f64,
    pub nesterov: bool,
    /// Whether this is the first step, which takes the gradient itself.
    pub first: bool,
}

pub(super) fn momentum<T: Real>(
    lr: f64,
    weight_decay: f64,
    maximize: bool,
    m: Momentum,
) -> impl Formula<T, 1> + use<T> {
    let (gradient, lr) = (Gradient::new(maximize, weight_decay), T::of(lr));
    let Momentum {
        nesterov, first, ..
    } = m;
    let (momentum, new) = (T::of(m.momentum), T::of(1.0 - m.dampening));
    #[inline(always)]
    move |p, g, [v]| {
        let g = gradient.at(p, g);
        let v = if first { g } else { momentum * v + new * g };
        let along = if nesterov { g + momentum * v } else { v };
        (p - lr * along, [v])
    }
}

/// What the variants of Adam share.
#[derive(Clone, Copy)]
pub(super) struct Adam<T> {
    gradient: Gradient<T>,
    /// What weight decay leaves of a parameter, if it is decoupled.
    keep: T,
    decoupled: bool,
    toward: T,
    beta2: T,
    square: T,
    step_size: T,
    unbias: T,
    eps: T,
}

impl<T: Real> Adam<T> {
    pub fn new(
        lr: f64,
        betas: (f64, f64),
        eps: f64,
        (weight_decay, decoupled): (f64, bool),
        maximize: bool,
        step: u64,
    ) -> Adam<T> {
        let bias = |beta: f64| 1.0 - beta.powf(step as f64);
        Adam {
            gradient: Gradient::new(maximize, if decoupled { 0.0 } else { weight_decay }),
            keep: T::of(1.0 - lr * weight_decay),
            decoupled: decoupled && weight_decay != 0.0,
            toward: T::of(1.0 - betas.0),
            beta2: T::of(betas.1),
            square: T::of(1.0 - betas.1),
            step_size: T::of(lr / bias(betas.0)),
            unbias: T::of(1.0 / bias(betas.1).sqrt()),
            eps: T::of(eps),
        }
    }

    /// The parameter after decoupled decay, and both moments.
    #[inline(always)]
    fn moments(&self, p: T, g: T, m: T, v: T) -> (T, T, T) {
        let g = self.gradient.at(p, g);
        let p = if self.decoupled { p * self.keep } else { p };
        (
            p,
            lerp(m, g, self.toward),
            self.beta2 * v + self.square * g * g,
        )
    }

    /// The parameter after a step along `m`, scaled by the second moment `v`.
    #[inline(always)]
    fn descend(&self, p: T, m: T, v: T) -> T {
        p - self.step_size * m / (v.sqrt() * self.unbias + self.eps)
    }
}

pub(super) fn adam<T: Real>(adam: Adam<T>) -> impl Formula<T, 2> + use<T> {
    #[inline(always)]
    move |p, g, [m, v]| {
        let (p, m, v) = adam.moments(p, g, m, v);
        (adam.descend(p, m, v), [m, v])
    }
}

pub(super) fn amsgrad<T: Real>(adam: Adam<T>) -> impl Formula<T, 3> + use<T> {
    #[inline(always)]
    move |p, g, [m, v, largest]| {
        let (p, m, v) = adam.moments(p, g, m, v);
        let largest = largest.larger(v);
        (adam.descend(p, m, largest), [m, v, largest])
    }
}

/// States: the square average, then the momentum buffer and the mean gradient where they are used.
pub(super) fn rmsprop<T: Real, const N: usize>(
    lr: f64,
    alpha: f64,
    eps: f64,
    weight_decay: f64,
    momentum: f64,
    centered: bool,
    maximize: bool,
) -> impl Formula<T, N> + use<T, N> {
    let gradient = Gradient::new(maximize, weight_decay);
    let (lr, eps) = (T::of(lr), T::of(eps));
    let (alpha, rest) = (T::of(alpha), T::of(1.0 - alpha));
    let (with_momentum, momentum) = (momentum > 0.0, T::of(momentum));
    #[inline(always)]
    move |p, g, mut s: [T; N]| {
        let g = gradient.at(p, g);
        s[0] = alpha * s[0] + rest * g * g;
        let mut spread = s[0];
        if centered {
            let mean = &mut s[N - 1];
            *mean = lerp(*mean, g, rest);
            spread = spread - *mean * *mean;
        }
        let scale = spread.sqrt() + eps;
        if with_momentum && N > 1 {
            s[1] = momentum * s[1] + g / scale;
            (p - lr * s[1], s)
        } else {
            (p - lr * g / scale, s)
        }
    }
}

pub(super) fn adagrad<T: Real>(
    rate: f64,
    weight_decay: f64,
    eps: f64,
    maximize: bool,
) -> impl Formula<T, 1> + use<T> {
    let gradient = Gradient::new(maximize, weight_decay);
    let (rate, eps) = (T::of(rate), T::of(eps));
    #[inline(always)]
    move |p, g, [sum]| {
        let g = gradient.at(p, g);
        let sum = sum + g * g;
        (p - rate * g / (sum.sqrt() + eps), [sum])
    }
}
