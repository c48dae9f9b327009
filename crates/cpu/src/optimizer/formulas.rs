//! The update formula of each optimizer for one element: `(parameter, gradient, states) → (parameter, states)`.

use crate::element::WideFloat;
use rushlight_backend::update::{
    Adadelta, Adagrad, Adam, Adamax, Asgd, NAdam, RAdam, RmsProp, Rprop, Sgd, bias_correction,
};

/// The gradient for an update: negated to maximise, plus the weight decay penalty.
#[derive(Clone, Copy)]
struct Gradient<T> {
    maximize: bool,
    weight_decay: T,
}

impl<T: WideFloat> Gradient<T> {
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

/// `a + w (b - a)`, computed from the nearer of `a` and `b`.
#[inline(always)]
fn lerp<T: WideFloat>(a: T, b: T, w: T) -> T {
    if w < T::of(0.5) {
        a + w * (b - a)
    } else {
        b - (b - a) * (T::ONE - w)
    }
}

/// A formula for `N` states.
pub(super) trait Formula<T, const N: usize>: Fn(T, T, [T; N]) -> (T, [T; N]) + Sync {}
impl<T, const N: usize, F: Fn(T, T, [T; N]) -> (T, [T; N]) + Sync> Formula<T, N> for F {}

pub(super) fn sgd<T: WideFloat>(f: &Sgd) -> impl Formula<T, 0> + use<T> {
    let (gradient, lr) = (Gradient::new(f.maximize, f.weight_decay), T::of(f.lr));
    #[inline(always)]
    move |p, g, []| (p - lr * gradient.at(p, g), [])
}

/// The first step takes the gradient itself as its momentum.
pub(super) fn momentum<T: WideFloat>(f: &Sgd, step: u64) -> impl Formula<T, 1> + use<T> {
    let (gradient, lr) = (Gradient::new(f.maximize, f.weight_decay), T::of(f.lr));
    let (nesterov, first) = (f.nesterov, step <= 1);
    let (momentum, new) = (T::of(f.momentum), T::of(1.0 - f.dampening));
    #[inline(always)]
    move |p, g, [v]| {
        let g = gradient.at(p, g);
        let v = if first { g } else { momentum * v + new * g };
        let along = if nesterov { g + momentum * v } else { v };
        (p - lr * along, [v])
    }
}

pub(super) fn asgd<T: WideFloat>(f: &Asgd, [eta, mu]: [f64; 2]) -> impl Formula<T, 1> + use<T> {
    let gradient = Gradient::new(f.maximize, f.weight_decay);
    let (keep, eta) = (T::of(1.0 - f.lambd * eta), T::of(eta));
    let (averaging, mu) = (mu != 1.0, T::of(mu));
    #[inline(always)]
    move |p, g, [average]| {
        let g = gradient.at(p, g);
        let p = p * keep - eta * g;
        let average = if averaging {
            average + mu * (p - average)
        } else {
            p
        };
        (p, [average])
    }
}

/// The two moments that the family of Adam shares.
#[derive(Clone, Copy)]
struct Moments<T> {
    gradient: Gradient<T>,
    /// The factor of decoupled weight decay.
    keep: T,
    decoupled: bool,
    toward: T,
    beta2: T,
    square: T,
}

impl<T: WideFloat> Moments<T> {
    fn new(
        lr: f64,
        betas: (f64, f64),
        (weight_decay, decoupled): (f64, bool),
        maximize: bool,
    ) -> Moments<T> {
        Moments {
            gradient: Gradient::new(maximize, if decoupled { 0.0 } else { weight_decay }),
            keep: T::of(1.0 - lr * weight_decay),
            decoupled: decoupled && weight_decay != 0.0,
            toward: T::of(1.0 - betas.0),
            beta2: T::of(betas.1),
            square: T::of(1.0 - betas.1),
        }
    }

    /// The parameter after decoupled decay, the gradient, and both moments.
    #[inline(always)]
    fn next(&self, p: T, g: T, m: T, v: T) -> (T, T, T, T) {
        let g = self.gradient.at(p, g);
        let p = if self.decoupled { p * self.keep } else { p };
        let v = self.beta2 * v + self.square * g * g;
        (p, g, lerp(m, g, self.toward), v)
    }
}

/// The step of [`Adam`] along its moments.
#[derive(Clone, Copy)]
pub(super) struct AdamStep<T> {
    moments: Moments<T>,
    step_size: T,
    unbias: T,
    eps: T,
}

impl<T: WideFloat> AdamStep<T> {
    pub fn new(f: &Adam, step: u64) -> AdamStep<T> {
        AdamStep {
            moments: Moments::new(f.lr, f.betas, (f.weight_decay, f.decoupled), f.maximize),
            step_size: T::of(f.lr / bias_correction(f.betas.0, step)),
            unbias: T::of(1.0 / bias_correction(f.betas.1, step).sqrt()),
            eps: T::of(f.eps),
        }
    }

    /// The parameter after a step along `m`, scaled by the second moment `v`.
    #[inline(always)]
    fn descend(&self, p: T, m: T, v: T) -> T {
        p - self.step_size * m / (v.sqrt() * self.unbias + self.eps)
    }
}

pub(super) fn adam<T: WideFloat>(adam: AdamStep<T>) -> impl Formula<T, 2> + use<T> {
    #[inline(always)]
    move |p, g, [m, v]| {
        let (p, _, m, v) = adam.moments.next(p, g, m, v);
        (adam.descend(p, m, v), [m, v])
    }
}

pub(super) fn amsgrad<T: WideFloat>(adam: AdamStep<T>) -> impl Formula<T, 3> + use<T> {
    #[inline(always)]
    move |p, g, [m, v, largest]| {
        let (p, _, m, v) = adam.moments.next(p, g, m, v);
        let largest = largest.larger(v);
        (adam.descend(p, m, largest), [m, v, largest])
    }
}

pub(super) fn adamax<T: WideFloat>(f: &Adamax, step: u64) -> impl Formula<T, 2> + use<T> {
    let gradient = Gradient::new(f.maximize, f.weight_decay);
    let rate = T::of(f.lr / bias_correction(f.betas.0, step));
    let (toward, keep) = (T::of(1.0 - f.betas.0), T::of(f.betas.1));
    let eps = T::of(f.eps);
    #[inline(always)]
    move |p, g, [m, norm]| {
        let g = gradient.at(p, g);
        let m = lerp(m, g, toward);
        let norm = (keep * norm).larger(g.abs() + eps);
        (p - rate * m / norm, [m, norm])
    }
}

pub(super) fn nadam<T: WideFloat>(
    f: &NAdam,
    step: u64,
    [of_gradient, of_average]: [f64; 2],
) -> impl Formula<T, 2> + use<T> {
    let moments = Moments::new(f.lr, f.betas, (f.weight_decay, f.decoupled), f.maximize);
    let (of_gradient, of_average) = (T::of(of_gradient), T::of(of_average));
    let (bias, eps) = (T::of(bias_correction(f.betas.1, step)), T::of(f.eps));
    #[inline(always)]
    move |p, g, [m, v]| {
        let (p, g, m, v) = moments.next(p, g, m, v);
        let scale = (v / bias).sqrt() + eps;
        (p - of_gradient * g / scale - of_average * m / scale, [m, v])
    }
}

pub(super) fn radam<T: WideFloat>(f: &RAdam, step: u64) -> impl Formula<T, 2> + use<T> {
    let moments = Moments::new(f.lr, f.betas, (f.weight_decay, f.decoupled), f.maximize);
    let rate = f.lr / bias_correction(f.betas.0, step);
    let (adaptive, rate) = match f.rectification(step) {
        Some(r) => (
            true,
            T::of(rate * r * bias_correction(f.betas.1, step).sqrt()),
        ),
        None => (false, T::of(rate)),
    };
    let eps = T::of(f.eps);
    #[inline(always)]
    move |p, g, [m, v]| {
        let (p, _, m, v) = moments.next(p, g, m, v);
        let scale = if adaptive { v.sqrt() + eps } else { T::ONE };
        (p - rate * m / scale, [m, v])
    }
}

/// States: the square average, then the momentum buffer and the mean gradient where they are used.
pub(super) fn rmsprop<T: WideFloat, const N: usize>(f: &RmsProp) -> impl Formula<T, N> + use<T, N> {
    let gradient = Gradient::new(f.maximize, f.weight_decay);
    let (lr, eps) = (T::of(f.lr), T::of(f.eps));
    let (alpha, rest) = (T::of(f.alpha), T::of(1.0 - f.alpha));
    let (with_momentum, momentum) = (f.momentum > 0.0, T::of(f.momentum));
    let centered = f.centered;
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

pub(super) fn adagrad<T: WideFloat>(f: &Adagrad, step: u64) -> impl Formula<T, 1> + use<T> {
    let gradient = Gradient::new(f.maximize, f.weight_decay);
    let (rate, eps) = (T::of(f.rate(step)), T::of(f.eps));
    #[inline(always)]
    move |p, g, [sum]| {
        let g = gradient.at(p, g);
        let sum = sum + g * g;
        (p - rate * g / (sum.sqrt() + eps), [sum])
    }
}

pub(super) fn adadelta<T: WideFloat>(f: &Adadelta) -> impl Formula<T, 2> + use<T> {
    let gradient = Gradient::new(f.maximize, f.weight_decay);
    let (lr, eps) = (T::of(f.lr), T::of(f.eps));
    let (rho, rest) = (T::of(f.rho), T::of(1.0 - f.rho));
    #[inline(always)]
    move |p, g, [square, moved]| {
        let g = gradient.at(p, g);
        let square = rho * square + rest * g * g;
        let delta = (moved + eps).sqrt() / (square + eps).sqrt() * g;
        let moved = rho * moved + rest * delta * delta;
        (p - lr * delta, [square, moved])
    }
}

pub(super) fn rprop<T: WideFloat>(f: &Rprop) -> impl Formula<T, 2> + use<T> {
    let gradient = Gradient::new(f.maximize, 0.0);
    let (shrink, grow) = (T::of(f.etas.0), T::of(f.etas.1));
    let (least, most) = (T::of(f.step_sizes.0), T::of(f.step_sizes.1));
    #[inline(always)]
    move |p, g, [last, size]| {
        let g = gradient.at(p, g);
        let agreement = g * last;
        let opposite = agreement < T::ZERO;
        let factor = if agreement > T::ZERO { grow } else { T::ONE };
        let factor = if opposite { shrink } else { factor };
        let size = (size * factor).larger(least).smaller(most);
        let g = if opposite { T::ZERO } else { g };
        let rise = if g > T::ZERO { size } else { T::ZERO };
        let fall = if g < T::ZERO { size } else { T::ZERO };
        (p - rise + fall, [g, size])
    }
}
